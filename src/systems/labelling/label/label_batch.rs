//! The writing half of a batch: takes labelled slices from the reader and commits each with
//! its checkpoint and the task's figures.

use std::mem;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use serde_json::json;
use tokio::runtime::Handle;
use tokio::sync::{Semaphore, mpsc};
use tokio::task::{JoinHandle, spawn_blocking};

use super::buffers::Buffers;
use super::labeller::{LabelledSlice, MatchLoop};
use super::reader::ReadLoop;
use super::row_matcher::RowMatcher;
use super::shared::{Durable, durable_checkpoint, load};
use super::told::CommittedSlice;
use super::{Batch, BatchContext, BatchSpec, LabelLimits, Labelling, StepError, blocking};
use crate::engine::seam::timed::Stage;
use crate::engine::seam::{Progress, Slice};
use crate::fault::FaultPoint;
use crate::process;
use crate::systems::labelling::panels::{
    BatchCheckpoint, Fence, SliceCommit, StageWriter, StagedRows, StateFigures, TaskFigures,
    TaskProgress, run_time_minutes,
};
use crate::systems::labelling::posts::{LeftOut, Moment, TextColumn, Unreadable};

/// Slices that may wait between one thread and the next.
const SLICES_WAITING: usize = 2;

/// One batch while it is worked on.
pub(super) struct LabelBatch {
    labelling: Arc<Labelling>,
    context: BatchContext,
    slices: mpsc::Receiver<Result<LabelledSlice, StepError>>,
    /// The threads behind the channel: what reads and what matches.
    threads: Vec<JoinHandle<()>>,
    /// Where the buffers of written slices go.
    staged: Buffers<StagedRows>,
    in_flight: Arc<Semaphore>,
    time_ordered: bool,
    /// Rows in no batch whose time cannot be read, until they are counted.
    beside: Unreadable,
    /// Rows in no batch that have no id, until they are counted.
    without_id: LeftOut,
    /// Taken while a slice is written on another thread.
    writer: Option<StageWriter>,
    checkpoint: BatchCheckpoint,
    /// How long the commits took that no figures tell of yet.
    write_took: Duration,
    opened: Instant,
    rows_when_opened: u64,
    figures_when_opened: TaskFigures,
}

/// All that one transaction needs, owned, to be sent to a thread that may block.
struct Commit {
    writer: StageWriter,
    slice: LabelledSlice,
    batch_no: i32,
    checkpoint: BatchCheckpoint,
    new_authors: Vec<u64>,
    figures: TaskFigures,
    state: StateFigures,
}

impl LabelBatch {
    pub(super) async fn open(
        labelling: Arc<Labelling>,
        matcher: RowMatcher,
        context: BatchContext,
        spec: BatchSpec,
    ) -> Result<Self, StepError> {
        let (checkpoint, figures) = durable_checkpoint(&labelling, &context).await?;
        let is_new = checkpoint.slices == 0;
        let (slices, receiver) = mpsc::channel(SLICES_WAITING);
        let in_flight = ReadLoop::semaphore(&labelling.limits);
        let this = Arc::clone(&labelling);
        let (fence, from, permits) = (
            Fence::from(&context.job),
            checkpoint.clone(),
            Arc::clone(&in_flight),
        );
        let runtime = Handle::current();
        let staged = Buffers::default();
        let free = staged.clone();
        let portion = spec.portion;
        let (writer, threads) = blocking(move || {
            let layout = this.params.layout();
            let writer = this
                .sink
                .stage_writer(&fence, &layout, &this.params.panels())?;
            if from.finished {
                return Ok((writer, Vec::new()));
            }
            let position = from.position.map(serde_json::from_value).transpose();
            let position = position.map_err(StepError::refused)?;
            let (read, to_match) = mpsc::channel(SLICES_WAITING);
            let has_fields = !this.params.read.fields.is_empty();
            let text_is_author = this.params.read.text == TextColumn::Author && !has_fields;
            let rows = Buffers::default();
            let read_loop = ReadLoop {
                reader: this
                    .source()?
                    .open(&this.params.read, &portion, position.as_ref())?,
                limits: this.limits,
                text_is_author,
                has_fields,
                buffers: rows.clone(),
                slices: read,
                in_flight: permits,
            };
            let match_loop = MatchLoop {
                matcher,
                groups: this.groups.clone(),
                group_count: layout.groups.len(),
                storable: writer.storable()?,
                rows,
                staged: free,
                bytes_kept: bytes_kept(&this.limits),
                read: to_match,
                labelled: slices,
            };
            // Both end by themselves once the portion is read or this batch is dropped.
            let log = tracing::Span::current();
            let reads = log.clone();
            let reading = spawn_blocking(move || reads.in_scope(|| read_loop.run(&runtime)));
            let matching = spawn_blocking(move || log.in_scope(|| match_loop.run()));
            Ok((writer, vec![reading, matching]))
        })
        .await?;
        Ok(Self {
            labelling,
            context,
            slices: receiver,
            threads,
            staged,
            in_flight,
            time_ordered: spec.time_ordered,
            beside: if is_new {
                spec.beside
            } else {
                Unreadable::default()
            },
            without_id: if is_new {
                spec.without_id
            } else {
                LeftOut::default()
            },
            writer: Some(writer),
            write_took: Duration::ZERO,
            opened: Instant::now(),
            rows_when_opened: checkpoint.rows_scanned,
            figures_when_opened: figures,
            checkpoint,
        })
    }

