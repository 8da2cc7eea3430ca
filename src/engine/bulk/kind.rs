//! Kind `bulk`: one batch, which goes through the jobs from the newest to the oldest.

use std::sync::Arc;

use async_trait::async_trait;
use entity::{JobId, job};
use futures_util::{StreamExt, TryStreamExt, stream};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{BulkParams, Tally};
use crate::engine::seam::{
    Batch, BatchContext, Progress, Said, Slice, Step, StepContext, StepError, StepKind, StepPlan,
    Unit,
};

/// Jobs of a slice: what is begun again after a crash.
const JOBS_OF_SLICE: usize = 100;
/// What they write is committed together.
const AT_ONCE: usize = 16;

/// A job as it was before anything was done with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeenJob {
    pub id: JobId,
    pub generation: i32,
    pub ended_at: Option<i64>,
}

impl SeenJob {
    /// One that is not there.
    pub fn gone(id: &JobId) -> Self {
        Self {
            id: id.clone(),
            generation: 0,
            ended_at: None,
        }
    }
}

impl From<&job::Model> for SeenJob {
    fn from(job: &job::Model) -> Self {
        Self {
            id: job.id.clone(),
            generation: job.generation,
            ended_at: job.ended_at,
        }
    }
}

/// Some of the jobs that were chosen, the newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Chosen {
    pub jobs: Vec<SeenJob>,
    /// There may be more, older than this one.
    pub before: Option<JobId>,
}

/// What has become of a job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    Done,
    /// Nothing was done, for this reason.
    Refused(String),
}

/// Chooses jobs and acts on them, as the caller could with each of them.
#[async_trait]
pub trait ActOnJobs: Send + Sync + 'static {
    /// The newest of the jobs that are older than `before`, not more than so many.
    async fn choose(
        &self,
        params: &BulkParams,
        before: Option<&JobId>,
        most: usize,
    ) -> Result<Chosen, StepError>;

    /// Acts on a job, unless it has been started again since it was `seen`. `again`: it may have been done
    /// before, by a process that was killed or failed before it could say so.
    async fn act(
        &self,
        params: &BulkParams,
        seen: &SeenJob,
        again: bool,
    ) -> Result<Outcome, StepError>;
}

/// The kind.
#[derive(Clone)]
pub struct BulkKind(pub Arc<dyn ActOnJobs>);

impl StepKind for BulkKind {
    const NAME: &'static str = "bulk";
    type Params = BulkParams;

    fn prepare(&self, params: BulkParams) -> Result<Arc<dyn Step>, StepError> {
        Ok(Arc::new(BulkStep {
            params: Arc::new(params),
            acts: Arc::clone(&self.0),
        }))
    }
}

struct BulkStep {
    params: Arc<BulkParams>,
    acts: Arc<dyn ActOnJobs>,
}

#[async_trait]
impl Step for BulkStep {
    async fn plan(&self, _: &StepContext) -> Result<StepPlan, StepError> {
        Ok(StepPlan::of([Value::Null]))
    }

    async fn open(&self, batch: &BatchContext, _: &Value) -> Result<Box<dyn Batch>, StepError> {
        let reached = match &batch.checkpoint {
            Some(checkpoint) => {
                let reached = Reached::deserialize(checkpoint);
                reached.map_err(|_| StepError::refused("the checkpoint cannot be read"))?
            }
            None => Reached::default(),
        };
        Ok(Box::new(BulkBatch {
            params: Arc::clone(&self.params),
            acts: Arc::clone(&self.acts),
            reached,
            again: batch.checkpoint.is_some(),
        }))
    }
}

/// How far it has got.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Reached {
    /// What comes next; nothing else may have been begun.
    jobs: Vec<SeenJob>,
    /// Where more are chosen behind them.
    before: Option<JobId>,
    /// No more are.
    is_last: bool,
    tally: Tally,
}

struct BulkBatch {
    params: Arc<BulkParams>,
    acts: Arc<dyn ActOnJobs>,
    reached: Reached,
    /// The jobs that come next may have been acted on.
    again: bool,
}

#[async_trait]
impl Batch for BulkBatch {
    async fn next_slice(&mut self) -> Result<Slice, StepError> {
        let acting = self.reached.jobs.iter().map(|seen| {
            let (params, acts) = (Arc::clone(&self.params), Arc::clone(&self.acts));
            let (seen, again) = (seen.clone(), self.again);
            async move {
                let outcome = acts.act(&params, &seen, again).await?;
                Ok::<_, StepError>((seen.id, outcome))
            }
        });
        let acting: Vec<_> = acting.collect();
        // After an error another attempt begins with the same jobs.
        let outcomes: Vec<(JobId, Outcome)> =
            stream::iter(acting).buffered(AT_ONCE).try_collect().await?;
        let mut tally = self.reached.tally.clone();
        for (job, outcome) in outcomes {
            match outcome {
                Outcome::Done => tally.done += 1,
                Outcome::Refused(reason) => tally.refuse(&reason, &job, 1),
            }
        }
        let chosen = match self.reached.is_last {
            true => Chosen::default(),
            false => {
                let before = self.reached.before.as_ref();
                let choosing = self.acts.choose(&self.params, before, JOBS_OF_SLICE);
                choosing.await?
            }
        };
        self.again = false;
        self.reached = Reached {
            is_last: chosen.before.is_none(),
            before: chosen.before,
            jobs: chosen.jobs,
            tally,
        };
        Ok(self.said())
    }
}

impl BulkBatch {
    fn said(&self) -> Slice {
        let tally = &self.reached.tally;
        let said = Said {
            progress: Progress {
                done: tally.jobs(),
                // Some may have gone since they were counted, and others fit by now.
                total: Some(self.params.matched.max(tally.jobs())),
                unit: Unit::Items,
                ..Progress::default()
            },
            checkpoint: Some(json!(self.reached)),
            ..Said::default()
        };
        match self.reached.is_last && self.reached.jobs.is_empty() {
            true => Slice::Done(Said {
                output: Some(json!(tally)),
                ..said
            }),
            false => Slice::More(said),
        }
    }
}

#[cfg(test)]
mod tests;
