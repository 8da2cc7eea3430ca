//! Kind `noop`: does nothing. What is left of a job of such steps is what the engine itself
//! costs, which `audience bench jobs` measures.

pub mod flow;

use std::sync::Arc;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::engine::seam::{
    Batch, BatchContext, Said, Slice, Step, StepContext, StepError, StepKind, StepPlan,
};

/// How little a step does.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NoopParams {
    /// Batches that do nothing either.
    #[serde(skip_serializing_if = "is_zero")]
    pub batches: u32,
}

fn is_zero(number: &u32) -> bool {
    *number == 0
}

/// The kind.
#[derive(Clone, Debug)]
pub struct NoopKind;

impl StepKind for NoopKind {
    const NAME: &'static str = "noop";
    type Params = NoopParams;

    fn prepare(&self, params: NoopParams) -> Result<Arc<dyn Step>, StepError> {
        Ok(Arc::new(NoopStep(params)))
    }
}

struct NoopStep(NoopParams);

#[async_trait]
impl Step for NoopStep {
    /// Without batches a step has completed once it is planned.
    async fn plan(&self, _: &StepContext) -> Result<StepPlan, StepError> {
        Ok(StepPlan::of((0..self.0.batches).map(|_| Value::Null)))
    }

    async fn open(&self, _: &BatchContext, _: &Value) -> Result<Box<dyn Batch>, StepError> {
        Ok(Box::new(NoopBatch))
    }
}

struct NoopBatch;

#[async_trait]
impl Batch for NoopBatch {
    async fn next_slice(&mut self) -> Result<Slice, StepError> {
        Ok(Slice::Done(Said::default()))
    }
}
