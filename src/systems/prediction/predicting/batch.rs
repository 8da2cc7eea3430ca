//! A batch of the kind: takes scored slices and commits each with the checkpoint behind it.

use std::sync::Arc;
use std::time::Instant;

use async_trait::async_trait;
use entity::prediction;
use serde_json::json;
use tokio::task::JoinHandle;

use super::error::of_read;
use super::flow::summary;
use super::kind::PredictSpec;
use super::params::PredictParams;
use super::pipeline::{self, ScoredSlice, Slices};
use super::places::ReadFrom;
use super::predictions::Predictions;
use super::table::{Checkpoint, Labels, ResultWriter, WrittenJob};
use crate::clock;
use crate::engine::seam::{Batch, BatchContext, Progress, Said, Slice, StepError, blocking};
use crate::engine::store::SliceRows;
use crate::fault::FaultPoint;
use crate::systems::prediction::serving::{Served, Which};
use crate::systems::prediction::store::PredictionRow;
use crate::tables::{Mark, SliceLimits};

/// Rows that another server is asked for at once.
const REMOTE_ROWS: u64 = 500;

/// One batch while it is worked on.
pub(super) struct PredictBatch {
    params: Arc<PredictParams>,
    context: BatchContext,
    spec: PredictSpec,
    /// `None`: all is written.
    slices: Option<Slices>,
    /// The threads behind the channel.
    threads: Vec<JoinHandle<()>>,
    /// Taken while a slice is written on another thread.
    writer: Option<ResultWriter>,
    checkpoint: Checkpoint,
    opened: Instant,
    scored_when_opened: i64,
}

impl PredictBatch {
    pub async fn open(
        predictions: Predictions,
        params: Arc<PredictParams>,
        context: BatchContext,
        spec: PredictSpec,
    ) -> Result<Self, StepError> {
        let version = Which::Version(params.version);
        let found = predictions.models.find(&params.model, &version).await;
        let served = found.map_err(super::PredictionsError::Model)?;
        let limits = limits(&predictions, &served);
        let job = WrittenJob {
            id: id(&context),
            job: context.job.job.to_string(),
            epoch: context.job.epoch,
            model: params.model.clone(),
            version: params.version,
            left_out: spec.without_key,
        };
        let labels = &served.signature().labels;
        let labels = Labels::of(labels, params.result.prediction);
        let read = Arc::clone(&params);
        let opened = blocking(move || {
            let (output, table) = (read.output.clone(), read.result.clone());
            let destination = predictions.destination.clone();
            let (writer, checkpoint) = ResultWriter::open(destination, output, table, labels, job)?;
            if checkpoint.finished {
                return Ok((writer, checkpoint, None));
            }
            let mark = checkpoint.mark.as_deref().map(serde_json::from_str::<Mark>);
            let mark = mark.transpose().map_err(StepError::refused)?;
            let source = predictions.places.open(&read.from)?;
            let reader = source
                .open_whole(&read.table, mark.as_ref())
                .map_err(of_read)?;
            Ok((writer, checkpoint, Some(reader)))
        });
        let opened = opened.await.map_err(|error| naming(error, &params));
        let (writer, checkpoint, reader) = opened?;
        let started = reader.map(|reader| pipeline::start(reader, &served, &params, limits));
        let (slices, threads) = started.unzip();
        Ok(Self {
            params,
            context,
            spec,
            slices,
            threads: threads.unwrap_or_default(),
            writer: Some(writer),
            scored_when_opened: checkpoint.scored,
            checkpoint,
            opened: Instant::now(),
        })
    }

    async fn write(&mut self, slice: ScoredSlice) -> Result<(), StepError> {
        let mark = slice.end.mark.as_ref();
        let mark = mark.map(serde_json::to_string).transpose();
        let rows = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
        let before = &self.checkpoint;
        let next = Checkpoint {
            slices: before.slices + 1,
            scored: before.scored + rows(slice.result.len()),
            failed: before.failed + rows(slice.result.failed()),
            left_out: before.left_out + i64::try_from(slice.left_out).unwrap_or(i64::MAX),
            mark: mark.map_err(StepError::refused)?,
            finished: slice.end.finished,
            began_at: before.began_at,
        };
        let writer = self.writer.take();
        let mut writer = writer.ok_or_else(StepError::thread_lost)?;
        self.context.job.faults.pass(FaultPoint::BeforeCheckpoint)?;
        let written = blocking(move || {
            writer.commit(&slice.result, &next)?;
            Ok((writer, next))
        });
        let (writer, next) = written.await?;
        self.context.job.faults.pass(FaultPoint::AfterCheckpoint)?;
        self.writer = Some(writer);
        self.checkpoint = next;
        Ok(())
    }

