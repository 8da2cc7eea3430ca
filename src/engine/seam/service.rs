//! What runs beside the jobs.

use async_trait::async_trait;
use tokio_util::sync::CancellationToken;

use super::StepError;

/// Work that runs beside the jobs for as long as the program runs.
#[async_trait]
pub trait Service: Send + Sync {
    fn name(&self) -> &'static str;

    /// Returns once `stop` is cancelled. After an error or a panic it is called again, so it has
    /// to find in the store where it was.
    async fn run(&self, stop: CancellationToken) -> Result<(), StepError>;
}
