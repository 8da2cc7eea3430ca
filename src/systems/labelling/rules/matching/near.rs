//! Finds pairs of hits that stand near each other, and counts the words between them.

use std::cmp::Reverse;

use super::engine::NearOp;
use super::records::{Spans, keep_first};
use crate::systems::labelling::rules::folding::WordPart;
use crate::systems::labelling::rules::set::Unit;

/// The hits of a NEAR, in order. Both lists are in order too.
pub(super) fn pairs(
    near: NearOp,
    left: &[(u32, u32)],
    right: &[(u32, u32)],
    text: &str,
    words: &mut WordCounts,
) -> Spans {
    let mut is_near = |gap_start: u32, gap_end: u32| match near.unit {
        Unit::Characters => {
            has_chars_at_most(text, gap_start as usize, gap_end as usize, near.distance)
        }
        Unit::Words => words.between(text, gap_start as usize, gap_end as usize) <= near.distance,
    };
    let mut found = Spans::new();
    for &(start, end) in left {
        // Of those that begin together the longest comes first.
        let behind = right.partition_point(|other| other.0 < end);
        if let Some(other) = right.get(behind)
            && is_near(end, other.0)
        {
            found.push((start, other.1));
        }
    }
    if !near.ordered {
        let mut by_end = right.to_vec();
        by_end.sort_unstable_by_key(|(start, end)| (*end, Reverse(*start)));
        for &(start, end) in left {
            let before = by_end.partition_point(|other| other.1 <= start);
            if let Some(other) = before.checked_sub(1).and_then(|last| by_end.get(last))
                && is_near(other.1, start)
            {
                found.push((other.0, end));
            }
        }
    }
    keep_first(&mut found);
    found
}

fn has_chars_at_most(text: &str, start: usize, end: usize, most: u32) -> bool {
    let most = most as usize;
    // A character has at most four bytes.
    end - start <= most.saturating_mul(4) && text[start..end].chars().count() <= most
}

/// Counts the words of a text once, and remembers the count every few characters.
#[derive(Default)]
pub(super) struct WordCounts {
    blocks: Vec<Counted>,
    is_counted: bool,
}

/// The words before a place.
#[derive(Clone, Copy, Default)]
struct Counted {
    place: usize,
    begun: u32,
    ended: u32,
    /// The character before the place is in a word that may continue.
    is_open: bool,
}

const BLOCK_BYTES: usize = 128;

impl WordCounts {
    pub fn clear(&mut self) {
        self.blocks.clear();
        self.is_counted = false;
    }

    /// The words that lie wholly between two places.
    fn between(&mut self, text: &str, start: usize, end: usize) -> u32 {
        if start == end {
            return 0;
        }
        if !self.is_counted {
            self.count(text);
        }
        let begun = self.before(text, start).begun;
        let before_end = self.before(text, end);
        let next = text[end..].chars().next();
        let continues = next.is_some_and(|c| WordPart::of(c) == WordPart::Joining);
        let ended = before_end.ended + u32::from(before_end.is_open && !continues);
        ended.saturating_sub(begun)
    }

    fn count(&mut self, text: &str) {
        let mut counted = Counted::default();
        for c in text.chars() {
            if counted.place >= self.blocks.len() * BLOCK_BYTES {
                self.blocks.push(counted);
            }
            counted.pass(c);
        }
        self.is_counted = true;
    }

    fn before(&self, text: &str, place: usize) -> Counted {
        let behind = self.blocks.partition_point(|block| block.place <= place);
        let block = behind.checked_sub(1).map(|block| self.blocks[block]);
        let mut counted = block.unwrap_or_default();
        for c in text[counted.place..place].chars() {
            counted.pass(c);
        }
        counted
    }
}

impl Counted {
    #[inline]
    fn pass(&mut self, c: char) {
        self.place += c.len_utf8();
        let part = WordPart::of(c);
        if part == WordPart::Joining {
            self.begun += u32::from(!self.is_open);
            self.is_open = true;
            return;
        }
        self.ended += u32::from(self.is_open);
        self.is_open = false;
        if part == WordPart::Alone {
            self.begun += 1;
            self.ended += 1;
        }
    }
}
