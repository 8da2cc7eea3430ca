//! Notifications in the store: those that are to be published, what callers see of them, what is to be sent.
//!
//! ```text
//! stored with its change ──publish──► numbered ──► bells of callers
//!                                         └──────► outbox: a message for each receiver of a rule
//! ```

mod bell;
mod deliveries;
mod publishing;
mod rules;
mod standing;

pub(super) use bell::{Belled, Seen};
pub(super) use deliveries::{DeliveryFilter, Envelope};
pub(super) use publishing::{Failing, Publication, Published};

use crate::engine::store::Store;

/// Clones share the connections.
#[derive(Clone, Debug)]
pub(super) struct NotificationStore(Store);

impl NotificationStore {
    pub(super) fn new(store: Store) -> Self {
        Self(store)
    }

    pub(super) fn engine(&self) -> &Store {
        &self.0
    }
}
