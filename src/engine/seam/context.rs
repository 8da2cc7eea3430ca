//! What a step knows of the job that it works for.

use entity::JobId;
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use super::Outputs;
use crate::engine::artifacts::Artifacts;
use crate::fault::Faults;
use crate::telemetry::trace::TraceContext;

/// The job, under the lease that this process holds, and what the steps before have made.
#[derive(Clone, Debug)]
pub struct StepContext {
    pub job: JobId,
    /// Fencing token of the lease: every write of the step has to show it.
    pub epoch: i64,
    /// Goes up when the job is rerun.
    pub generation: i32,
    /// Nothing of the job has been planned: what it leaves in an output may be made. Later it
    /// has to be found there; an output without it is not the one that the job began with.
    pub fresh: bool,
    /// When the job first began, in microseconds since 1970.
    pub started_at: i64,
    pub inputs: Outputs,
    /// Where the job leaves its files; `None`: this engine keeps none.
    pub files: Option<Artifacts>,
    pub faults: Faults,
}

/// One batch of it.
#[derive(Clone, Debug)]
pub struct BatchContext {
    pub job: StepContext,
    /// Number of the step in its job.
    pub step_no: i32,
    pub batch_no: i32,
    /// How many batches the step has at this moment.
    pub batches: i32,
    /// Number of the attempt at the batch, from 1.
    pub attempt: i32,
    /// Where the batch is to be opened, if it leaves its checkpoint to the engine.
    pub checkpoint: Option<Value>,
    /// Signals that have arrived since the batch last parked, oldest first.
    pub signals: Vec<Value>,
    /// Cancelled when the batch is to stop before its slice is done.
    pub cancel: CancellationToken,
    /// The span of the attempt.
    pub trace: TraceContext,
}
