//! Flows: which steps a job has and in which order. A flow is plain data; running it is the
//! engine's business.
//!
//! `definition` is for all flows. `labelling` composes the flow of system 1 and reads back
//! what its jobs produced; the flows of other systems become folders beside it.

mod definition;
pub mod labelling;
pub mod noop;
mod progress;

pub use definition::{Flow, FlowError, FlowStep};
pub use progress::StepProgress;
