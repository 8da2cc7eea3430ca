//! A vocabulary of words, looked up by hashes.

use xxhash_rust::xxh3::xxh3_64;

/// Open addressing: at most half of the slots are taken.
pub(super) struct Terms {
    slots: Box<[u32]>,
    /// The end of each term in `text`.
    ends: Box<[usize]>,
    text: Box<str>,
}

const FREE: u32 = u32::MAX;

impl Terms {
    pub fn new(vocabulary: &[String]) -> Self {
        let mut end = 0;
        let ends = vocabulary.iter().map(|term| {
            end += term.len();
            end
        });
        let mut terms = Self {
            slots: vec![FREE; (vocabulary.len() * 2 + 1).next_power_of_two()].into(),
            ends: ends.collect(),
            text: vocabulary.concat().into(),
        };
        for (term, index) in vocabulary.iter().zip(0..) {
            let slot = terms.slot(term);
            terms.slots[slot] = index;
        }
        terms
    }

    pub fn get(&self, term: &str) -> Option<u32> {
        let index = self.slots[self.slot(term)];
        (index != FREE).then_some(index)
    }

    /// Where a term is, or would be.
    fn slot(&self, term: &str) -> usize {
        let mask = self.slots.len() - 1;
        // The lowest bits are enough: there are as many as there are slots.
        let mut slot = xxh3_64(term.as_bytes()) as usize & mask;
        while self.slots[slot] != FREE && self.term(self.slots[slot]) != term {
            slot = (slot + 1) & mask;
        }
        slot
    }

    fn term(&self, index: u32) -> &str {
        let index = index as usize;
        let start = index.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.text[start..self.ends[index]]
    }
}
