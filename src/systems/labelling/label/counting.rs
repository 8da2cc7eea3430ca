//! Counts what rules and models do of which only the given labels are known, each with its reported rule.

use crate::systems::labelling::panels::BesideKind;
use crate::systems::labelling::rules::health::{Counts, LabelFound};

/// The counts of one slice after the other.
pub(super) struct GivenCounts {
    counts: Counts,
    found: Vec<LabelFound>,
}

impl GivenCounts {
    /// Of labels that have so many rules each.
    pub(super) fn new(rules_of_labels: impl IntoIterator<Item = usize>, groups: usize) -> Self {
        Self {
            counts: Counts::of_labels(rules_of_labels, groups),
            found: Vec::new(),
        }
    }

    /// Counts a row that takes part.
    pub(super) fn receive(&mut self, group: u16, labels: impl Iterator<Item = (u16, Option<u32>)>) {
        self.found.clear();
        self.found.extend(labels.map(|(label, rule)| LabelFound {
            label,
            rule,
            is_given: true,
        }));
        self.counts.receive_found(usize::from(group), &self.found);
    }

    /// What was gathered since the last time.
    pub(super) fn beside(&mut self) -> Vec<(BesideKind, Vec<u8>)> {
        let counts = self.counts.to_bytes();
        self.counts.clear();
        vec![(BesideKind::Health, counts)]
    }
}
