//! Jobs that need other jobs.
//!
//! ```text
//! blocked ──the last of its needs ends──► queued
//!    └─────a hard need ends without success──► skipped, and so is what needs it
//! ```
//!
//! A need is *settled* when the job that it names has ended and that has been counted: it is counted
//! once, even if that job starts over. `needs_left` of a job is the number of its needs that are not
//! settled. All of it changes in the transaction that ends the job that is needed.
//!
//! **No end is missed.** Whoever stores a job that needs others first locks the rows of these others in
//! a way that several may share (`resolving`), until its commit. Whoever ends a job has its row locked
//! for itself by the time it looks for the needs of others (`settling`). So either the new need was
//! committed before the end, and the end finds it; or the end was committed before the lock, and the
//! submission finds the job ended. Both read committed rows: a statement behind a lock sees what was
//! committed before that lock was granted.
//!
//! **Locks are taken in the order of ids** within a statement, and from a job to those that need it.
//! Two transactions with several such operations may meet in another order all the same; then the
//! server undoes one of them, which is done again ([`Store::again`]).

mod resolving;
mod settling;

use entity::{JobId, JobState};
use sea_orm::DbBackend;

pub(super) use resolving::{Beginning, resolve};
pub(crate) use settling::{Consequences, settle};

/// A job that has to end before another one may begin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Need {
    pub job: JobId,
    /// Any end of it counts; otherwise only success.
    pub soft: bool,
}

/// Why a job is skipped that needs one in this state, in a sentence; `None`: it is not.
fn reason_of(name: &str, state: JobState) -> Option<String> {
    match state {
        JobState::Failed => Some(format!("{name} failed")),
        JobState::Cancelled => Some(format!("{name} was cancelled")),
        JobState::Skipped => Some(format!("{name} was skipped")),
        JobState::Blocked
        | JobState::Queued
        | JobState::Running
        | JobState::Parked
        | JobState::Succeeded => None,
    }
}

/// A join whose left side is read first, whatever the database thinks of its sizes.
pub(super) fn join(backend: DbBackend) -> &'static str {
    match backend {
        DbBackend::Sqlite => "CROSS JOIN",
        DbBackend::MySql => "STRAIGHT_JOIN",
        _ => "JOIN",
    }
}