    /// They end without a last slice only when a thread panics: the panic goes on here.
    async fn why_the_slices_ended(&mut self) -> StepError {
        for thread in self.threads.drain(..) {
            if let Err(error) = thread.await
                && let Ok(panic) = error.try_into_panic()
            {
                std::panic::resume_unwind(panic);
            }
        }
        StepError::thread_lost()
    }

    fn progress(&self) -> Progress {
        let Checkpoint {
            scored,
            failed,
            left_out,
            ..
        } = self.checkpoint;
        let seconds = self.opened.elapsed().as_secs_f64().max(0.001);
        let done = scored.unsigned_abs();
        // Rows may have been added since they were counted.
        let total = match self.checkpoint.finished {
            true => done,
            false => self.spec.rows.max(done),
        };
        Progress {
            done,
            total: Some(total),
            per_s: ((scored - self.scored_when_opened) as f64 / seconds).round(),
            fraction: self.checkpoint.finished.then_some(1.0),
            figures: json!({ "failed": failed, "left_out": left_out }),
            ..Progress::default()
        }
    }

    fn row(&self) -> prediction::Model {
        let (params, checkpoint) = (&self.params, &self.checkpoint);
        prediction::Model {
            id: id(&self.context),
            job_id: self.context.job.job.clone(),
            model: params.model.clone(),
            model_version: params.version,
            source: match &params.from {
                ReadFrom::Source(name) => Some(name.clone()),
                ReadFrom::Output(_) => None,
            },
            import_id: params.import.clone(),
            from_table: params.table.name.clone(),
            key_column: params.result.key.name.clone(),
            into_table: params.result.into.clone(),
            output: params.output.clone(),
            rows_scored: checkpoint.scored,
            rows_failed: checkpoint.failed,
            rows_left_out: checkpoint.left_out,
            started_at: checkpoint.began_at,
            finished_at: checkpoint.finished.then(clock::now_micros),
        }
    }

    /// What is said of what is durable.
    fn said(&self) -> Slice {
        let row = self.row();
        let output = summary(&row);
        let said = Said {
            rows: Some(SliceRows::of(PredictionRow(row))),
            ..self.progress().into()
        };
        match self.checkpoint.finished {
            true => Slice::Done(Said {
                output: Some(output),
                ..said
            }),
            false => Slice::More(said),
        }
    }
}

#[async_trait]
impl Batch for PredictBatch {
    async fn next_slice(&mut self) -> Result<Slice, StepError> {
        let Some(slices) = &mut self.slices else {
            // Written by an attempt that died before it could say so.
            return Ok(self.said());
        };
        let slice = match slices.recv().await {
            Some(slice) => slice,
            None => Err(self.why_the_slices_ended().await),
        };
        let params = Arc::clone(&self.params);
        let written = match slice {
            Ok(slice) => self.write(slice).await,
            Err(error) => Err(error),
        };
        written.map_err(|error| naming(error, &params))?;
        Ok(self.said())
    }
}

/// The id under which a job is known in the output: one that was started over begins anew.
fn id(context: &BatchContext) -> String {
    let (job, generation) = (&context.job.job, context.job.generation);
    // A job of another flow may have several steps of this kind.
    match (generation, context.step_no) {
        (0, 0) => job.to_string(),
        (generation, step) => format!("{job}-{generation}-{step}"),
    }
}

fn limits(predictions: &Predictions, served: &Served) -> SliceLimits {
    let section = &predictions.section;
    let most = match served.is_remote() {
        true => section.rows_max.min(REMOTE_ROWS),
        false => u64::MAX,
    };
    SliceLimits {
        rows: u32::try_from(section.rows_per_slice.min(most)).unwrap_or(u32::MAX),
        bytes: usize::try_from(section.bytes_per_slice).unwrap_or(usize::MAX),
    }
}

/// Names the database that is away.
fn naming(error: StepError, params: &PredictParams) -> StepError {
    let output = |name: &Option<String>| match name {
        Some(name) => format!("output `{name}`"),
        None => "the engine's database".to_owned(),
    };
    let error = error.naming("the source", || match &params.from {
        ReadFrom::Source(name) => format!("source `{name}`"),
        ReadFrom::Output(name) => output(name),
    });
    error.naming("the output database", || output(&params.output))
}
