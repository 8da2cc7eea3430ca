//! The texts of a row as an engine sees them: cut, folded, and with the way back.

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
    /// What is left after cuts, if there are any.
    cut: Option<Edits>,
    folded: FoldedText,
    is_folded: bool,
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
        self.cut = None;
        self.is_folded = false;
        self.has_origins = false;
    }

    /// What is left of `original` after the cuts so far.
    pub fn current<'t>(&'t self, original: &'t str) -> &'t str {
        self.cut.as_ref().map_or(original, Edits::text)
    }

    /// Makes the folded form of what is left.
    pub fn fold(&mut self, folding: Folding, original: &str) {
        if !self.is_folded {
            let current = self.cut.as_ref().map_or(original, Edits::text);
            self.folded.fold(folding, current);
            self.is_folded = true;
            self.has_origins = false;
        }
    }

    /// Makes what [`current_span`](Self::current_span) needs.
    pub fn find_origins(&mut self, folding: Folding, original: &str) {
        if self.folded.is_shifted && !self.has_origins {
            let current = self.cut.as_ref().map_or(original, Edits::text);
            self.origins.find(folding, current);
            self.has_origins = true;
        }
    }

    pub fn folded(&self) -> &FoldedText {
        &self.folded
    }

    /// The part of the text as it is cut that gave a folded part; needs its origins.
    pub fn current_span(&self, folded: Range<usize>) -> Range<usize> {
        match self.folded.is_shifted {
            true => self.origins.span(folded),
            false => folded,
        }
    }

    /// The part of the original that gave a folded part; needs its origins.
    pub fn original_span(&self, folded: Range<usize>) -> Range<usize> {
        let span = self.current_span(folded);
        match &self.cut {
            Some(edits) => edits.original(span),
            None => span,
        }
    }

    /// Cuts parts of the current text out. `feeds` are those in whose place a line feed remains.
    pub fn cut(&mut self, original: &str, spans: &[Range<usize>], feeds: Range<usize>) {
        let edits = match &self.cut {
            Some(edits) => edits.cut(spans, feeds),
            None => Edits::none(original).cut(spans, feeds),
        };
        self.cut = Some(edits);
        self.is_folded = false;
    }
}
