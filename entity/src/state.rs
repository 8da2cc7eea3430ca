//! The closed sets of states, and who moves a thing from one to the next.
//!
//! ```text
//! job    queued ──► running ──► succeeded
//!          ▲        │  ▲ ├────► failed ────┐
//!          │    parked ┘ └────► cancelled ─┤ resume, rerun
//!          └───────────────────────────────┘
//!        held ──► delegated ──► succeeded | failed | cancelled     (dispatch)
//! step   pending ─► running ─► completed | failed
//! batch  pending ⇄ parked ─► completed | failed
//! ```
//!
//! dispatch  ready ─► waiting ─► running ─► finished | failed
//!
//! The task actor moves the first three; a caller's resume or retry moves a job back to queued.
//! A task that is dispatched has no actor: its worker is outside, and reports move it.

use sea_orm::entity::prelude::*;

macro_rules! text_of {
    ($name:ident { $($variant:ident => $text:literal),+ $(,)? }) => {
        impl $name {
            /// The word stored in the database and shown to callers.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }

            /// All states, in the order of a life.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];
        }
    };
}

/// Where a job is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))")]
pub enum JobState {
    /// Stored, waiting for a free place.
    #[sea_orm(string_value = "queued")]
    Queued,
    /// Begun. Without a lease it waits for a process to go on with it.
    #[sea_orm(string_value = "running")]
    Running,
    /// All that is left waits for a time or a signal: no process holds it.
    #[sea_orm(string_value = "parked")]
    Parked,
    /// Stored, to be started by a caller.
    #[sea_orm(string_value = "held")]
    Held,
    /// With outside workers: nothing of this program runs for it.
    #[sea_orm(string_value = "delegated")]
    Delegated,
    #[sea_orm(string_value = "succeeded")]
    Succeeded,
    #[sea_orm(string_value = "failed")]
    Failed,
    #[sea_orm(string_value = "cancelled")]
    Cancelled,
}

text_of!(JobState {
    Queued => "queued",
    Running => "running",
    Parked => "parked",
    Held => "held",
    Delegated => "delegated",
    Succeeded => "succeeded",
    Failed => "failed",
    Cancelled => "cancelled",
});

impl JobState {
    pub fn has_ended(self) -> bool {
        match self {
            Self::Queued | Self::Running | Self::Parked | Self::Held | Self::Delegated => false,
            Self::Succeeded | Self::Failed | Self::Cancelled => true,
        }
    }
}

/// Where a step is. It becomes running when its batches are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))")]
pub enum StepState {
    #[sea_orm(string_value = "pending")]
    Pending,
    #[sea_orm(string_value = "running")]
    Running,
    #[sea_orm(string_value = "completed")]
    Completed,
    #[sea_orm(string_value = "failed")]
    Failed,
}

text_of!(StepState {
    Pending => "pending",
    Running => "running",
    Completed => "completed",
    Failed => "failed",
});

/// Where a batch is. Whether an actor works on it is not stored: leases say that of jobs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))")]
pub enum BatchState {
    #[sea_orm(string_value = "pending")]
    Pending,
    /// Waits for a time or a signal: no attempt is made meanwhile.
    #[sea_orm(string_value = "parked")]
    Parked,
    #[sea_orm(string_value = "completed")]
    Completed,
    #[sea_orm(string_value = "failed")]
    Failed,
}

text_of!(BatchState {
    Pending => "pending",
    Parked => "parked",
    Completed => "completed",
    Failed => "failed",
});

/// How one attempt at a batch ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))")]
pub enum AttemptOutcome {
    #[sea_orm(string_value = "running")]
    Running,
    #[sea_orm(string_value = "completed")]
    Completed,
    /// An error or a panic: counted against the attempts that are allowed.
    #[sea_orm(string_value = "failed")]
    Failed,
    /// A database was away: waited for, not counted.
    #[sea_orm(string_value = "outage")]
    Outage,
    /// Stopped on purpose: a shutdown or a cancel.
    #[sea_orm(string_value = "stopped")]
    Stopped,
    /// The batch parked: it waits for a time or a signal.
    #[sea_orm(string_value = "parked")]
    Parked,
    /// The process died under it.
    #[sea_orm(string_value = "crashed")]
    Crashed,
}

text_of!(AttemptOutcome {
    Running => "running",
    Completed => "completed",
    Failed => "failed",
    Outage => "outage",
    Stopped => "stopped",
    Parked => "parked",
    Crashed => "crashed",
});

/// What is kept of a job besides its result. Once sweeping has begun, the job cannot go on from
/// where it was, only start over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))")]
pub enum HistoryState {
    #[sea_orm(string_value = "kept")]
    Kept,
    /// Events, attempts and staged rows are being dropped, some at a time.
    #[sea_orm(string_value = "sweeping")]
    Sweeping,
    #[sea_orm(string_value = "swept")]
    Swept,
}

text_of!(HistoryState {
    Kept => "kept",
    Sweeping => "sweeping",
    Swept => "swept",
});

/// Where a task for an outside worker is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))")]
pub enum DispatchStatus {
    /// Created, not started.
    #[sea_orm(string_value = "ready")]
    Ready,
    /// Started: its message is sent or will be; no worker has reported yet.
    #[sea_orm(string_value = "waiting")]
    Waiting,
    /// A worker reported that it began.
    #[sea_orm(string_value = "running")]
    Running,
    #[sea_orm(string_value = "finished")]
    Finished,
    #[sea_orm(string_value = "failed")]
    Failed,
}

text_of!(DispatchStatus {
    Ready => "ready",
    Waiting => "waiting",
    Running => "running",
    Finished => "finished",
    Failed => "failed",
});

impl DispatchStatus {
    pub fn has_ended(self) -> bool {
        matches!(self, Self::Finished | Self::Failed)
    }
}

/// What a dead letter is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))")]
pub enum LetterKind {
    /// A worker's report that could not be used.
    #[sea_orm(string_value = "reply")]
    Reply,
    /// A task that was given up: its message could not be delivered, or no worker ended it.
    #[sea_orm(string_value = "task")]
    Task,
}

text_of!(LetterKind {
    Reply => "reply",
    Task => "task",
});

/// How much a line of a log matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(8))")]
pub enum LogLevel {
    #[sea_orm(string_value = "error")]
    Error,
    #[sea_orm(string_value = "warn")]
    Warn,
    #[sea_orm(string_value = "info")]
    Info,
    #[sea_orm(string_value = "debug")]
    Debug,
    #[sea_orm(string_value = "trace")]
    Trace,
}

text_of!(LogLevel {
    Error => "error",
    Warn => "warn",
    Info => "info",
    Debug => "debug",
    Trace => "trace",
});

impl LogLevel {
    /// The levels that matter as much as this one, or more.
    pub fn and_above(self) -> &'static [Self] {
        &Self::ALL[..=self as usize]
    }
}
