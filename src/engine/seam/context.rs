//! What a step is told of the job that it works for.

use entity::JobId;
use tokio::task::spawn_blocking;
use tokio_util::sync::CancellationToken;

use super::StepError;
use crate::clock;
use crate::fault::Faults;
use crate::systems::labelling::panels::Fence;
use crate::telemetry::trace::TraceContext;

/// The job, under the lease that this process holds.
#[derive(Clone, Debug)]
pub struct JobContext {
    pub job: JobId,
    /// Fencing token of the lease: whatever the step writes has to show it.
    pub epoch: i64,
    /// Goes up when the job starts over from the beginning.
    pub generation: i32,
    /// Nothing of the job has been planned: what it leaves in an output may be made. Later it
    /// has to be found there; an output without it is not the one that the job began with.
    pub fresh: bool,
    /// When the job first began, in microseconds since 1970.
    pub started_at: i64,
    pub faults: Faults,
}

/// One batch of it.
#[derive(Clone, Debug)]
pub struct BatchContext {
    pub job: JobContext,
    pub batch_no: i32,
    /// How many batches the step was cut into.
    pub batches: i32,
    /// Cancelled when the batch is to stop before its slice is done.
    pub cancel: CancellationToken,
    /// The span of the attempt.
    pub trace: TraceContext,
}

impl JobContext {
    /// What the step shows to an output database.
    pub(crate) fn fence(&self) -> Fence {
        Fence {
            task_id: self.job.to_string(),
            epoch: self.epoch,
            generation: self.generation,
        }
    }

    /// Minutes since the job first began, with four decimals.
    pub(crate) fn run_time_minutes(&self) -> f64 {
        let minutes = (clock::now_micros() - self.started_at) as f64 / 60e6;
        (minutes * 10_000.0).round() / 10_000.0
    }
}

/// Runs work that blocks on a thread for such work; a panic in it goes on here.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StepError> + Send + 'static,
) -> Result<T, StepError> {
    let log = tracing::Span::current();
    match spawn_blocking(move || log.in_scope(work)).await {
        Ok(result) => result,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(_) => Err(StepError::ThreadLost),
        },
    }
}
