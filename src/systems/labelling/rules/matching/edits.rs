//! A text of which parts were cut out, and where what is left was in the original.

use std::ops::Range;

pub(super) struct Edits {
    text: String,
    /// In the order of the text.
    edits: Vec<Edit>,
}

/// A part of the original that is not in the text.
#[derive(Clone, Copy)]
struct Edit {
    /// Where it would be in the text.
    place: usize,
    start: usize,
    end: usize,
    /// A line feed stands in its place.
    has_feed: bool,
}

impl Edits {
    pub fn none(text: &str) -> Self {
        Self {
            text: text.to_owned(),
            edits: Vec::new(),
        }
    }

    pub fn text(&self) -> &str {
        &self.text
    }

    /// Cuts parts of this text, which are in order and apart; those in `feeds`, by their numbers,
    /// leave a line feed.
    pub fn cut(&self, spans: &[Range<usize>], feeds: Range<usize>) -> Self {
        let mut text = String::with_capacity(self.text.len());
        let mut edits = Vec::with_capacity(self.edits.len() + spans.len());
        let mut earlier = self.edits.iter().peekable();
        let mut copied = 0;
        for (number, span) in spans.iter().enumerate() {
            // An earlier cut without a line feed has no place in the text that could be cut now.
            let is_before = |edit: &&Edit| {
                edit.place < span.start || (!edit.has_feed && edit.place == span.start)
            };
            while let Some(edit) = earlier.next_if(is_before) {
                let place = text.len() + (edit.place - copied);
                edits.push(Edit { place, ..*edit });
            }
            let is_within = |edit: &&Edit| edit.place < span.end;
            while earlier.next_if(is_within).is_some() {}
            text.push_str(&self.text[copied..span.start]);
            let original = self.original(span.clone());
            let has_feed = feeds.contains(&number);
            edits.push(Edit {
                place: text.len(),
                start: original.start,
                end: original.end,
                has_feed,
            });
            if has_feed {
                text.push('\n');
            }
            copied = span.end;
        }
        for edit in earlier {
            let place = text.len() + (edit.place - copied);
            edits.push(Edit { place, ..*edit });
        }
        text.push_str(&self.text[copied..]);
        Self { text, edits }
    }

    /// What a part of the text, not empty, is from; a line feed stands for what was cut there.
    pub fn original(&self, span: Range<usize>) -> Range<usize> {
        self.origin(span.start).start..self.origin(span.end.saturating_sub(1)).end
    }

    /// What a byte of the text is from.
    fn origin(&self, place: usize) -> Range<usize> {
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
