//! Kind `scrape`: one batch that fetches and writes, or one for each run that is extracted again.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use serde_json::{Value, json};

use super::batch::{Phase, ScrapeBatch};
use super::error::ScrapesError;
use super::pack;
use super::params::ScrapeParams;
use super::scrapes::{Scrapes, plan_of};
use crate::engine::CallerError;
use crate::engine::seam::{
    Batch, BatchContext, Step, StepContext, StepError, StepKind, StepPlan, StepPolicy,
};

/// What a transaction that has begun to commit gets to end in.
const GRACE: Duration = Duration::from_secs(60);

/// A polite scrape of many pages takes hours, and a site may ask for patience.
const SLICE_LONGEST: Duration = Duration::from_secs(2 * 86_400);

/// The kind.
pub(crate) struct ScrapeKind(pub Scrapes);

#[derive(Clone)]
pub(super) struct ScrapeStep {
    pub scrapes: Scrapes,
    pub params: Arc<ScrapeParams>,
}

impl StepKind for ScrapeKind {
    const NAME: &'static str = "scrape";
    type Params = ScrapeParams;

    fn prepare(&self, params: ScrapeParams) -> Result<Arc<dyn Step>, StepError> {
        Ok(Arc::new(ScrapeStep {
            scrapes: self.0.clone(),
            params: Arc::new(params),
        }))
    }
}

#[async_trait]
impl Step for ScrapeStep {
    async fn plan(&self, _: &StepContext) -> Result<StepPlan, StepError> {
        let replay = &self.params.replay;
        let policy = StepPolicy {
            // What goes wrong with a replay names its day.
            is_whole_job: true,
            // Rows of a later run take the place of those of an earlier one.
            batches_at_once: Some(1),
            stop_grace: Some(GRACE),
            slice_timeout: Some(SLICE_LONGEST),
            ..StepPolicy::default()
        };
        let batches: Vec<Value> = match replay.is_empty() {
            true => vec![json!({})],
            false => replay.iter().map(|run| json!({ "run": run })).collect(),
        };
        Ok(StepPlan {
            policy,
            ..StepPlan::of(batches)
        })
    }

    async fn open(&self, batch: &BatchContext, spec: &Value) -> Result<Box<dyn Batch>, StepError> {
        let phase = match (&batch.checkpoint, spec["run"].as_str()) {
            (Some(checkpoint), _) => serde_json::from_value(checkpoint.clone()),
            (None, Some(run)) => Ok(Phase::Replaying(run.to_owned())),
            (None, None) => Ok(Phase::Fetching(None)),
        };
        let phase = phase.map_err(|error| {
            StepError::refused("the run was begun by another version of the program")
                .caused_by(error)
        })?;
        Ok(Box::new(ScrapeBatch {
            step: self.clone(),
            context: batch.clone(),
            phase,
        }))
    }

    fn needs(&self) -> Result<(), StepError> {
        let read = plan_of(&self.params.scrape, self.params.mapping.as_ref());
        // What is wrong with it is said where it is run.
        if let Ok(plan) = read {
            let output = plan.scrape.output.as_deref();
            self.scrapes.shared().destination.find(output)?;
        }
        Ok(())
    }

    /// Pages of a run that was stopped between fetching and writing belong to nothing.
    async fn sweep(&self, context: &StepContext, _: u64) -> Result<u64, StepError> {
        let store = self.scrapes.store();
        let mut dropped = 0;
        for run in store.runs_with_pages(&context.job).await? {
            if store.run(&run).await?.is_none() {
                self.drop_pages(&run).await?;
                dropped += 1;
            }
        }
        Ok(dropped)
    }

    /// The runs go with the job; rows that they have written stay, for they belong to no run.
    async fn remove(&self, context: &StepContext, rows_max: u64) -> Result<u64, StepError> {
        let store = self.scrapes.store();
        let mut dropped = self.sweep(context, rows_max).await?;
        for run in store.runs_of_job(&context.job).await? {
            self.drop_pages(&run.id).await?;
            store.remove_run(&run.id).await?;
            dropped += 1;
        }
        Ok(dropped)
    }
}

impl ScrapeStep {
    async fn drop_pages(&self, run: &str) -> Result<(), StepError> {
        pack::drop_pages(&self.scrapes.shared().files, run).await?;
        Ok(self.scrapes.store().forget_pages(run).await?)
    }
}

impl From<ScrapesError> for StepError {
    fn from(error: ScrapesError) -> Self {
        match error {
            ScrapesError::Store(error) => error.into(),
            ScrapesError::Write(error) => error.into(),
            ScrapesError::Pack(error) => error.into(),
            error => Self::refused(error.public_message()).caused_by(error),
        }
    }
}
