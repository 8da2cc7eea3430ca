//! What a step is told of the job that it works for.

use entity::JobId;
use tokio_util::sync::CancellationToken;

use crate::fault::Faults;
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
