//! Calls below `/api`, whose wire format callers knew before there was a `/v1`.

pub(crate) mod audience;
pub(crate) mod create_task;
pub(crate) mod examples;
pub(crate) mod models;
pub(crate) mod status;
