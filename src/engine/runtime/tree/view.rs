//! Actors as they are seen from outside.

use entity::JobId;
use strum::{IntoStaticStr, VariantArray};

use crate::engine::seam::Progress;

/// What an actor is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, IntoStaticStr, VariantArray)]
pub enum ActorKind {
    RootSupervisor,
    JobSupervisor,
    TaskActor,
    BatchActor,
    Rescuer,
    Sweeper,
    ServiceActor,
}

impl ActorKind {
    pub const ALL: &'static [Self] = Self::VARIANTS;

    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// An actor as it is at a moment.
#[derive(Clone, Debug)]
pub struct ActorView {
    /// Of this process; those of actors that were started later are higher.
    pub id: u64,
    pub parent: Option<u64>,
    pub kind: ActorKind,
    /// Of a task the job's id, of a batch its step and number.
    pub name: String,
    pub job: Option<JobId>,
    /// `idle`, `working`, or what it waits for.
    pub state: String,
    /// Since when it lives, in microseconds since 1970.
    pub since: i64,
    /// How often it died or was tried again, under this name.
    pub restarts: u32,
    pub last_failure: Option<FailureView>,
    /// Messages that wait for it.
    pub mailbox: u64,
    pub slice: Option<SliceView>,
}

/// Why the one before died.
#[derive(Clone, Debug)]
pub struct FailureView {
    pub at: i64,
    pub reason: String,
}

/// The slice that a batch is at.
#[derive(Clone, Debug)]
pub struct SliceView {
    /// From 1, in this attempt.
    pub no: u64,
    /// Since when it is being worked on.
    pub since: i64,
    /// What the slices before came to; `None` before the first has committed.
    pub progress: Option<Progress>,
}

/// A running task, as gauges show it.
#[derive(Clone, Debug)]
pub(in crate::engine::runtime) struct Moving {
    pub slot: usize,
    pub flow: String,
    pub step: String,
    pub fraction: f64,
    pub rows_per_s: f64,
    pub eta_s: Option<f64>,
    pub idle_s: f64,
}