    async fn write(&mut self, slice: LabelledSlice) -> Result<Progress, StepError> {
        let labelling = Arc::clone(&self.labelling);
        let mut shared = labelling.shared.lock().await;
        // Taken out: if anything below fails, it is not known what is durable, and the next
        // attempt loads it again.
        let mut durable = match shared.take() {
            Some(durable) => durable,
            None => load(&labelling, &self.context).await?,
        };
        let mut commit = self.prepare(slice, &durable)?;
        labelling.count_table(&mut commit.figures).await?;
        self.context.job.faults.pass(FaultPoint::BeforeCheckpoint)?;
        let rows = commit.checkpoint.rows_scanned - self.checkpoint.rows_scanned;
        let stage = Stage::begin();
        let commit = blocking(move || commit.run()).await?;
        let written = stage.end();
        self.write_took += written.took;
        self.context.job.faults.pass(FaultPoint::AfterCheckpoint)?;
        let slice = &commit.slice;
        CommittedSlice {
            no: commit.checkpoint.slices,
            rows,
            labelled: slice.counts.staged.iter().sum(),
            bytes: slice.size as u64,
            read: slice.read,
            matched: slice.matched,
            written,
        }
        .tell(self.context.trace);
        durable.authors.extend(&commit.new_authors);
        durable.progress.figures = commit.figures;
        durable
            .progress
            .batches
            .insert(self.context.batch_no, commit.checkpoint.clone());
        self.checkpoint = commit.checkpoint;
        self.writer = Some(commit.writer);
        let mut staged = commit.slice.staged;
        staged.clear(bytes_kept(&labelling.limits));
        self.staged.give_back(staged);
        let progress = self.progress(&durable.progress.figures, commit.state.check_point);
        *shared = Some(durable);
        Ok(progress)
    }

    fn prepare(&mut self, slice: LabelledSlice, durable: &Durable) -> Result<Commit, StepError> {
        let checkpoint = self.checkpoint_after(&slice)?;
        let mut figures = durable.progress.figures.clone();
        add(&mut figures.received, &slice.counts.received);
        add(&mut figures.staged, &slice.counts.staged);
        figures.unmapped += slice.counts.unmapped;
        figures.skipped += slice.counts.skipped;
        figures.add_undated(mem::take(&mut self.beside));
        figures.add_undated(slice.end.unreadable.clone());
        figures.left_out.add(mem::take(&mut self.without_id));
        figures.left_out.add(slice.end.left_out.clone());
        figures.left_out.add(slice.counts.left_out.clone());
        figures.times.read_us += micros(slice.read.took);
        figures.times.match_us += micros(slice.matched.took);
        figures.times.write_us += micros(mem::take(&mut self.write_took));
        let mut new_authors = Vec::new();
        for (hash, group) in &slice.authors {
            if !durable.authors.contains(hash) {
                figures.unique_authors[usize::from(*group)] += 1;
                new_authors.push(*hash);
            }
        }
        let state = StateFigures {
            check_point: self.check_point(&durable.progress, &checkpoint),
            peak_memory_mb: process::peak_memory_mb(),
            run_time_minutes: run_time_minutes(&self.context.job),
        };
        let writer = self.writer.take().ok_or_else(StepError::thread_lost)?;
        let batch_no = self.context.batch_no;
        Ok(Commit {
            writer,
            slice,
            batch_no,
            checkpoint,
            new_authors,
            figures,
            state,
        })
    }

