//! Kind `count`: one batch, a slice a number, a checkpoint after each.

use std::sync::Arc;

use async_trait::async_trait;
use audience::engine::artifacts::Artifacts;
use audience::engine::seam::{
    Batch, BatchContext, Progress, Said, Slice, Step, StepContext, StepError, StepKind, StepPlan,
    Unit,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

pub(super) struct CountKind;

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CountParams {
    pub to: u64,
}

impl StepKind for CountKind {
    const NAME: &'static str = "count";
    type Params = CountParams;

    fn prepare(&self, params: CountParams) -> Result<Arc<dyn Step>, StepError> {
        Ok(Arc::new(CountStep(params)))
    }
}

struct CountStep(CountParams);

#[async_trait]
impl Step for CountStep {
    async fn plan(&self, _: &StepContext) -> Result<StepPlan, StepError> {
        Ok(StepPlan {
            batches: vec![Value::Null.into()],
            ..StepPlan::default()
        })
    }

    async fn open(&self, batch: &BatchContext, _: &Value) -> Result<Box<dyn Batch>, StepError> {
        let counted = batch.checkpoint.as_ref().and_then(Value::as_u64);
        Ok(Box::new(CountBatch {
            counted: counted.unwrap_or(0),
            to: self.0.to,
            files: batch.job.files.clone(),
        }))
    }
}

struct CountBatch {
    counted: u64,
    to: u64,
    files: Option<Artifacts>,
}

#[async_trait]
impl Batch for CountBatch {
    async fn next_slice(&mut self) -> Result<Slice, StepError> {
        self.counted = (self.counted + 1).min(self.to);
        let said = Said {
            progress: Progress {
                done: self.counted,
                total: Some(self.to),
                unit: Unit::Items,
                ..Progress::default()
            },
            checkpoint: Some(self.counted.into()),
            ..Said::default()
        };
        if self.counted < self.to {
            return Ok(Slice::More(said));
        }
        if let Some(files) = &self.files {
            files.put("counted.txt", self.counted.to_string()).await?;
        }
        Ok(Slice::Done(Said {
            output: Some(json!({ "counted": self.counted })),
            ..said
        }))
    }
}
