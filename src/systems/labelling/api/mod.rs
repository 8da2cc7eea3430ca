//! The HTTP calls of this system: for new callers and for those who knew its wire format before.

pub(crate) mod compat;
mod rules;
mod samples;
pub(crate) mod v1;
mod words;
