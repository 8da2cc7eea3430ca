//! Finds the characters of an original text that gave a part of its folded form.
//!
//! A character knows which original ones made it, also if they were decomposed, put in order and
//! composed again. So a span is the smallest run of whole original characters.

use std::ops::Range;

use unicode_normalization::char::{canonical_combining_class, compose, decompose_compatible};

use super::fold::Folding;
use crate::systems::labelling::label::rules::{is_invisible, nfkc, segments, visible};

/// Where the parts of a folded text are from.
#[derive(Debug, Default)]
pub struct Origins {
    pieces: Vec<Piece>,
    folded_len: usize,
}

/// Part of a folded text and what it is from.
#[derive(Clone, Copy, Debug)]
struct Piece {
    folded: usize,
    start: usize,
    end: usize,
    /// All of its characters are as long as the original ones; otherwise they are all from the
    /// whole of it.
    is_even: bool,
}

/// A character in NFKC and what it is from.
#[derive(Clone, Copy)]
struct Made {
    c: char,
    class: u8,
    start: usize,
    end: usize,
}

impl Origins {
    /// Replaces what is known by the origins of the folded form of `original`.
    pub fn find(&mut self, folding: Folding, original: &str) {
        self.pieces.clear();
        self.folded_len = 0;
        if !folding.nfkc {
            self.chars(folding, original, 0);
            return;
        }
        let mut start = 0;
        for segment in segments(original) {
            if visible(segment).eq(nfkc(segment)) {
                self.chars(folding, segment, start);
            } else {
                for made in normalised(segment, start) {
                    self.add(folding, made.c, made.start, made.end);
                }
            }
            start += segment.len();
        }
    }

    /// The original characters of a part that is not empty.
    pub fn span(&self, folded: Range<usize>) -> Range<usize> {
        let first = self.piece_at(folded.start);
        let last = self.piece_at(folded.end.saturating_sub(1));
        let Some(pieces) = self.pieces.get(first..=last) else {
            return 0..0;
        };
        let (mut span_start, mut span_end) = (usize::MAX, 0);
        for piece in pieces {
            let (mut start, mut end) = (piece.start, piece.end);
            if piece.is_even {
                start += folded.start.saturating_sub(piece.folded);
                end = end.min(piece.start + (folded.end - piece.folded));
            }
            span_start = span_start.min(start);
            span_end = span_end.max(end);
        }
        span_start..span_end
    }

    fn piece_at(&self, folded: usize) -> usize {
        let behind = self.pieces.partition_point(|piece| piece.folded <= folded);
        behind.saturating_sub(1)
    }

    fn chars(&mut self, folding: Folding, text: &str, start: usize) {
        for (offset, c) in text.char_indices() {
            if !(folding.nfkc && is_invisible(c)) {
                let start = start + offset;
                self.add(folding, c, start, start + c.len_utf8());
            }
        }
    }

    fn add(&mut self, folding: Folding, c: char, start: usize, end: usize) {
        let len = folding.case(folding.variant(c)).len_utf8();
        let folded = self.folded_len;
        self.folded_len += len;
        let is_even = len == end - start;
        if let Some(last) = self.pieces.last_mut() {
            if is_even && last.is_even && last.end == start {
                last.end = end;
                return;
            }
            if !is_even && !last.is_even && (last.start, last.end) == (start, end) {
                return;
            }
        }
        self.pieces.push(Piece {
            folded,
            start,
            end,
            is_even,
        });
    }
}

/// The NFKC of a segment, as its definition says it step by step.
fn normalised(segment: &str, start: usize) -> Vec<Made> {
    let mut parts: Vec<Made> = Vec::new();
    for (offset, c) in segment.char_indices().filter(|(_, c)| !is_invisible(*c)) {
        let start = start + offset;
        decompose_compatible(c, |part| {
            parts.push(Made {
                c: part,
                class: canonical_combining_class(part),
                start,
                end: start + c.len_utf8(),
            });
        });
    }
    // Marks are put in order between characters that are none.
    for marks in parts.split_mut(|part| part.class == 0) {
        marks.sort_by_key(|mark| mark.class);
    }
    composed(parts)
}

fn composed(parts: Vec<Made>) -> Vec<Made> {
    let mut made: Vec<Made> = Vec::with_capacity(parts.len());
    let mut starter: Option<usize> = None;
    for part in parts {
        if let Some(starter) = starter {
            let is_next = starter + 1 == made.len();
            let is_reached = is_next || made.last().is_some_and(|last| last.class < part.class);
            if is_reached && let Some(c) = compose(made[starter].c, part.c) {
                let joined = &mut made[starter];
                joined.c = c;
                joined.start = joined.start.min(part.start);
                joined.end = joined.end.max(part.end);
                continue;
            }
        }
        if part.class == 0 {
            starter = Some(made.len());
        }
        made.push(part);
    }
    made
}
