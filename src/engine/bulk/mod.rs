//! Kind and flow `bulk`: one action on many jobs, as a job of its own.
//!
//! ```text
//! slice   acts on the jobs that the checkpoint names, then chooses the next ones, and names them in the
//!         next checkpoint as they are before anything is done with them
//! ```
//!
//! So a process that takes over from one that was killed knows with which jobs it may have begun, and by
//! how these were whether it has: each job is acted on once at most. What an action is and whether it is
//! allowed is known by [`ActOnJobs`].

mod flow;
mod kind;
mod params;
mod tally;

pub use flow::BulkFlow;
pub use kind::{ActOnJobs, BulkKind, Chosen, Outcome, SeenJob};
pub use params::{Behalf, BulkAction, BulkParams, Choice, StoredFilter};
pub use tally::{Refusal, Tally};
