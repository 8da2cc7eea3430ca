//! The kinds of steps of a backtest.

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::{Value, json};

use super::comparing::{self, CompareBatch};
use super::params::BacktestParams;
use super::sampling::SampleBatch;
use super::settling::SettleBatch;
use super::work::Work;
use crate::engine::seam::{
    Batch, BatchContext, Step, StepContext, StepError, StepKind, StepPlan, blocking,
};
use crate::engine::store::Store;
use crate::fault::FaultPoint;
use crate::systems::labelling::label::LabelLimits;
use crate::systems::labelling::posts::Sources;

/// What steps draw on.
#[derive(Clone)]
pub(in crate::systems::labelling) struct BacktestTools {
    pub store: Store,
    pub sources: Sources,
    pub limits: LabelLimits,
}

/// Chooses the windows and rows of a sample.
pub(in crate::systems::labelling) struct SampleKind(pub BacktestTools);

/// Compares the sets row by row.
pub(in crate::systems::labelling) struct CompareKind(pub BacktestTools);

/// Settles votes, and makes the report.
pub(in crate::systems::labelling) struct SettleKind(pub BacktestTools);

impl StepKind for SampleKind {
    const NAME: &'static str = "backtest_sample";
    type Params = BacktestParams;

    fn prepare(&self, params: BacktestParams) -> Result<Arc<dyn Step>, StepError> {
        Ok(Arc::new(SampleStep(Work::new(self.0.clone(), params)?)))
    }
}

impl StepKind for CompareKind {
    const NAME: &'static str = "backtest";
    type Params = BacktestParams;

    fn prepare(&self, params: BacktestParams) -> Result<Arc<dyn Step>, StepError> {
        Ok(Arc::new(CompareStep(Work::new(self.0.clone(), params)?)))
    }
}

impl StepKind for SettleKind {
    const NAME: &'static str = "backtest_settle";
    type Params = BacktestParams;

    fn prepare(&self, params: BacktestParams) -> Result<Arc<dyn Step>, StepError> {
        Ok(Arc::new(SettleStep(Work::new(self.0.clone(), params)?)))
    }
}

struct SampleStep(Arc<Work>);

struct CompareStep(Arc<Work>);

struct SettleStep(Arc<Work>);

#[async_trait]
impl Step for SampleStep {
    async fn plan(&self, _: &StepContext) -> Result<StepPlan, StepError> {
        Ok(StepPlan::of([json!({})]))
    }

    async fn open(&self, batch: &BatchContext, _: &Value) -> Result<Box<dyn Batch>, StepError> {
        Ok(Box::new(SampleBatch::new(Arc::clone(&self.0), batch)?))
    }

    fn needs(&self) -> Result<(), StepError> {
        self.0.range().map(drop)
    }
}

#[async_trait]
impl Step for CompareStep {
    async fn plan(&self, job: &StepContext) -> Result<StepPlan, StepError> {
        job.faults.pass(FaultPoint::BeforePlan)?;
        let (this, inputs) = (Arc::clone(&self.0), job.inputs.clone());
        let plan = blocking(move || comparing::plan(&this, &inputs)).await;
        plan.map_err(|error| self.0.naming(error))
    }

    async fn open(&self, batch: &BatchContext, spec: &Value) -> Result<Box<dyn Batch>, StepError> {
        let spec = serde_json::from_value(spec.clone()).map_err(StepError::refused)?;
        let opened = CompareBatch::open(&self.0, batch, spec).await;
        Ok(Box::new(opened.map_err(|error| self.0.naming(error))?))
    }

    /// Nobody needs what the batches have to say: it stands in the store.
    fn output(&self, _: Vec<Value>) -> Option<Value> {
        None
    }

    fn needs(&self) -> Result<(), StepError> {
        self.0.range().map(drop)
    }
}

#[async_trait]
impl Step for SettleStep {
    async fn plan(&self, _: &StepContext) -> Result<StepPlan, StepError> {
        Ok(StepPlan::of([json!({})]))
    }

    async fn open(&self, batch: &BatchContext, _: &Value) -> Result<Box<dyn Batch>, StepError> {
        let opened = SettleBatch::open(&self.0, batch).await?;
        Ok(Box::new(opened))
    }
}
