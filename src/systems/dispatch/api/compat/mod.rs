//! Calls below `/api`, whose wire format callers knew before there was a `/v1`.

pub(crate) mod bodies;
pub(crate) mod calls;
pub(crate) mod examples;
pub(crate) mod models;
