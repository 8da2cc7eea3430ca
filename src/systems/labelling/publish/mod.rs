//! Kind `publish`: turns what a task staged into its published panels, in one transaction.

use std::sync::Arc;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::engine::seam::timed::{Stage, Timed};
use crate::engine::seam::{
    Batch, BatchContext, JobChange, Progress, Slice, Step, StepContext, StepError, StepKind,
    StepPlan, blocking,
};
use crate::fault::FaultPoint;
use crate::printable::printable;
use crate::process;
use crate::systems::labelling::health;
use crate::systems::labelling::panels::{
    Conflict, Fence, Layout, Lineage, Publication, Sink, SinkError, Sinks, StateChange,
    StateFigures, THE_OUTPUT, TaskFigures, UndatedLimits, run_time_minutes,
};
use crate::telemetry::metrics::metrics;
use crate::telemetry::trace::{Kind, Span};

/// What a publishing step was asked to do, as it is stored with its job.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PublishParams {
    /// Name of the output in settings.
    pub output: String,
    pub layout: Layout,
    /// In the rule set's order.
    pub panels: Vec<String>,
    pub conflict: Conflict,
    pub keep_staging: bool,
    /// Whether clocks in the source's zone are put back now and then.
    #[serde(default)]
    pub hours_repeat: bool,
    #[serde(default)]
    pub lineage: Option<Lineage>,
}

impl PublishParams {
    pub fn publication(self) -> Publication {
        Publication {
            layout: self.layout,
            panels: self.panels,
            conflict: self.conflict,
            keep_staging: self.keep_staging,
            hours_repeat: self.hours_repeat,
            lineage: self.lineage,
        }
    }
}

/// The kind, with what its steps draw on.
#[derive(Clone)]
pub struct PublishKind {
    pub sinks: Sinks,
    pub undated: UndatedLimits,
}

impl StepKind for PublishKind {
    const NAME: &'static str = "publish";
    type Params = PublishParams;

    fn prepare(&self, params: PublishParams) -> Result<Arc<dyn Step>, StepError> {
        let sink = self
            .sinks
            .get(&params.output)
            .map_err(StepError::not_here)?;
        Ok(Arc::new(PublishStep {
            output: params.output.as_str().into(),
            sink,
            publication: params.publication(),
            undated: self.undated,
        }))
    }
}

struct PublishStep {
    /// Its name in the settings.
    output: Arc<str>,
    sink: Sink,
    publication: Publication,
    undated: UndatedLimits,
}

#[async_trait]
impl Step for PublishStep {
    /// One batch: readers see the old result or the new one, never half.
    async fn plan(&self, _: &StepContext) -> Result<StepPlan, StepError> {
        Ok(StepPlan::of([json!({})]))
    }

    async fn open(&self, batch: &BatchContext, _: &Value) -> Result<Box<dyn Batch>, StepError> {
        Ok(Box::new(PublishBatch {
            output: Arc::clone(&self.output),
            sink: self.sink.clone(),
            publication: self.publication.clone(),
            undated: self.undated,
            context: batch.clone(),
        }))
    }

    async fn observe(&self, job: &StepContext, change: &JobChange) -> Result<(), StepError> {
        let JobChange::Failed { here: true, reason } = change else {
            return Ok(());
        };
        let change = StateChange::PublishingFailed {
            error_message: printable(reason).into_owned(),
        };
        let (sink, fence) = (self.sink.clone(), Fence::from(job));
        let shown = blocking(move || Ok(sink.change_state(&fence, &change)?));
        shown.await.map_err(|error| naming(error, &self.output))
    }

    async fn sweep(&self, job: &StepContext, rows_max: u64) -> Result<u64, StepError> {
        let (sink, fence) = (self.sink.clone(), Fence::from(job));
        let layout = self.publication.layout.clone();
        blocking(move || match sink.sweep(&fence, &layout, rows_max) {
            // It never began.
            Err(SinkError::TaskUnknown) => Ok(0),
            swept => Ok(swept?),
        })
        .await
    }

