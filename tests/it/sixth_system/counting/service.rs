//! What runs beside the jobs.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use audience::engine::seam::{Service, ServiceContext, StepError};

pub(super) struct Ticker(pub Arc<AtomicBool>);

#[async_trait]
impl Service for Ticker {
    fn name(&self) -> &'static str {
        "ticker"
    }

    async fn run(&self, with: ServiceContext) -> Result<(), StepError> {
        self.0.store(true, Ordering::Relaxed);
        with.stop.cancelled().await;
        Ok(())
    }
}
