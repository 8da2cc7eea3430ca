//! Tables of labelling in the engine's database.

mod backtests;
mod gates;
mod reviews;
mod rule_set_changes;
mod rule_set_pieces;
mod rule_sets;

use crate::engine::store::Store;

pub(crate) use backtests::{BACKTEST_PARTS, Part, PartKind, PartPlace, PartsOf, SliceOfBacktest};
pub(crate) use gates::{Decided, Decision, GATES, HeldGate};
pub(crate) use rule_set_changes::{ActivationOutcome, NewActivation, SetCondition, VersionOutcome};
pub(crate) use rule_sets::SetState;

/// Clones share the connections.
#[derive(Clone, Debug)]
pub(crate) struct LabellingStore(Store);

impl LabellingStore {
    pub(crate) fn new(store: Store) -> Self {
        Self(store)
    }

    /// The engine's store, which has the jobs.
    pub(crate) fn engine(&self) -> &Store {
        &self.0
    }
}
