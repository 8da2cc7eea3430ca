//! The kind `predict`: one batch, which reads a table, scores its rows and writes them.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::batch::PredictBatch;
use super::composing::left_out;
use super::params::PredictParams;
use super::predictions::Predictions;
use super::table::{forget, remove};
use crate::engine::seam::{
    Batch, BatchContext, Step, StepContext, StepError, StepKind, StepPlan, StepPolicy, blocking,
};
use crate::fault::FaultPoint;

/// What a transaction that has begun to commit gets to end in.
const GRACE: Duration = Duration::from_secs(60);

/// The kind.
pub(crate) struct PredictKind(pub Predictions);

/// One step of one job.
#[derive(Clone)]
struct PredictStep {
    predictions: Predictions,
    params: Arc<PredictParams>,
}

/// What is stored of the batch.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) struct PredictSpec {
    /// Rows of the table when the job began.
    pub rows: u64,
    pub without_key: u64,
}

impl StepKind for PredictKind {
    const NAME: &'static str = "predict";
    type Params = PredictParams;

    fn prepare(&self, params: PredictParams) -> Result<Arc<dyn Step>, StepError> {
        Ok(Arc::new(PredictStep {
            predictions: self.0.clone(),
            params: Arc::new(params),
        }))
    }
}

#[async_trait]
impl Step for PredictStep {
    async fn plan(&self, context: &StepContext) -> Result<StepPlan, StepError> {
        context.faults.pass(FaultPoint::BeforePlan)?;
        let this = self.clone();
        let counted = blocking(move || {
            let source = this.predictions.places.open(&this.params.from)?;
            let counted = source.count_whole(&this.params.table);
            counted.map_err(super::error::of_read)
        });
        let count = counted.await?;
        let spec = PredictSpec {
            rows: count.rows,
            without_key: count.without_key,
        };
        let spec = serde_json::to_value(spec).map_err(StepError::refused)?;
        Ok(StepPlan {
            policy: StepPolicy {
                is_whole_job: true,
                stop_grace: Some(GRACE),
                ..StepPolicy::default()
            },
            notes: left_out(&count, &self.params.table.name)
                .into_iter()
                .collect(),
            ..StepPlan::of([spec])
        })
    }

    async fn open(&self, batch: &BatchContext, spec: &Value) -> Result<Box<dyn Batch>, StepError> {
        let spec = serde_json::from_value(spec.clone()).map_err(StepError::refused)?;
        let (predictions, params) = (self.predictions.clone(), Arc::clone(&self.params));
        let opened = PredictBatch::open(predictions, params, batch.clone(), spec).await?;
        Ok(Box::new(opened))
    }

    fn needs(&self) -> Result<(), StepError> {
        let PredictParams { from, output, .. } = &*self.params;
        self.predictions.places.open(from)?;
        self.predictions.destination.find(output.as_deref())?;
        Ok(())
    }

    /// Rows that a later job has replaced are that job's.
    async fn remove(&self, context: &StepContext, rows_max: u64) -> Result<u64, StepError> {
        let (this, job) = (self.clone(), context.job.to_string());
        let removed = blocking(move || {
            let output = this.params.output.as_deref();
            let into = &this.params.result.into;
            let destination = &this.predictions.destination;
            Ok(remove(destination, output, into, &job, rows_max)?)
        });
        removed.await
    }

    async fn forget(&self, context: &StepContext) -> Result<(), StepError> {
        let (this, job) = (self.clone(), context.job.to_string());
        let forgotten = blocking(move || {
            let output = this.params.output.as_deref();
            Ok(forget(&this.predictions.destination, output, &job)?)
        });
        forgotten.await
    }
}
