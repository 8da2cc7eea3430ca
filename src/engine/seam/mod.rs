//! The seam between the engine and what its jobs do.
//!
//! ```text
//! StepKind ──prepare(params)──► Step ──plan──► batches, stored once
//!                                 └───open──► Batch ──next_slice──► More | Done
//! ```
//!
//! A kind is a folder here and a line in the list that the composition root registers. It
//! is plain async Rust: no actors, no HTTP. Kinds do not know each other.

mod blocking;
mod context;
mod error;
mod registry;
pub(crate) mod timed;

use std::sync::Arc;

use async_trait::async_trait;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::Value;
use tokio_util::sync::CancellationToken;

pub(crate) use blocking::blocking;
pub use context::{BatchContext, JobContext};
pub use error::{ErrorClass, StepError};
pub use registry::Registry;
pub(crate) use registry::params_do_not_fit;

/// A kind of step, e.g. `label`.
pub trait StepKind: Send + Sync + 'static {
    const NAME: &'static str;
    type Params: DeserializeOwned;

    /// Makes a step from its stored parameters. Cheap: touches nothing outside.
    fn prepare(&self, params: Self::Params) -> Result<Arc<dyn Step>, StepError>;
}

/// One step of one job, for as long as this process runs the job.
#[async_trait]
pub trait Step: Send + Sync {
    /// Cuts the step's input into batches. What it answers is stored; after that it is not
    /// asked again.
    async fn plan(&self, job: &JobContext) -> Result<StepPlan, StepError>;

    /// Opens a batch at its checkpoint.
    async fn open(&self, batch: &BatchContext, spec: &Value) -> Result<Box<dyn Batch>, StepError>;

    /// Told of changes of its job, before the store is, so that it can show them where its
    /// users look. May be told the same twice.
    async fn observe(&self, _job: &JobContext, _change: &JobChange) -> Result<(), StepError> {
        Ok(())
    }

    /// Drops up to so many rows of what an ended job left besides its result, and answers how
    /// many there were; called again until there are none. The job cannot go on after that, only
    /// start over.
    async fn sweep(&self, _job: &JobContext, _rows_max: u64) -> Result<u64, StepError> {
        Ok(0)
    }
}

/// A batch being worked on. Dropped, it stops; what it committed stays.
#[async_trait]
pub trait Batch: Send {
    /// Does a bounded amount of work and commits it together with its checkpoint.
    async fn next_slice(&mut self) -> Result<Slice, StepError>;
}

/// Work that goes on beside the jobs for as long as the program runs.
#[async_trait]
pub trait Service: Send + Sync {
    fn name(&self) -> &'static str;

    /// Returns once `stop` is cancelled. After an error or a panic it is called again, so it has to
    /// find in the store where it was.
    async fn run(&self, stop: CancellationToken) -> Result<(), StepError>;
}

/// How a step's input is cut.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StepPlan {
    /// One per batch, opaque to the engine.
    pub batches: Vec<Value>,
    /// What the users should know, a sentence each.
    pub notes: Vec<String>,
}

/// What a slice says of its batch.
#[derive(Clone, Debug, PartialEq)]
pub enum Slice {
    More(Progress),
    Done(Progress),
}

/// How far a batch has got, for people.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Progress {
    /// Rows worked on so far, over all attempts.
    pub rows: u64,
    /// In this attempt.
    pub rows_per_s: f64,
    /// Of the batch, between 0 and 1.
    pub fraction: f64,
    /// The kind's own figures.
    pub figures: Value,
}

/// What happens to a job.
#[derive(Clone, Debug, PartialEq)]
pub enum JobChange {
    /// A process begins with the job or goes on with it; `completed` tells whether this step
    /// has nothing left to do.
    Started {
        completed: bool,
    },
    /// This step has completed.
    StepCompleted,
    /// The job fails; `here` tells whether it is this step that failed.
    Failed {
        here: bool,
        reason: String,
    },
    Cancelled,
}
