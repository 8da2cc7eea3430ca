//! The HTTP calls of this system.

mod roles;
mod scope;
mod v1;
mod words;

pub(super) use roles::{apis, routes};
pub(super) use v1::explanation::{Because, Explanation, SlotUser, WhyKind};
pub(super) use v1::{Figures, InstanceFigures};
