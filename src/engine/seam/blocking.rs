//! Work that blocks its thread.

use tokio::task::spawn_blocking;

use super::StepError;

/// Runs blocking work on tokio's blocking pool and resumes a panic in the caller.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StepError> + Send + 'static,
) -> Result<T, StepError> {
    let log = tracing::Span::current();
    match spawn_blocking(move || log.in_scope(work)).await {
        Ok(result) => result,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(_) => Err(StepError::thread_lost()),
        },
    }
}
