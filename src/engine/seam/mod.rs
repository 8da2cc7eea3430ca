//! The seam between the engine and what its jobs do.
//!
//! ```text
//! StepKind ──prepare(params)──► Step ──plan──► batches, stored once
//!                                 └───open──► Batch ──next_slice──► More | Done | Park
//! ```
//!
//! A kind is plain async Rust: no actors, no HTTP. Kinds do not know each other; a later step
//! finds what an earlier one has made by its name, in [`Outputs`]. [`Service`]s run beside the
//! jobs.

mod batch;
mod bell;
mod blocking;
mod context;
mod error;
mod flow;
mod outputs;
mod part;
mod policy;
mod progress;
mod registry;
mod result_rows;
mod scorer;
mod service;
mod step;
pub(crate) mod timed;
mod trigger;

pub use batch::{Batch, BatchSpec, Said, Slice, StopReason, Until};
pub use bell::Bell;
pub(crate) use blocking::blocking;
pub use context::{BatchContext, StepContext};
pub use error::{ErrorClass, StepError};
pub use flow::{
    AnyFlow, Choice, Composed, Composing, FlowDescription, FlowExamples, NewRun, Preview,
    Previewing, SystemError,
};
pub use outputs::{Outputs, StepOutput};
pub use part::Part;
pub use policy::{JobPolicy, StepPolicy, Tolerance};
pub use progress::{Progress, Unit};
pub use registry::Registry;
pub use result_rows::{ResultCell, ResultRows, Rows};
pub use scorer::{Scorers, TextScorer, TextScorers, TextScores};
pub use service::{DutyLease, DutyWork, HeldDuty, Service, ServiceContext, Submit};
pub use step::{JobChange, Step, StepKind, StepPlan};
pub use trigger::{
    EndedJob, FileRule, Fire, FireEnd, FireError, StartedFire, Trigger, TriggerKind, TriggerSource,
};
