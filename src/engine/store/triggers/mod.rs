//! Triggers and their fires. A fire is stored under its key before anything is started for it.

mod definitions;
mod fires;
mod sweeping;

pub(in crate::engine) use definitions::Definition;
pub(in crate::engine) use fires::{Change, NewFire, stored_key};

use super::Store;

/// All triggers.
pub(in crate::engine) struct Triggers<'a>(&'a Store);

impl Store {
    pub(in crate::engine) fn triggers(&self) -> Triggers<'_> {
        Triggers(self)
    }
}