    async fn find_results(&self, job: &StepContext) -> Result<(), StepError> {
        let (sink, task) = (self.sink.clone(), Fence::from(job).task_id);
        let found = blocking(move || match sink.figures_of(&task)? {
            Some(_) => Ok(()),
            None => Err(SinkError::TaskUnknown.into()),
        });
        found.await.map_err(|error| naming(error, &self.output))
    }

    async fn remove(&self, job: &StepContext, rows_max: u64) -> Result<u64, StepError> {
        let (sink, fence) = (self.sink.clone(), Fence::from(job));
        let layout = self.publication.layout.clone();
        blocking(move || Ok(sink.remove(&fence, &layout, rows_max)?)).await
    }

    async fn forget(&self, job: &StepContext) -> Result<(), StepError> {
        let (sink, fence) = (self.sink.clone(), Fence::from(job));
        blocking(move || match sink.forget(&fence) {
            // It never began.
            Err(SinkError::TaskUnknown) => Ok(()),
            forgotten => Ok(forgotten?),
        })
        .await
    }
}

/// Names the output that is away.
fn naming(error: StepError, output: &str) -> StepError {
    error.naming(THE_OUTPUT, || format!("output `{output}`"))
}

struct PublishBatch {
    output: Arc<str>,
    sink: Sink,
    publication: Publication,
    undated: UndatedLimits,
    context: BatchContext,
}

impl PublishBatch {
    fn tell(&self, figures: &TaskFigures, Timed { began, took }: Timed) {
        let (metrics, attempt) = (metrics(), self.context.trace);
        let published = figures.published_total();
        metrics.rows_published.add(published, &[]);
        let seconds = took.as_secs_f64();
        metrics.publish_duration.record(seconds, &[], Some(attempt));
        Span::new("publish rows", attempt.child(), Some(attempt))
            .kind(Kind::Client)
            .began(began)
            .with(
                "rows.published",
                i64::try_from(published).unwrap_or(i64::MAX),
            )
            .end_at(began + took, None);
    }
}

#[async_trait]
impl Batch for PublishBatch {
    async fn next_slice(&mut self) -> Result<Slice, StepError> {
        let faults = self.context.job.faults.clone();
        faults.pass(FaultPoint::BeforePublish)?;
        let (sink, publication) = (self.sink.clone(), self.publication.clone());
        let (job, cancel) = (self.context.job.clone(), self.context.cancel.clone());
        let undated = self.undated;
        let stage = Stage::begin();
        let published = blocking(move || {
            let state = || StateFigures {
                check_point: None,
                peak_memory_mb: process::peak_memory_mb(),
                run_time_minutes: run_time_minutes(&job),
            };
            let fence = Fence::from(&job);
            let progress = sink.figures_of(&fence.task_id)?;
            let unpublished = progress.filter(|progress| !progress.published);
            let is_unpublished = unpublished.is_some();
            if let Some(progress) = unpublished
                && let Some(refusal) = undated.refusal(&progress.figures)
            {
                let logged = "the times of too many rows cannot be read";
                return Err(StepError::refused(refusal).logged_as(logged));
            }
            if is_unpublished {
                health::before_publishing(&sink, &fence, &publication)?;
            }
            let figures = sink.publish(&fence, &publication, &state, &cancel)?;
            health::after_publishing(&sink, &fence, &publication, &cancel)?;
            Ok(figures)
        });
        let named = |error: StepError| naming(error, &self.output);
        let figures: TaskFigures = published.await.map_err(named)?;
        self.tell(&figures, stage.end());
        faults.pass(FaultPoint::AfterPublish)?;
        let published = figures.published_total();
        let progress = Progress {
            figures: json!({ "published": published }),
            ..Progress::rows(published, 0.0, 1.0)
        };
        Ok(Slice::Done(progress.into()))
    }
}
