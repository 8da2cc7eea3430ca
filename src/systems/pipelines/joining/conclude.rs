//! Kind `conclude`: an instance is made once its flow has ended and its outputs are there.

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::{Value, json};

use crate::engine::seam::{
    Batch, BatchContext, Progress, Said, Slice, Step, StepContext, StepError, StepKind, StepPlan,
    StepPolicy, SystemError,
};
use crate::engine::store::SliceRows;
use crate::engine::{CallerError, Flows, FlowsError};
use crate::systems::pipelines::command::{CommandKind, CommandParams, Work};
use crate::systems::pipelines::planning::lack;
use crate::systems::pipelines::project::Body;
use crate::systems::pipelines::store::{InstanceKey, Marker};

/// The kind.
pub(crate) struct ConcludeKind {
    pub command: Arc<CommandKind>,
    pub flows: Flows,
}

#[derive(Clone)]
struct ConcludeStep {
    command: Arc<CommandKind>,
    flows: Flows,
    params: CommandParams,
}

struct ConcludeBatch {
    step: ConcludeStep,
    context: BatchContext,
}

impl StepKind for ConcludeKind {
    const NAME: &'static str = "conclude";
    type Params = CommandParams;

    fn prepare(&self, params: CommandParams) -> Result<Arc<dyn Step>, StepError> {
        Ok(Arc::new(ConcludeStep {
            command: Arc::clone(&self.command),
            flows: self.flows.clone(),
            params,
        }))
    }
}

#[async_trait]
impl Step for ConcludeStep {
    async fn plan(&self, _: &StepContext) -> Result<StepPlan, StepError> {
        let policy = StepPolicy {
            is_whole_job: true,
            ..StepPolicy::default()
        };
        Ok(StepPlan {
            policy,
            ..StepPlan::of([json!({})])
        })
    }

    /// What the flow has made goes with the job, and then the instance is not made any more.
    async fn remove(&self, job: &StepContext, _: u64) -> Result<u64, StepError> {
        let CommandParams {
            project, identity, ..
        } = &self.params;
        let key = InstanceKey::of(project, identity);
        Ok(self.command.store.unmark(key, &job.job).await?)
    }

    async fn open(&self, batch: &BatchContext, _: &Value) -> Result<Box<dyn Batch>, StepError> {
        Ok(Box::new(ConcludeBatch {
            step: self.clone(),
            context: batch.clone(),
        }))
    }
}

#[async_trait]
impl Batch for ConcludeBatch {
    async fn next_slice(&mut self) -> Result<Slice, StepError> {
        let ConcludeStep {
            command, params, ..
        } = &self.step;
        let work = Work::open(command, params).await?;
        if let Some(missing) = work.missing_output(command).await? {
            return Err(StepError::refused(format!("made {}", lack(&missing))));
        }
        let result = self.result(&work).await?;
        let marker = Marker {
            project: params.project.clone(),
            identity: params.identity.clone(),
            job: self.context.job.job.clone(),
            fingerprint: work.task().fingerprint.clone(),
            result: Some(result.to_string()),
        };
        let progress = Progress {
            done: 1,
            total: Some(1),
            ..Progress::default()
        };
        Ok(Slice::Done(Said {
            output: Some(result),
            rows: Some(SliceRows::of(marker)),
            ..progress.into()
        }))
    }
}

impl ConcludeBatch {
    async fn result(&self, work: &Work) -> Result<Value, StepError> {
        let Some(Body::Uses { flow, .. }) = &work.task().body else {
            return Err(StepError::refused("this task uses no flow"));
        };
        let result = self.step.flows.result_of_use(flow, &self.context.job.job);
        result.await.map_err(no_result)
    }
}

fn no_result(error: FlowsError) -> StepError {
    match error {
        FlowsError::Store(error) => error.into(),
        FlowsError::Flow(error) if error.may_pass() => {
            let sentence = SystemError::public_message(&error);
            StepError::outage("what it uses", sentence).caused_by(error)
        }
        FlowsError::Flow(error) => {
            StepError::refused(SystemError::public_message(&error)).caused_by(error)
        }
        error => StepError::refused(error),
    }
}
