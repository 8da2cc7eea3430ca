//! Kind `noop`: does nothing. What is left of a job of such steps is what the engine itself
//! costs, which `audience bench jobs` measures.

pub mod flow;

use std::sync::Arc;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::engine::seam::{Batch, BatchContext, Step, StepContext, StepError, StepKind, StepPlan};

/// Nothing is to be said.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoopParams {}

/// The kind.
#[derive(Clone, Debug)]
pub struct NoopKind;

impl StepKind for NoopKind {
    const NAME: &'static str = "noop";
    type Params = NoopParams;

    fn prepare(&self, _: NoopParams) -> Result<Arc<dyn Step>, StepError> {
        Ok(Arc::new(NoopStep))
    }
}

struct NoopStep;

#[async_trait]
impl Step for NoopStep {
    /// No batches: planned, it has completed.
    async fn plan(&self, _: &StepContext) -> Result<StepPlan, StepError> {
        Ok(StepPlan::default())
    }

    async fn open(&self, _: &BatchContext, _: &Value) -> Result<Box<dyn Batch>, StepError> {
        Err(StepError::refused(
            "a step that does nothing has no batches",
        ))
    }
}
