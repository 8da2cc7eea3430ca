//! Maps spans of a folded text back to the original text.
//!
//! Folding changes lengths: `İ` becomes three bytes, the Kelvin sign one, half-width `ｶﾞ` one
//! character. A span covers the smallest run of whole original characters that gave the folded
//! bytes.

use super::compile::Hit;
use super::fold::{Fold, lowered_len};
use super::invisible::{is_invisible, visible};
use super::segment::{nfkc, segments};

/// Turns the spans of `hits`, which are those of the folded text, into spans of `text`; one walk
/// for all.
pub(super) fn map_to_original(text: &str, fold: Fold, hits: &mut [Hit]) {
    let mut walk = Walk::new(fold, hits);
    if fold.nfkc {
        segments(text)
            .take_while(|segment| walk.segment(segment))
            .for_each(drop);
    } else {
        walk.chars(text);
    }
    walk.finish();
}

/// Walks both texts side by side, past one edge of a hit after the other.
struct Walk<'h> {
    fold: Fold,
    hits: &'h mut [Hit],
    /// In reverse order: the next one is the last.
    edges: Vec<Edge>,
    original: usize,
    folded: usize,
}

struct Edge {
    /// The folded byte the edge belongs to: the first or the last of the span.
    byte: usize,
    hit: usize,
    side: Side,
}

#[derive(Clone, Copy)]
enum Side {
    Start,
    End,
    /// An expression may match the empty text.
    Both,
}

impl<'h> Walk<'h> {
    fn new(fold: Fold, hits: &'h mut [Hit]) -> Self {
        let mut edges = Vec::with_capacity(2 * hits.len());
        for (hit, &Hit { start, end, .. }) in hits.iter().enumerate() {
            let mut add = |byte, side| edges.push(Edge { byte, hit, side });
            if start == end {
                add(start, Side::Both);
            } else {
                add(start, Side::Start);
                add(end - 1, Side::End);
            }
        }
        edges.sort_by_key(|edge| std::cmp::Reverse(edge.byte));
        Self {
            fold,
            hits,
            edges,
            original: 0,
            folded: 0,
        }
    }

    /// Steps over a part that NFKC changes by itself. Returns whether edges are left.
    fn segment(&mut self, segment: &str) -> bool {
        if visible(segment).eq(nfkc(segment)) {
            return self.chars(segment);
        }
        // What is not seen at its ends is no part of it.
        let whole = segment.trim_matches(is_invisible);
        let start = segment.len() - segment.trim_start_matches(is_invisible).len();
        let (before, behind) = (&segment[..start], &segment[start + whole.len()..]);
        let folded = nfkc(whole).map(|c| self.len_of(c)).sum();
        self.chars(before) && self.step(whole.len(), folded) && self.chars(behind)
    }

    fn chars(&mut self, text: &str) -> bool {
        text.chars().all(|c| {
            let folded = match self.fold.nfkc && is_invisible(c) {
                true => 0,
                false => self.len_of(c),
            };
            self.step(c.len_utf8(), folded)
        })
    }

    fn step(&mut self, original: usize, folded: usize) -> bool {
        let reached = self.folded + folded;
        while let Some(edge) = self.edges.pop_if(|edge| edge.byte < reached) {
            self.set(&edge, self.original, self.original + original);
        }
        self.original += original;
        self.folded = reached;
        !self.edges.is_empty()
    }

    fn set(&mut self, edge: &Edge, start: usize, end: usize) {
        let hit = &mut self.hits[edge.hit];
        match edge.side {
            Side::Start => hit.start = start,
            Side::End => hit.end = end,
            Side::Both => (hit.start, hit.end) = (start, start),
        }
    }

    /// Only an empty hit at the very end is left then.
    fn finish(mut self) {
        while let Some(edge) = self.edges.pop() {
            self.set(&edge, self.original, self.original);
        }
    }

    fn len_of(&self, c: char) -> usize {
        if self.fold.lower {
            lowered_len(c)
        } else {
            c.len_utf8()
        }
    }
}
