//! Kind `join`: adds the steps of another system's flow to the job of an instance.

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::{Value, json};

use super::{added_steps, request};
use crate::engine::seam::{
    Batch, BatchContext, Composed, JobPolicy, NewRun, Said, Slice, Step, StepContext, StepError,
    StepKind, StepPlan, StepPolicy, SystemError,
};
use crate::engine::{CallerError, Flows};
use crate::systems::pipelines::command::{CommandKind, CommandParams, Work};
use crate::systems::pipelines::project::Body;

/// The kind.
pub(crate) struct JoinKind {
    pub command: Arc<CommandKind>,
    pub flows: Flows,
}

#[derive(Clone)]
struct JoinStep {
    command: Arc<CommandKind>,
    flows: Flows,
    params: CommandParams,
}

struct JoinBatch {
    step: JoinStep,
    work: Work,
    context: BatchContext,
}

impl StepKind for JoinKind {
    const NAME: &'static str = "join";
    type Params = CommandParams;

    fn prepare(&self, params: CommandParams) -> Result<Arc<dyn Step>, StepError> {
        Ok(Arc::new(JoinStep {
            command: Arc::clone(&self.command),
            flows: self.flows.clone(),
            params,
        }))
    }
}

#[async_trait]
impl Step for JoinStep {
    async fn plan(&self, _: &StepContext) -> Result<StepPlan, StepError> {
        let work = Work::open(&self.command, &self.params).await?;
        let task = work.task();
        let job = JobPolicy {
            retries: task.retries,
            retry_first: task.retry_delay.first,
            retry_longest: task.retry_delay.longest,
            timeout: task.timeout,
        };
        let policy = StepPolicy {
            is_whole_job: true,
            job: Some(job),
            ..StepPolicy::default()
        };
        Ok(StepPlan {
            policy,
            ..StepPlan::of([json!({})])
        })
    }

    async fn open(&self, batch: &BatchContext, _: &Value) -> Result<Box<dyn Batch>, StepError> {
        Ok(Box::new(JoinBatch {
            step: self.clone(),
            work: Work::open(&self.command, &self.params).await?,
            context: batch.clone(),
        }))
    }
}

#[async_trait]
impl Batch for JoinBatch {
    async fn next_slice(&mut self) -> Result<Slice, StepError> {
        let params = &self.step.params;
        if !params.forced && self.work.missing(&self.step.command).await?.is_none() {
            return Ok(Slice::Done(Said::default()));
        }
        let composed = tokio::select! {
            composed = self.compose() => composed?,
            () = self.context.cancel.cancelled() => return Err(StepError::stopped()),
        };
        let Composed { mut job, warnings } = composed;
        let mut understood = job.request.take();
        let rows = job.rows.take();
        if !warnings.is_empty() {
            understood["warnings"] = json!(warnings);
        }
        Ok(Slice::Done(Said {
            steps: added_steps(job, params),
            output: Some(understood),
            // What the flow stores with a job of its own.
            rows,
            ..Said::default()
        }))
    }
}

impl JoinBatch {
    async fn compose(&self) -> Result<Composed, StepError> {
        let Some(Body::Uses { flow: name, with }) = &self.work.task().body else {
            return Err(StepError::refused("this task uses no flow"));
        };
        let flow = self.step.flows.find_by_use(name);
        let flow = flow.ok_or_else(|| StepError::not_here(format!("there is no flow {name}")))?;
        let scope = self.work.scope().map_err(StepError::refused)?;
        let request = request::fill(with, &scope).map_err(StepError::refused)?;
        let run = NewRun {
            id: Some(self.context.job.job.clone()),
            ..NewRun::default()
        };
        let composing = flow.compose(request, run).map_err(not_composed)?;
        composing.await.map_err(not_composed)
    }
}

/// What is away is waited for, as by the flow itself.
fn not_composed(error: SystemError) -> StepError {
    let sentence = match &error {
        SystemError::Misfit { .. } => format!("with.{error}"),
        SystemError::Failed(error) => error.public_message(),
    };
    match error.may_pass() {
        true => StepError::outage("what it uses", sentence).caused_by(error),
        false => StepError::refused(sentence).caused_by(error),
    }
}
