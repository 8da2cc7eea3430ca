//! The rows of an earlier job, in memory, found by what they are known by.

use super::body;
use super::bytes::{LedgerFault, Reader};
use super::outcome::RowOutcome;

/// All that may be in memory of it; a job that has more rows is labelled as a whole.
const BYTES_MAX: usize = 96 << 20;

/// The place of a row without an outcome.
const NO_RULE: u32 = u32::MAX;

/// Rows by key, and what became of them.
#[derive(Debug, Default)]
pub struct KnownRows {
    /// Sorted, once all are there.
    places: Vec<(u64, u32)>,
    outcomes: Vec<u8>,
}

impl KnownRows {
    /// Adds the rows of a body; returns whether there is room for more.
    pub fn add(&mut self, body: &[u8]) -> Result<bool, LedgerFault> {
        let mut has_room = true;
        body::read(body, &mut |entry| {
            let place = match entry.kept {
                Some((_, outcome)) => {
                    let place = self.outcomes.len() as u32;
                    self.outcomes.extend_from_slice(outcome.0);
                    place
                }
                None => NO_RULE,
            };
            self.places.push((entry.key, place));
            let rows = self.places.len() * size_of::<(u64, u32)>();
            has_room = rows + self.outcomes.len() <= BYTES_MAX;
            has_room
        })?;
        Ok(has_room)
    }

    /// All rows are there.
    pub fn finish(&mut self) {
        self.places.sort_unstable();
        self.places.shrink_to_fit();
        self.outcomes.shrink_to_fit();
    }

    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// Replaces `outcome` by that of a row; returns whether the row is known.
    pub fn find(&self, key: u64, outcome: &mut RowOutcome) -> Result<bool, LedgerFault> {
        let found = self.places.partition_point(|(known, _)| *known < key);
        let place = match self.places.get(found) {
            Some((known, place)) if *known == key => *place,
            _ => return Ok(false),
        };
        if place == NO_RULE {
            outcome.labels.clear();
            outcome.true_rules.clear();
            return Ok(true);
        }
        let bytes = self.outcomes.get(place as usize..);
        outcome.read(&mut Reader(bytes.ok_or(LedgerFault::Damaged)?))?;
        Ok(true)
    }
}
