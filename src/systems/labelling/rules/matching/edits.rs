//! Which parts were cut out of a folded text, and where what is left was before.

use std::ops::Range;

#[derive(Default)]
pub(super) struct Edits {
    /// In the order of the text.
    edits: Vec<Edit>,
}

/// A part that is not in the text.
#[derive(Clone, Copy)]
struct Edit {
    /// Where it would be in the text.
    place: usize,
    /// Where it was before all cuts.
    start: usize,
    end: usize,
    /// A line feed stands in its place.
    has_feed: bool,
}

impl Edits {
    pub fn clear(&mut self) {
        self.edits.clear();
    }

    /// Cuts parts of the text, which are in order and apart; those in `feeds`, by their numbers,
    /// leave a line feed.
    pub fn cut(&mut self, spans: &[Range<usize>], feeds: &Range<usize>) {
        let mut edits = Vec::with_capacity(self.edits.len() + spans.len());
        let mut earlier = self.edits.iter().peekable();
        let (mut removed, mut added) = (0, 0);
        for (number, span) in spans.iter().enumerate() {
            // An earlier cut without a line feed has no place in the text that could be cut now.
            let is_before = |edit: &&Edit| {
                edit.place < span.start || (!edit.has_feed && edit.place == span.start)
            };
            while let Some(edit) = earlier.next_if(is_before) {
                edits.push(edit.at(edit.place - removed + added));
            }
            let is_within = |edit: &&Edit| edit.place < span.end;
            while earlier.next_if(is_within).is_some() {}
            let before = self.before(span.clone());
            let has_feed = feeds.contains(&number);
            edits.push(Edit {
                place: span.start - removed + added,
                start: before.start,
                end: before.end,
                has_feed,
            });
            removed += span.len();
            added += usize::from(has_feed);
        }
        edits.extend(earlier.map(|edit| edit.at(edit.place - removed + added)));
        self.edits = edits;
    }

    /// Where a part of the text, not empty, was before all cuts; a line feed stands for what was cut
    /// there.
    pub fn before(&self, span: Range<usize>) -> Range<usize> {
        self.of_byte(span.start).start..self.of_byte(span.end.saturating_sub(1)).end
    }

    fn of_byte(&self, place: usize) -> Range<usize> {
        let behind = self.edits.partition_point(|edit| edit.place <= place);
        let Some(edit) = behind.checked_sub(1).map(|last| self.edits[last]) else {
            return place..place + 1;
        };
        if edit.has_feed && edit.place == place {
            return edit.start..edit.end;
        }
        let start = edit.end + place - edit.place - usize::from(edit.has_feed);
        start..start + 1
    }
}

impl Edit {
    fn at(self, place: usize) -> Self {
        Self { place, ..self }
    }
}
