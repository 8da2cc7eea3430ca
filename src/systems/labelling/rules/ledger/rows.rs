//! Finds what becomes of rows, by the whole set or by what an earlier job found of them.

use super::changes::Changes;
use super::known::KnownRows;
use super::outcome::RowOutcome;
use crate::systems::labelling::rules::matching::{Compiled, Row, Scratch, Verdict};

/// What an earlier job found, by a set that differs a little; shared by all threads.
pub struct Earlier {
    pub changes: Changes,
    /// `changes.looked_for`, compiled.
    pub looked_for: Compiled,
    pub known: KnownRows,
}

/// Labels one row after the other, with the buffers of a thread.
pub struct RowLabeller<'m> {
    compiled: &'m Compiled,
    scratch: Scratch,
    earlier: Option<Copier<'m>>,
    verdict: Verdict,
    outcome: RowOutcome,
}

struct Copier<'m> {
    earlier: &'m Earlier,
    scratch: Scratch,
    found: Verdict,
}

impl<'m> RowLabeller<'m> {
    pub fn new(compiled: &'m Compiled, earlier: Option<&'m Earlier>) -> Self {
        Self {
            compiled,
            scratch: compiled.scratch(),
            earlier: earlier.map(|earlier| Copier {
                earlier,
                scratch: earlier.looked_for.scratch(),
                found: Verdict::default(),
            }),
            verdict: Verdict::default(),
            outcome: RowOutcome::default(),
        }
    }

    /// Finds what becomes of a row: for counting, and for publishing and keeping. Both are the same whether or not
    /// an earlier job knew the row, by this key.
    pub fn label(&mut self, key: u64, texts: Row<'_>) -> (&Verdict, &RowOutcome) {
        if !self.copy(key, texts) {
            let Self {
                compiled, scratch, ..
            } = self;
            compiled.find_with_rules(texts, scratch, &mut self.verdict);
            let reason = |found: &_| compiled.reason(texts, scratch, found);
            self.outcome.set(&self.verdict, reason);
        }
        (&self.verdict, &self.outcome)
    }

    /// Returns whether what the earlier job found still holds.
    fn copy(&mut self, key: u64, texts: Row<'_>) -> bool {
        let Some(copier) = &mut self.earlier else {
            return false;
        };
        let (earlier, found) = (copier.earlier, &mut copier.found);
        earlier.looked_for.find(texts, &mut copier.scratch, found);
        if found.dropped.is_some() {
            self.verdict.clone_from(found);
            self.outcome = RowOutcome::default();
            return true;
        }
        let outcome = &mut self.outcome;
        let is_known = found.labels.is_empty()
            // What cannot be read is found again.
            && earlier.known.find(key, outcome) == Ok(true)
            && earlier.changes.renumber(outcome);
        if is_known {
            outcome.show_in(&mut self.verdict);
        }
        is_known
    }
}
