//! A batch being worked on, and what a slice of it says.

use async_trait::async_trait;
use serde_json::Value;

use super::{Progress, StepError};
use crate::engine::store::{AddedSteps, NewBatch, SliceRows};

/// A durable share of a step's work: opaque to the engine.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BatchSpec {
    /// A step gets no second batch with the same key, however often it is added.
    pub key: Option<String>,
    pub spec: Value,
    /// Where the batch is to be opened first, if it leaves its checkpoint to the engine.
    pub checkpoint: Option<Value>,
}

impl From<Value> for BatchSpec {
    fn from(spec: Value) -> Self {
        Self {
            spec,
            ..Self::default()
        }
    }
}

impl From<BatchSpec> for NewBatch {
    fn from(batch: BatchSpec) -> Self {
        Self {
            key: batch.key,
            spec: batch.spec,
            checkpoint: batch.checkpoint,
        }
    }
}

/// A batch being worked on. Dropped, it stops; what it committed stays.
///
/// A batch runs at least once per slice: its writes and its checkpoint commit together, or its
/// writes are idempotent. A kind that has a database of its own keeps the checkpoint beside its
/// rows; any other gives it to the engine, in [`Said::checkpoint`].
#[async_trait]
pub trait Batch: Send {
    /// Does a bounded amount of work. Where the batch is asked to stop, `BatchContext::cancel`
    /// is cancelled first; a slice that does not return within the grace is dropped.
    async fn next_slice(&mut self) -> Result<Slice, StepError>;

    /// Ends what the batch left running outside of itself (a child process, a request). Called
    /// between two slices, or after one was dropped; dropped itself when the grace is over.
    async fn stop(&mut self, _why: StopReason) {}
}

/// What a slice says of its batch.
#[derive(Clone, Debug, PartialEq)]
pub enum Slice {
    More(Said),
    Done(Said),
    /// The batch waits; meanwhile it is a row, without an actor, a place or a lease.
    Park(Said, Until),
}

/// What is stored of a slice, all of it in one transaction.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Said {
    pub progress: Progress,
    /// Where the batch is to be opened from now on; `None`: where it was before.
    pub checkpoint: Option<Value>,
    /// Further batches of the same step.
    pub add: Vec<BatchSpec>,
    /// Further steps of the job, which begin once this step has completed.
    pub steps: AddedSteps,
    /// What the batch adds to the output of its step; the last one counts.
    pub output: Option<Value>,
    /// Rows of the system.
    pub rows: Option<SliceRows>,
}

impl From<Progress> for Said {
    fn from(progress: Progress) -> Self {
        Self {
            progress,
            ..Self::default()
        }
    }
}

impl Said {
    /// Whether there is something that must not be lost, so that it is stored with this slice.
    pub(in crate::engine) fn must_be_stored(&self) -> bool {
        self.checkpoint.is_some()
            || self.output.is_some()
            || !self.add.is_empty()
            || !self.steps.steps.is_empty()
            || self.rows.is_some()
    }
}

/// What a parked batch waits for. Times are microseconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Until {
    Time(i64),
    Signal,
    /// Whichever comes first.
    Either(i64),
}

impl Until {
    pub fn time(self) -> Option<i64> {
        match self {
            Self::Time(at) | Self::Either(at) => Some(at),
            Self::Signal => None,
        }
    }

    pub fn signal(self) -> bool {
        matches!(self, Self::Signal | Self::Either(_))
    }
}

/// Why a batch is asked to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StopReason {
    /// The job is cancelled.
    Cancelled,
    /// The job fails for another reason.
    Failed,
    /// Another process has taken the job over.
    LeaseLost,
    /// The program stops; the batch is opened again at its checkpoint later.
    Drained,
    /// A slice, or the attempt, has taken longer than allowed.
    TimedOut,
}
