//! Decides whether expressions are true, and finds their first hits.

use std::cmp::Reverse;
use std::ops::Range;

use super::engine::{Engine, NearOp, Op};
use super::near;
use super::records::{HITS_MAX, Spans, keep_first};
use super::state::{FoldedHit, PatternFound, PatternMark, State};
use super::texts::{FieldText, Row};
use crate::systems::labelling::rules::folding::shift;
use crate::systems::labelling::rules::set::{Field, Fields};

/// A row that has been scanned.
pub(super) struct Evaluation<'e> {
    pub engine: &'e Engine,
    pub state: &'e mut State,
    pub texts: &'e [FieldText; Field::COUNT],
    pub row: Row<'e>,
}

impl Evaluation<'_> {
    /// The first hit, if this part is true; `None` too of a NOT, which has none.
    pub fn first(&mut self, op: u32) -> Option<FoldedHit> {
        match self.engine.ops[op as usize] {
            Op::Leaf { leaf, fields } => self.first_of_leaf(leaf, fields),
            Op::And(operands) => {
                let mut first: Option<FoldedHit> = None;
                for operand in self.engine.operands(operands) {
                    if let Op::Not(taken) = self.engine.ops[*operand as usize] {
                        if self.first(taken).is_some() {
                            return None;
                        }
                        continue;
                    }
                    let hit = self.first(*operand)?;
                    first = earlier(first, Some(hit));
                }
                first
            }
            Op::Or(operands) => {
                let mut first = None;
                for operand in self.engine.operands(operands) {
                    first = earlier(first, self.first(*operand));
                }
                first
            }
            Op::AtLeast { count, operands } => {
                let mut first = None;
                let mut found = 0;
                for operand in self.engine.operands(operands) {
                    let hit = self.first(*operand);
                    found += u32::from(hit.is_some());
                    first = earlier(first, hit);
                }
                first.filter(|_| found >= count)
            }
            Op::Not(_) => None,
            Op::Near { near, fields } => {
                let hits = self.first_pairs(near, fields);
                hits.map(|(field, spans)| of_span(field, spans[0]))
            }
        }
    }

    /// What makes this part true, in the order written: of AND and OF the first hits of the
    /// operands.
    pub fn parts(&mut self, op: u32) -> Vec<FoldedHit> {
        match self.engine.ops[op as usize] {
            Op::And(operands) | Op::AtLeast { operands, .. } => {
                let operands = self.engine.operands(operands);
                operands
                    .iter()
                    .filter_map(|operand| self.first(*operand))
                    .collect()
            }
            Op::Or(operands) => {
                let mut best: Option<(FoldedHit, u32)> = None;
                for operand in self.engine.operands(operands) {
                    if let Some(hit) = self.first(*operand)
                        && best.is_none_or(|(other, _)| hit.order() < other.order())
                    {
                        best = Some((hit, *operand));
                    }
                }
                best.map_or_else(Vec::new, |(_, operand)| self.parts(operand))
            }
            Op::Leaf { .. } | Op::Near { .. } | Op::Not(_) => self.first(op).into_iter().collect(),
        }
    }

    fn first_of_leaf(&mut self, leaf: u32, fields: Fields) -> Option<FoldedHit> {
        let engine = self.engine;
        for field in fields.iter() {
            if self.row.text(field).is_none() {
                continue;
            }
            let slot = engine.slot(field);
            let mut first = self.state.leaf(slot, leaf);
            for pattern in engine.leaf_patterns.of(leaf) {
                let found = self.first_of_pattern(*pattern, field, slot);
                first = match (first, found) {
                    (Some(first), Some(found)) if order(found) >= order(first) => Some(first),
                    (first, found) => found.or(first),
                };
            }
            if let Some(span) = first {
                return Some(of_span(field, span));
            }
        }
        None
    }

    fn first_of_pattern(&mut self, pattern: u32, field: Field, slot: usize) -> Option<(u32, u32)> {
        let mark = slot * self.engine.patterns.len() + pattern as usize;
        let known = self.state.patterns[mark];
        if known.round == self.state.round {
            match known.found {
                PatternFound::Nowhere => return None,
                PatternFound::At(start, end) => return Some((start, end)),
                PatternFound::Possible => {}
            }
        } else if self.engine.has_required[pattern as usize] {
            return None;
        }
        let found = self.search(pattern, field, 1).first().copied();
        self.state.patterns[mark] = PatternMark {
            round: self.state.round,
            found: found.map_or(PatternFound::Nowhere, |(start, end)| {
                PatternFound::At(start, end)
            }),
        };
        found
    }

    /// The first matches of a pattern, at most so many, in the folded text.
    fn search(&mut self, pattern: u32, field: Field, most: usize) -> Spans {
        let Some(original) = self.row.text(field) else {
            return Spans::new();
        };
        let folded = self.texts[field.index()].folded();
        let text = folded.before_case(original);
        let regex = &self.engine.patterns[pattern as usize];
        if self.state.pattern_caches[pattern as usize].is_none() {
            self.state.cache_is_added();
        }
        let cache = &mut self.state.pattern_caches[pattern as usize];
        let mut spans: Vec<Range<usize>> = Vec::new();
        while spans.len() < most
            && let Some(found) = regex.find(text, spans.last().map_or(0, |last| last.end), cache)
        {
            spans.push(found);
        }
        if folded.is_case_shifted {
            shift(&mut spans, text, folded.text());
        }
        let spans = spans.into_iter();
        spans
            .map(|span| (span.start as u32, span.end as u32))
            .collect()
    }

    /// The hits of a NEAR in the first field where it has any.
    fn first_pairs(&mut self, near: NearOp, fields: Fields) -> Option<(Field, Spans)> {
        for field in fields.iter() {
            if self.row.text(field).is_none() {
                continue;
            }
            let hits = self.pairs(near, field);
            if !hits.is_empty() {
                return Some((field, hits));
            }
        }
        None
    }

    fn pairs(&mut self, near: NearOp, field: Field) -> Spans {
        let slot = self.engine.slot(field);
        if !self.may_be(near.left, slot) || !self.may_be(near.right, slot) {
            return Spans::new();
        }
        let left = self.all(near.left, field, slot);
        if left.is_empty() {
            return left;
        }
        let right = self.all(near.right, field, slot);
        let text = self.texts[field.index()].folded().text();
        near::pairs(near, &left, &right, text, &mut self.state.word_counts[slot])
    }

    /// Whether an operand of NEAR may have hits; costs nothing.
    fn may_be(&self, op: u32, slot: usize) -> bool {
        let engine = self.engine;
        match engine.ops[op as usize] {
            Op::Leaf { leaf, .. } => {
                self.state.leaf(slot, leaf).is_some() || !engine.leaf_patterns.of(leaf).is_empty()
            }
            Op::Near { near, .. } => self.may_be(near.left, slot) && self.may_be(near.right, slot),
            Op::And(operands) | Op::Or(operands) | Op::AtLeast { operands, .. } => {
                let mut operands = engine.operands(operands).iter();
                operands.any(|operand| self.may_be(*operand, slot))
            }
            Op::Not(_) => false,
        }
    }

    /// The hits of an operand of NEAR that count, in order.
    fn all(&mut self, op: u32, field: Field, slot: usize) -> Spans {
        let engine = self.engine;
        let mut spans = Spans::new();
        match engine.ops[op as usize] {
            Op::Leaf { leaf, .. } => {
                if let Some(record) = engine.leaves[leaf as usize].record {
                    let record = slot * engine.recorded_leaves + record as usize;
                    spans.extend_from_slice(self.state.records.of(record));
                }
                for pattern in engine.leaf_patterns.of(leaf) {
                    if self.first_of_pattern(*pattern, field, slot).is_some() {
                        spans.extend(self.search(*pattern, field, HITS_MAX));
                    }
                }
            }
            Op::Near { near, .. } => return self.pairs(near, field),
            Op::And(operands) | Op::Or(operands) | Op::AtLeast { operands, .. } => {
                for operand in engine.operands(operands) {
                    spans.extend(self.all(*operand, field, slot));
                }
            }
            Op::Not(_) => {}
        }
        keep_first(&mut spans);
        spans
    }
}

fn earlier(one: Option<FoldedHit>, other: Option<FoldedHit>) -> Option<FoldedHit> {
    match (one, other) {
        (Some(one), Some(other)) if other.order() < one.order() => Some(other),
        (one, other) => one.or(other),
    }
}

fn of_span(field: Field, (start, end): (u32, u32)) -> FoldedHit {
    FoldedHit { field, start, end }
}

fn order((start, end): (u32, u32)) -> (u32, Reverse<u32>) {
    (start, Reverse(end))
}
