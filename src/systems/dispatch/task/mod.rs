//! Kind `dispatch`: gives a task to an outside worker and parks until the worker has ended it.
//!
//! ```text
//! first slice   the id of the task goes into the checkpoint
//! next slice    the task is stored, with its message ──► park until a signal
//! signal        the task has ended ──► done, or failed
//! ```
//!
//! The output of the step is what the worker handed in. A failed step that is resumed gives the
//! same task out again.

use std::sync::Arc;

use async_trait::async_trait;
use entity::JobId;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::services::{Bell, DispatchService, DispatchServices};
use super::store::{DispatchStore, Outcome, StepTask};
use super::{STEP, fits, request};
use crate::engine::seam::{
    Batch, BatchContext, JobChange, Said, Slice, Step, StepContext, StepError, StepKind, StepPlan,
    Until,
};
use crate::engine::store::{BatchKey, Claim};

/// What a step asks for.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DispatchParams {
    service: String,
    /// What the worker is told.
    #[serde(default)]
    condition: Value,
}

/// The kind.
pub struct DispatchKind {
    pub store: DispatchStore,
    pub services: DispatchServices,
    pub bell: Bell,
}

struct DispatchStep {
    store: DispatchStore,
    services: DispatchServices,
    bell: Bell,
    params: DispatchParams,
}

impl DispatchStep {
    fn service(&self) -> Result<&DispatchService, StepError> {
        let name = &self.params.service;
        let service = self.services.get(name);
        service.ok_or_else(|| StepError::not_here(format!("there is no service `{name}` to do it")))
    }
}

struct DispatchBatch {
    store: DispatchStore,
    bell: Bell,
    /// `id` is that of the checkpoint, if there is one.
    task: StepTask,
    /// The id of the task is durable.
    named: bool,
    /// The failure that is to be reported once the checkpoint says so.
    failure: Option<String>,
}

/// Where a batch is to be opened.
#[derive(Serialize, Deserialize)]
struct Checkpoint {
    task: JobId,
    /// The attempt with whose failure the step has failed.
    failed: Option<i32>,
}

impl StepKind for DispatchKind {
    const NAME: &'static str = STEP;
    type Params = DispatchParams;

    fn prepare(&self, params: DispatchParams) -> Result<Arc<dyn Step>, StepError> {
        Ok(Arc::new(DispatchStep {
            store: self.store.clone(),
            services: self.services.clone(),
            bell: self.bell.clone(),
            params,
        }))
    }
}

#[async_trait]
impl Step for DispatchStep {
    async fn plan(&self, _: &StepContext) -> Result<StepPlan, StepError> {
        Ok(StepPlan::of([json!({})]))
    }

    fn needs(&self) -> Result<(), StepError> {
        self.service().map(drop)
    }

    async fn open(&self, batch: &BatchContext, _: &Value) -> Result<Box<dyn Batch>, StepError> {
        let name = &self.params.service;
        let service = self.service()?;
        fits(name, service, &self.params.condition).map_err(StepError::refused)?;
        let checkpoint = batch.checkpoint.clone().map(serde_json::from_value);
        let checkpoint: Option<Checkpoint> = checkpoint
            .transpose()
            .map_err(|error| StepError::refused(format!("the checkpoint: {error}")))?;
        let (named, failed) = match &checkpoint {
            Some(checkpoint) => (true, checkpoint.failed),
            None => (false, None),
        };
        let task = StepTask {
            id: checkpoint.map_or_else(JobId::new, |checkpoint| checkpoint.task),
            claim: Claim {
                job: batch.job.job.clone(),
                epoch: batch.job.epoch,
            },
            batch: BatchKey {
                step_no: batch.step_no,
                no: batch.batch_no,
            },
            service: name.clone(),
            request: request(name, self.params.condition.clone()),
            start: service.auto_start,
            patience: service.patience,
            again_after: failed,
        };
        Ok(Box::new(DispatchBatch {
            store: self.store.clone(),
            bell: self.bell.clone(),
            task,
            named,
            failure: None,
        }))
    }

    /// Tasks of a job that ends without them are not to be done any more.
    async fn observe(&self, context: &StepContext, change: &JobChange) -> Result<(), StepError> {
        match change {
            JobChange::Cancelled | JobChange::Failed { .. } => {
                Ok(self.store.cancel_tasks_of(&context.job).await?)
            }
            JobChange::Started { .. } | JobChange::StepCompleted => Ok(()),
        }
    }
}

#[async_trait]
impl Batch for DispatchBatch {
    async fn next_slice(&mut self) -> Result<Slice, StepError> {
        if let Some(reason) = self.failure.take() {
            return Err(StepError::refused(reason));
        }
        if !self.named {
            // The task must be found again, whatever happens next.
            self.named = true;
            return Ok(self.checkpoint(None));
        }
        match self.store.place(self.task.clone()).await? {
            Outcome::Open => {
                self.bell.ring();
                Ok(Slice::Park(Said::default(), Until::Signal))
            }
            Outcome::Finished(result) => {
                let result = result.as_deref().map(super::parsed);
                Ok(Slice::Done(Said {
                    output: Some(result.unwrap_or_else(|| json!({}))),
                    ..Said::default()
                }))
            }
            Outcome::Failed { attempt, reason } => {
                let reason = reason.unwrap_or_else(|| "no reason given".to_owned());
                self.failure = Some(format!("the task has failed: {reason}"));
                Ok(self.checkpoint(Some(attempt)))
            }
        }
    }
}

impl DispatchBatch {
    fn checkpoint(&self, failed: Option<i32>) -> Slice {
        let checkpoint = json!(Checkpoint {
            task: self.task.id.clone(),
            failed,
        });
        Slice::More(Said {
            checkpoint: Some(checkpoint),
            ..Said::default()
        })
    }
}
