//! Tables of prediction: mappings, imports and their problems; scrapes, their runs and the hosts that they ask;
//! models, their versions and aliases; prediction jobs.

mod definitions;
mod finished;
mod hosts;
mod imports;
mod model_aliases;
mod model_jobs;
mod model_pieces;
mod model_shadows;
mod model_versions;
mod models;
mod predictions;
mod run_rows;
mod runs;
mod states;

use crate::engine::store::Store;

pub(crate) use definitions::{
    Defined, DefinedVersion, Definitions, Expected, Put, StoredDefinition,
};
pub(crate) use finished::FinishedImport;
pub(crate) use hosts::AskedHost;
pub(crate) use imports::{ImportFilter, ProblemCount, ProblemFilter};
pub(crate) use model_aliases::{AliasMove, AliasOutcome, Rollback};
pub(crate) use model_versions::VersionRemoval;
pub(crate) use models::{PROVED, REFUSED, UNPROVED};
pub(crate) use predictions::PredictionRow;
pub(crate) use run_rows::{FreshScrape, RunRows};
pub(crate) use runs::RunFilter;

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
