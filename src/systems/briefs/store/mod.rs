//! Tables of briefs in the engine's database: what they look for, sequences and pages with their articles, exports,
//! quotas.

mod arrived;
mod brief;
mod calls;
mod changing;
mod entered;
mod exports;
mod listing;
mod packed;
mod page_rows;
mod pages;
mod parts;
mod progress;
mod pushed;

use crate::engine::store::Store;

pub(crate) use brief::{Brief, BriefStatus, Outcome, new_brief};
pub(crate) use changing::Changed;
pub(crate) use entered::EnteredExport;
pub(crate) use listing::{BriefFilter, BriefOfJob};
pub(crate) use packed::{PackedPage, pack, unpack};
pub(crate) use page_rows::CollectRows;
pub(crate) use pages::{PageNext, PageState};
pub(crate) use progress::PlatformProgress;
pub(crate) use pushed::{PushedPage, Pushing};

/// Clones share the connections.
#[derive(Clone, Debug)]
pub(crate) struct BriefStore(Store);

impl BriefStore {
    pub fn new(store: Store) -> Self {
        Self(store)
    }

    /// The engine's store, which has the jobs.
    pub fn engine(&self) -> &Store {
        &self.0
    }
}
