//! What runs beside the jobs.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use audience::engine::seam::{Service, ServiceContext, StepError};

/// Counts how often it was woken.
pub(super) struct Ticker(pub Arc<AtomicU64>);

#[async_trait]
impl Service for Ticker {
    fn name(&self) -> &'static str {
        "ticker"
    }

    async fn run(&self, mut with: ServiceContext) -> Result<(), StepError> {
        loop {
            tokio::select! {
                () = with.bell.rung() => drop(self.0.fetch_add(1, Ordering::Relaxed)),
                () = with.stop.cancelled() => return Ok(()),
            }
        }
    }
}
