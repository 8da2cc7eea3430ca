//! The project file: what it may say, reading it, and all that is wrong with it at once.
//!
//! ```text
//! text ──yaml──► Node ──conform (tables of keys)──► read ──► Project, or every Fault
//!                          └──► schema, for editors
//! ```
//!
//! Bodies, outputs and triggers are open sets: one file and one line for a new one, see [`body`],
//! [`output`] and [`trigger`].

mod body;
mod circles;
mod conform;
mod context;
mod declaration;
mod env;
mod fault;
mod fingerprint;
mod format;
mod keys;
mod model;
mod names;
mod output;
mod param;
mod pattern;
mod places;
mod read;
mod requirement;
mod same_outputs;
mod schema;
mod shape;
mod source;
mod spot;
mod sql;
mod task;
mod trigger;
mod wanted;

#[cfg(test)]
mod tests;

pub(crate) use body::Body;
pub(crate) use context::{Places, Surroundings};
pub(crate) use declaration::COMMIT;
#[cfg(test)]
pub(crate) use declaration::RESERVED;
pub(crate) use fault::{Fault, hint, shown_name};
pub(crate) use format::size;
#[cfg(test)]
pub(crate) use model::{Limits, RetryDelay, Wait};
pub(crate) use model::{Project, Requirement, Source, StatusCall, Task, Wanted};
pub(crate) use output::Output;
pub(crate) use param::{Param, ParamDefault};
pub(crate) use read::{FILE_MAX, read};
pub(crate) use schema::schema;
pub(crate) use trigger::{Trigger, TriggerKind};
pub(crate) use wanted::range_of;
