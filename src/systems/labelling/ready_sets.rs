//! Rule sets that were compiled not long ago: people who try rules out ask for the same ones again and again.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use super::asked_rules::ReadyRules;

/// What they may take together, compiled.
const BYTES_MAX: usize = 256 << 20;
const SETS_MAX: usize = 8;

/// By what they were made of; those that were asked for last stand at the end. Clones share them.
#[derive(Clone, Default)]
pub(super) struct ReadySets(Arc<Mutex<VecDeque<(String, ReadyRules)>>>);

impl ReadySets {
    pub fn get(&self, key: &str) -> Option<ReadyRules> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let place = kept.iter().position(|(known, _)| known == key)?;
        let (key, rules) = kept.remove(place)?;
        kept.push_back((key, rules.clone()));
        Some(rules)
    }

    pub fn keep(&self, key: String, rules: &ReadyRules) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|(known, _)| *known != key);
        kept.push_back((key, rules.clone()));
        let bytes = |rules: &ReadyRules| rules.compiled.heap_bytes();
        let mut all: usize = kept.iter().map(|(_, rules)| bytes(rules)).sum();
        while all > BYTES_MAX || kept.len() > SETS_MAX {
            let Some((_, oldest)) = kept.pop_front() else {
                return;
            };
            all -= bytes(&oldest);
        }
    }
}