    fn checkpoint_after(&self, slice: &LabelledSlice) -> Result<BatchCheckpoint, StepError> {
        let position = serde_json::to_value(&slice.end.position).map_err(StepError::refused)?;
        Ok(BatchCheckpoint {
            slices: self.checkpoint.slices + 1,
            position: Some(position),
            complete_to: slice.end.complete_to.as_ref().map(Moment::to_string),
            finished: slice.end.finished,
            rows_scanned: self.checkpoint.rows_scanned + slice.end.rows_scanned,
        })
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

    /// The time up to which all batches together are complete: that of the first unfinished
    /// one, or else of the last finished one before it.
    fn check_point(&self, before: &TaskProgress, here: &BatchCheckpoint) -> Option<String> {
        if !self.time_ordered {
            return None;
        }
        let mut complete_to = None;
        for no in 0..self.context.batches {
            let batch = if no == self.context.batch_no {
                Some(here)
            } else {
                before.batches.get(&no)
            };
            let Some(batch) = batch else { break };
            complete_to = batch.complete_to.clone().or(complete_to);
            if !batch.finished {
                break;
            }
        }
        self.shown(complete_to)
    }

    /// A time of a checkpoint, which is in UTC, in the zone of the source.
    fn shown(&self, time: Option<String>) -> Option<String> {
        let moment: Moment = time?.parse().ok()?;
        Some(self.labelling.params.shown(moment))
    }

    fn progress(&self, figures: &TaskFigures, check_point: Option<String>) -> Progress {
        let rows = self.checkpoint.rows_scanned;
        let seconds = self.opened.elapsed().as_secs_f64().max(0.001);
        let per_s = ((rows - self.rows_when_opened) as f64 / seconds).round();
        let fraction = match self.checkpoint.finished {
            true => 1.0,
            false => self.fraction(),
        };
        Progress {
            figures: json!({
                "check_point": check_point,
                "received": figures.received_total(),
                "labelled": figures.staged_total(),
                "unmapped": figures.unmapped,
                "undated": figures.undated,
                "left_out": figures.left_out.rows,
                "without_id": figures.left_out.without_id,
            }),
            ..Progress::rows(rows, per_s, fraction)
        }
    }

    fn fraction(&self) -> f64 {
        let read = &self.labelling.params.read;
        let at = self
            .checkpoint
            .complete_to
            .as_ref()
            .and_then(|text| text.parse::<Moment>().ok());
        let (Some(at), span) = (at, (read.end.micros() - read.start.micros()) as f64) else {
            return 0.0;
        };
        let batches = f64::from(self.context.batches.max(1));
        let whole = (at.micros() - read.start.micros()) as f64 / span.max(1.0);
        (whole * batches - f64::from(self.context.batch_no)).clamp(0.0, 1.0)
    }
}

impl Commit {
    fn run(mut self) -> Result<Self, StepError> {
        self.figures = self.writer.commit(&SliceCommit {
            batch_no: self.batch_no,
            checkpoint: &self.checkpoint,
            staged: &self.slice.staged,
            new_authors: &self.new_authors,
            beside: &self.slice.beside,
            figures: &self.figures,
            state: &self.state,
        })?;
        Ok(self)
    }
}

#[async_trait]
impl Batch for LabelBatch {
    async fn next_slice(&mut self) -> Result<Slice, StepError> {
        if self.checkpoint.finished {
            // Completed by an attempt that died before it could say so.
            let check_point = self.shown(self.checkpoint.complete_to.clone());
            let progress = self.progress(&self.figures_when_opened, check_point);
            return Ok(Slice::Done(progress.into()));
        }
        let slice = match self.slices.recv().await {
            Some(slice) => slice.map_err(|error| self.labelling.naming(error))?,
            None => {
                let why = self.why_the_slices_ended().await;
                return Err(self.labelling.naming(why));
            }
        };
        let written = self.write(slice).await;
        let progress = written.map_err(|error| self.labelling.naming(error))?;
        Ok(if self.checkpoint.finished {
            Slice::Done(progress.into())
        } else {
            Slice::More(progress.into())
        })
    }
}

impl Drop for LabelBatch {
    fn drop(&mut self) {
        // The reader may be waiting for room; closing the channel alone would not wake it.
        self.in_flight.close();
    }
}

/// What a buffer may keep of its room: enough for ordinary slices.
fn bytes_kept(limits: &LabelLimits) -> usize {
    limits.bytes_per_slice.saturating_mul(2)
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

fn add(total: &mut [u64], more: &[u64]) {
    for (total, more) in total.iter_mut().zip(more) {
        *total += more;
    }
}
