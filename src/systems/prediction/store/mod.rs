//! Tables of prediction: mappings, imports and their problems.

mod finished;
mod imports;
mod mappings;

use crate::engine::store::Store;

pub(crate) use finished::FinishedImport;
pub(crate) use imports::ImportFilter;
pub(crate) use mappings::{Expected, Put, StoredMapping};

/// Clones share the connections.
#[derive(Clone, Debug)]
pub(crate) struct PredictionStore(Store);

impl PredictionStore {
    pub(crate) fn new(store: Store) -> Self {
        Self(store)
    }

    /// The engine's store, which has the jobs.
    pub(crate) fn engine(&self) -> &Store {
        &self.0
    }
}
