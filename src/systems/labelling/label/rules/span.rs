//! Maps spans of a folded text back to the original text.
//!
//! Folding changes lengths: `İ` becomes three bytes, the Kelvin sign one, half-width `ｶﾞ` one
//! character. A span covers the smallest run of whole original characters that gave the folded
//! bytes.

use super::compile::Hit;
use super::fold::{Fold, lowered_len};
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
        let is_single = segment.chars().nth(1).is_none();
        if !is_single && segment.chars().eq(nfkc(segment)) {
            return self.chars(segment);
        }
        let folded = nfkc(segment).map(|c| self.len_of(c)).sum();
        self.step(segment.len(), folded)
    }

    fn chars(&mut self, text: &str) -> bool {
        text.chars()
            .all(|c| self.step(c.len_utf8(), self.len_of(c)))
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
