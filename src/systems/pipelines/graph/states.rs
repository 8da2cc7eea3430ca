//! What is known of an instance, as one closed set: states of jobs, and of instances without one.

/// From what needs a look to what does not: a stack shows the first one that it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum NodeState {
    Failed,
    /// Others make it, and it is not there.
    Missing,
    Running,
    Parked,
    Queued,
    /// It waits for jobs, or needs what is missing.
    Blocked,
    Cancelled,
    Skipped,
    /// To be made; nothing more is known of its job.
    Run,
    /// To be made by others; nothing more is known of its job.
    Wait,
    /// Another run makes it; nothing more is known of its job.
    Shared,
    Succeeded,
    /// It was there.
    Complete,
    /// It only holds others together, and these are there.
    Group,
}

impl NodeState {
    pub(crate) const ALL: [Self; 14] = [
        Self::Failed,
        Self::Missing,
        Self::Running,
        Self::Parked,
        Self::Queued,
        Self::Blocked,
        Self::Cancelled,
        Self::Skipped,
        Self::Run,
        Self::Wait,
        Self::Shared,
        Self::Succeeded,
        Self::Complete,
        Self::Group,
    ];

    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Failed => "failed",
            Self::Missing => "missing",
            Self::Running => "running",
            Self::Parked => "parked",
            Self::Queued => "queued",
            Self::Blocked => "blocked",
            Self::Cancelled => "cancelled",
            Self::Skipped => "skipped",
            Self::Run => "run",
            Self::Wait => "wait",
            Self::Shared => "shared",
            Self::Succeeded => "succeeded",
            Self::Complete => "complete",
            Self::Group => "group",
        }
    }
}
