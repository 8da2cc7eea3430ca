//! Up to which moment a portion is known to be complete.

use serde::{Deserialize, Serialize};

use super::moment::Moment;

/// Knows up to which moment a portion is complete, as long as its rows come in the order of time.
/// Part of a position, because a slice may end in the middle of a moment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Completeness {
    in_order: bool,
    latest: Option<Moment>,
    before_latest: Option<Moment>,
}

impl Completeness {
    /// For rows that come in the order of time until they prove otherwise.
    pub(super) fn of_ordered_rows() -> Self {
        Self {
            in_order: true,
            latest: None,
            before_latest: None,
        }
    }

    /// For rows in any order: nothing is known before the end.
    pub(super) fn of_unordered_rows() -> Self {
        Self {
            in_order: false,
            ..Self::of_ordered_rows()
        }
    }

    pub(super) fn saw(&mut self, moment: Moment) {
        match self.latest {
            Some(latest) if moment == latest => {}
            Some(latest) if moment < latest => self.in_order = false,
            earlier => {
                self.before_latest = earlier;
                self.latest = Some(moment);
            }
        }
    }

    /// More rows of the latest moment may follow, so that only the one before it is certain.
    pub(super) fn complete_to(&self, finished: bool) -> Option<Moment> {
        match (finished, self.in_order) {
            (true, _) => self.latest,
            (false, true) => self.before_latest,
            (false, false) => None,
        }
    }
}
