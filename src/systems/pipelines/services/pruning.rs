//! Drops runs as old as the jobs that are dropped.

use std::time::Duration;

use async_trait::async_trait;
use tokio::time::sleep;

use crate::clock;
use crate::engine::seam::{Service, ServiceContext, StepError};
use crate::engine::store::StoreError;
use crate::settings::RetentionSettings;
use crate::systems::pipelines::store::PipelineStore;

const DAY_MICROS: i64 = 86_400_000_000;

/// The service.
pub(crate) struct RunPruning {
    pub store: PipelineStore,
    pub retention: RetentionSettings,
}

#[async_trait]
impl Service for RunPruning {
    fn name(&self) -> &'static str {
        "run_pruning"
    }

    async fn run(&self, with: ServiceContext) -> Result<(), StepError> {
        while !with.stop.is_cancelled() {
            match self.prune(&with).await {
                Ok(()) => {}
                Err(error) if error.is_transient() => {
                    let health = self.store.engine().health();
                    health.warn(&error, "old runs cannot be dropped");
                }
                Err(error) => return Err(error.into()),
            }
            tokio::select! {
                () = with.stop.cancelled() => {}
                () = sleep(Duration::from_secs(self.retention.every_s)) => {}
            }
        }
        Ok(())
    }
}

impl RunPruning {
    async fn prune(&self, with: &ServiceContext) -> Result<(), StoreError> {
        let days = i64::try_from(self.retention.jobs_days).unwrap_or(i64::MAX);
        let before = clock::now_micros().saturating_sub(days.saturating_mul(DAY_MICROS));
        let rows = self.retention.rows_per_step;
        while !with.stop.is_cancelled() && self.store.drop_old_run(before, rows).await? {
            tokio::task::yield_now().await;
        }
        self.store.drop_old_versions(before).await
    }
}
