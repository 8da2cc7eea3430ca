//! Orphans that the executor was given and that show no sign of the attempt they come from.
//!
//! A process that left the group and the session, replaced its environment and closed its pipe still
//! becomes a child of the executor when its parent ends. It belongs to one of the attempts that ran when
//! it was found: it is stopped with the last of them.

use std::collections::{HashMap, HashSet};

use super::process_table::Identity;

#[derive(Default)]
pub(super) struct Orphans {
    candidates: HashMap<Identity, HashSet<String>>,
}

impl Orphans {
    /// Called at the end of an attempt with the unknown orphans that live and the attempts that run,
    /// this one included. Returns those that can only come from this one.
    pub(super) fn at_end_of(
        &mut self,
        attempt: &str,
        living: &[Identity],
        running: &[String],
    ) -> Vec<Identity> {
        self.candidates.retain(|orphan, _| living.contains(orphan));
        for &orphan in living {
            let candidates = self.candidates.entry(orphan);
            candidates.or_insert_with(|| running.iter().cloned().collect());
        }
        let mut its_own = Vec::new();
        self.candidates.retain(|&orphan, candidates| {
            // An attempt that ended without being asked is no candidate either.
            candidates.retain(|candidate| candidate != attempt && running.contains(candidate));
            if candidates.is_empty() {
                its_own.push(orphan);
            }
            !candidates.is_empty()
        });
        its_own
    }
}
