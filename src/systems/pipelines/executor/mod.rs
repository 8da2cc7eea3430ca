//! The process that runs commands, and the server's side of it.
//!
//! ```text
//! server ── Executor (client) ══ socket ══ Host (executor process, subreaper)
//!                                            └─ AttemptRun × attempt ─ commands ─ their trees
//! ```
//!
//! Commands are children of the executor, not of the server: a server that is killed or restarted
//! connects again and finds its commands running, or what became of them. Everything is in one
//! directory, which one server at a time holds:
//!
//! - `lock`, `executor.lock`: held by the server and by the executor while they live;
//! - `socket`: frames are lines of JSON (see `protocol`);
//! - `attempts/<id>`: a record per attempt (see `record`), there until the server forgets the attempt;
//! - `tmp/<id>`: `TMPDIR` of an attempt, removed at its end;
//! - `spare`: empty directories and records, for further attempts.
//!
//! No secret is in any of them: arguments and environment are never written.
//!
//! What belongs to a command's tree is found by `tree`. When the executor was killed, its successor makes
//! sure that nothing of the trees is left before it takes anything new. One that does not answer for too
//! long is killed by its server (see `heartbeat`).

mod attempt_run;
mod client;
mod directory;
mod error;
mod heartbeat;
mod host;
mod inherited;
mod limits;
mod link;
mod orphans;
mod process_table;
mod protocol;
mod pump;
mod reaper;
mod record;
mod recovery;
mod serving;
mod spares;
mod spawn;
mod temporary;
#[cfg(test)]
mod tests;
mod tree;

pub(crate) use client::{Executor, ExecutorOptions};
pub(crate) use error::ExecutorError;
pub(crate) use heartbeat::Heartbeat;
pub(crate) use host::{HostOptions, run_executor};
pub(crate) use inherited::close_inherited;
pub(crate) use limits::exec_with_limits;
pub(crate) use protocol::{Attempt, Cause, CommandLimits, Commands, End, Exit};
pub(crate) use recovery::kill_marked;
