//! Calls below `/v1`.

pub(crate) mod catalog;
pub(crate) mod request;
pub(crate) mod results;
