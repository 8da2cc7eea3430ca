//! The closed sets of states, and who moves a thing from one to the next.
//!
//! ```text
//! job    blocked ──► queued ──► running ──► succeeded
//!           │          ▲        │  ▲ ├────► failed ────┐
//!           │          │    parked ┘ └────► cancelled ─┤ resume, rerun
//!           │          └───────────────────────────────┘
//!           └────► skipped | cancelled
//! step   pending ─► running ─► completed | failed
//! batch  pending ⇄ parked ─► completed | failed
//! dispatch  ready ─► waiting ─► running ─► finished | failed
//! ```
//!
//! The task actor moves the first three; a caller's resume or rerun moves a job back to queued. A
//! blocked job is moved by the end of the jobs that it needs.
//! A task that is dispatched has no actor: its worker is outside, and reports move it.

use sea_orm::DeriveValueType;
use strum::{Display, EnumString, IntoStaticStr, VariantArray};

/// Closed sets: each is stored and shown as the words that its variants are in snake case.
macro_rules! words {
    ($($(#[$about:meta])* pub enum $name:ident { $($variants:tt)* })+) => {$(
        $(#[$about])*
        #[derive(
            Clone,
            Copy,
            Debug,
            PartialEq,
            Eq,
            Display,
            EnumString,
            IntoStaticStr,
            VariantArray,
            DeriveValueType,
        )]
        #[strum(serialize_all = "snake_case")]
        #[sea_orm(value_type = "String")]
        pub enum $name {
            $($variants)*
        }

        impl $name {
            /// In the order of a life.
            pub const ALL: &'static [Self] = Self::VARIANTS;

            /// The word stored in the database and shown to callers.
            pub fn as_str(self) -> &'static str {
                self.into()
            }
        }
    )+};
}

words! {
    /// Where a job is.
    pub enum JobState {
        /// Waits for other jobs to end.
        Blocked,
        /// Stored, waiting for a free place.
        Queued,
        /// Begun. Without a lease it waits for a process to continue it.
        Running,
        /// All that is left waits for a time or a signal: no process holds it.
        Parked,
        Succeeded,
        Failed,
        Cancelled,
        /// A job that it needs did not succeed: it never ran.
        Skipped,
    }

    /// Where a step is. It becomes running when its batches are stored.
    pub enum StepState {
        Pending,
        Running,
        Completed,
        Failed,
    }

    /// Where a batch is. Whether an actor works on it is not stored: leases say that of jobs.
    pub enum BatchState {
        Pending,
        /// Waits for a time or a signal: no attempt is made meanwhile.
        Parked,
        Completed,
        Failed,
    }

    /// How one attempt at a batch ended.
    pub enum AttemptOutcome {
        Running,
        Completed,
        /// An error or a panic: counted against the attempts that are allowed.
        Failed,
        /// A database was away: waited for, not counted.
        Outage,
        /// Stopped on purpose: a shutdown or a cancel.
        Stopped,
        /// The batch parked: it waits for a time or a signal.
        Parked,
        /// The process died under it.
        Crashed,
    }

    /// What is kept of a job besides its result. Once sweeping has begun, the job cannot
    /// resume, only start over.
    pub enum HistoryState {
        Kept,
        /// Events, attempts and staged rows are being dropped, some at a time.
        Sweeping,
        Swept,
        /// The job itself is being dropped with everything that is left of it. It cannot run again.
        Dropping,
    }

    /// Where a task for an outside worker is.
    pub enum DispatchStatus {
        /// Created, not started.
        Ready,
        /// Started: its message is sent or will be; no worker has reported yet.
        Waiting,
        /// A worker reported that it began.
        Running,
        Finished,
        Failed,
    }

    /// What a dead letter is.
    pub enum LetterKind {
        /// A worker's report that could not be used.
        Reply,
        /// A task that was given up: its message could not be delivered, or no worker ended it.
        Task,
    }

    /// Where a run of a pipeline is.
    pub enum RunState {
        /// Another run of its trigger comes first.
        Queued,
        Running,
        Succeeded,
        Failed,
        Cancelled,
    }

    /// What has become of a fire of a trigger.
    pub enum FireState {
        /// It is to be decided what becomes of it, or it is being started.
        Stored,
        /// Waits for the end of what earlier ones have started.
        Queued,
        Started,
        /// Another one of its trigger takes precedence.
        Skipped,
        /// It could not be started.
        Failed,
        /// There was nothing to start.
        Ignored,
    }

    /// Where a message of a notification is.
    pub enum DeliveryState {
        /// It is to be sent, or tried again.
        Waiting,
        Sent,
        /// It was given up.
        Dead,
        /// Another message to the same receiver says it, too.
        Merged,
    }

    /// How much a line of a log matters.
    pub enum LogLevel {
        Error,
        Warn,
        Info,
        Debug,
        Trace,
    }
}

impl JobState {
    pub fn has_ended(self) -> bool {
        match self {
            Self::Blocked | Self::Queued | Self::Running | Self::Parked => false,
            Self::Succeeded | Self::Failed | Self::Cancelled | Self::Skipped => true,
        }
    }
}

impl RunState {
    pub fn has_ended(self) -> bool {
        match self {
            Self::Queued | Self::Running => false,
            Self::Succeeded | Self::Failed | Self::Cancelled => true,
        }
    }
}

impl DispatchStatus {
    pub fn has_ended(self) -> bool {
        matches!(self, Self::Finished | Self::Failed)
    }
}

impl LogLevel {
    /// The levels that matter as much as this one, or more.
    pub fn and_above(self) -> &'static [Self] {
        &Self::ALL[..=self as usize]
    }
}
