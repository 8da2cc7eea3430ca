//! Kind `collect`: a batch for each platform, all at once.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use serde_json::{Value, json};

use super::batch::CollectBatch;
use super::service::Collecting;
use crate::engine::seam::{
    Batch, BatchContext, BatchSpec, Step, StepContext, StepError, StepKind, StepPlan, StepPolicy,
};
use crate::systems::briefs::params::CollectParams;

/// The longest deadline, and some more for storing.
const SLICE_LONGEST: Duration = Duration::from_secs(2 * 86_400);

/// Requests are dropped at once; a page that is being stored gets this.
const GRACE: Duration = Duration::from_secs(10);

/// The kind.
pub(crate) struct CollectKind(pub Collecting);

struct CollectStep {
    collecting: Collecting,
    params: CollectParams,
}

impl StepKind for CollectKind {
    const NAME: &'static str = "collect";
    type Params = CollectParams;

    fn prepare(&self, params: CollectParams) -> Result<Arc<dyn Step>, StepError> {
        Ok(Arc::new(CollectStep {
            collecting: self.0.clone(),
            params,
        }))
    }
}

/// The batch of a platform; its key has the revision for which it began.
pub(super) fn batch_of(platform: &str, stage: i32, revision: i32) -> BatchSpec {
    BatchSpec {
        key: Some(format!("{platform}@{stage}.{revision}")),
        ..BatchSpec::from(json!({ "platform": platform }))
    }
}

#[async_trait]
impl Step for CollectStep {
    async fn plan(&self, context: &StepContext) -> Result<StepPlan, StepError> {
        let store = self.collecting.store();
        store
            .begin_brief(&context.job, &self.params.request)
            .await?;
        let brief = store.brief(&context.job).await?;
        let brief = brief.ok_or_else(|| StepError::retry("the brief is not there"))?;
        let mut platforms = brief.request.platforms.clone();
        // Those of an earlier request have pages that do not count any more.
        for known in store.platforms(&context.job).await? {
            if !platforms.contains(&known.platform) {
                platforms.push(known.platform);
            }
        }
        let batches = platforms
            .iter()
            .map(|platform| batch_of(platform, brief.stage, brief.revision));
        Ok(StepPlan {
            batches: batches.collect(),
            policy: StepPolicy {
                batches_at_once: Some(64),
                slice_timeout: Some(SLICE_LONGEST),
                stop_grace: Some(GRACE),
                ..StepPolicy::default()
            },
            ..StepPlan::default()
        })
    }

    async fn open(&self, batch: &BatchContext, spec: &Value) -> Result<Box<dyn Batch>, StepError> {
        let platform = spec["platform"].as_str().unwrap_or_default();
        let opened = CollectBatch::open(&self.collecting, batch, platform).await?;
        Ok(Box::new(opened))
    }

    fn needs(&self) -> Result<(), StepError> {
        for platform in &self.params.request.platforms {
            self.collecting.platform(platform)?;
        }
        Ok(())
    }

    /// The rows in the output go with the job; what the engine's database has of it goes by itself.
    async fn remove(&self, context: &StepContext, _: u64) -> Result<u64, StepError> {
        for known in self.collecting.store().platforms(&context.job).await? {
            let articles = self.collecting.articles();
            articles.clear(&context.job, &known.platform).await?;
        }
        Ok(0)
    }
}
