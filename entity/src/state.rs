//! The closed sets of states, and who moves a thing from one to the next.
//!
//! ```text
//! job    queued ──► running ──► succeeded
//!          ▲           ├──────► failed ────┐
//!          │           └──────► cancelled ─┤ resume, retry
//!          └───────────────────────────────┘
//! step   pending ─► running ─► completed | failed
//! batch  pending ─► completed | failed
//! ```
//!
//! The task actor moves all three; a caller's resume or retry moves a job back to queued.

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
    Succeeded => "succeeded",
    Failed => "failed",
    Cancelled => "cancelled",
});

impl JobState {
    pub fn has_ended(self) -> bool {
        match self {
            Self::Queued | Self::Running => false,
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
    #[sea_orm(string_value = "completed")]
    Completed,
    #[sea_orm(string_value = "failed")]
    Failed,
}

text_of!(BatchState {
    Pending => "pending",
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
