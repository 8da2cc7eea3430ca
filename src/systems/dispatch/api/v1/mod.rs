//! Calls below `/v1`.

pub(crate) mod bodies;
pub(crate) mod examples;
pub(crate) mod figures;
pub(crate) mod new_task;
pub(crate) mod operators;
pub(crate) mod tasks;
pub(crate) mod workers;

use poem_openapi::Tags;

#[derive(Tags)]
pub(crate) enum Groups {
    /// For workers that fetch their tasks over HTTP, and for operators.
    Dispatch,
}
