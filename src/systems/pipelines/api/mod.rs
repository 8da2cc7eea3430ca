//! The HTTP calls of this system.

mod roles;
mod scope;
mod v1;
mod words;

pub(super) use roles::{apis, routes};
