//! Flows: which steps a job has and in which order. A flow is plain data; running it is the
//! engine's business.
//!
//! `definition` is for all flows. `labelling` composes the flow of system 1 and reads back
//! what its jobs produced, `dispatch` does so for system 2; the flows of other systems become
//! folders beside them.

mod definition;
pub mod dispatch;
pub mod labelling;
pub mod noop;
mod progress;

pub use definition::{Flow, FlowError, FlowStep};
pub use progress::StepProgress;
