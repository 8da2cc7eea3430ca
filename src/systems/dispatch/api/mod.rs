//! The HTTP calls of this system: for new callers and for those who knew its wire format before.

pub(crate) mod compat;
pub(crate) mod roles;
mod scope;
pub(crate) mod v1;
mod words;
