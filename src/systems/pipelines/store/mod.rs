//! Tables of pipelines: versions of project files, runs with their plans, and markers of what has
//! been made.

mod ended;
mod ending;
mod graph;
mod instances;
mod markers;
mod pruning;
mod runs;
mod starting;
mod statuses;
mod uploads;
mod versions;

use crate::engine::store::Store;

pub(crate) use graph::GraphRow;
pub(crate) use instances::InstanceFilter;
pub(crate) use markers::{InstanceKey, Marker};
pub(crate) use runs::{RunEvent, RunFilter};
pub(crate) use starting::{NewRun, Started};
pub(crate) use statuses::StatusSent;
pub(crate) use uploads::{Expected, Upload};

/// Clones share the connections.
#[derive(Clone, Debug)]
pub(crate) struct PipelineStore(Store);

impl PipelineStore {
    pub(crate) fn new(store: Store) -> Self {
        Self(store)
    }

    /// The engine's store, which has the jobs.
    pub(crate) fn engine(&self) -> &Store {
        &self.0
    }
}
