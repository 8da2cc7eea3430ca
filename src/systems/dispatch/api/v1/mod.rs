//! Calls below `/v1`.

pub(crate) mod bodies;
pub(crate) mod workers;
