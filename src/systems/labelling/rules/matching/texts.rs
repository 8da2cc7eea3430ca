//! The texts of a row as an engine sees them: folded, cut, and with the way back.

use std::ops::Range;

use super::edits::Edits;
use crate::systems::labelling::rules::folding::{FoldedText, Folding, Origins};
use crate::systems::labelling::rules::set::Field;

/// The texts of a row by field; what is NULL holds no hit.
#[derive(Clone, Copy, Debug, Default)]
pub struct Row<'r> {
    texts: [Option<&'r str>; Field::COUNT],
}

/// A text of a row, in buffers that are used again.
#[derive(Default)]
pub(super) struct FieldText {
    folded: FoldedText,
    is_folded: bool,
    /// What was cut out of the folded text.
    edits: Edits,
    origins: Origins,
    has_origins: bool,
}

impl<'r> Row<'r> {
    #[must_use]
    pub fn with(mut self, field: Field, text: Option<&'r str>) -> Self {
        self.texts[field.index()] = text;
        self
    }

    pub fn text(&self, field: Field) -> Option<&'r str> {
        self.texts[field.index()]
    }
}

impl FieldText {
    pub fn begin_row(&mut self) {
        self.is_folded = false;
        self.has_origins = false;
    }

    /// Makes the folded form of `original`.
    pub fn fold(&mut self, folding: Folding, original: &str) {
        if !self.is_folded {
            self.folded.fold(folding, original);
            self.edits.clear();
            self.is_folded = true;
        }
    }

    /// Makes what [`original_span`](Self::original_span) needs.
    pub fn find_origins(&mut self, folding: Folding, original: &str) {
        if self.folded.is_shifted && !self.has_origins {
            self.origins.find(folding, original);
            self.has_origins = true;
        }
    }

    /// As far as it is not cut out.
    pub fn folded(&self) -> &FoldedText {
        &self.folded
    }

    /// The part of the original that gave a folded part; needs its origins.
    pub fn original_span(&self, folded: Range<usize>) -> Range<usize> {
        let span = self.edits.before(folded);
        match self.folded.is_shifted {
            true => self.origins.span(span),
            false => span,
        }
    }

    /// Cuts parts of the folded text out. `feeds` are those in whose place a line feed remains.
    pub fn cut(&mut self, original: &str, spans: &[Range<usize>], feeds: &Range<usize>) {
        self.folded.cut(original, spans, feeds);
        self.edits.cut(spans, feeds);
    }
}
