//! The engine: runs jobs under supervision and keeps their state. It knows no system.
//!
//! `seam` is what a kind of step implements and is given, `runtime` holds the actors, `store` the
//! engine's own tables, `flow` describes a graph of steps.

pub mod artifacts;
pub mod audit;
pub mod bulk;
mod caller_error;
mod flow;
mod flows;
mod job_feed;
pub mod job_logs;
pub mod noop;
mod progress;
pub mod runtime;
pub mod seam;
pub mod store;
pub mod timeline;
pub(crate) mod triggers;

pub use caller_error::{CallerError, ErrorKind};
pub use flow::{Flow, FlowError, FlowStep};
pub use flows::{Accepted, Flows, FlowsError};
pub use job_feed::{JobChange, JobChanges, JobFeed, JobWatcher};
pub use progress::StepProgress;
