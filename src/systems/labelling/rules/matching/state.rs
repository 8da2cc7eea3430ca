//! What one thread remembers while an engine looks at a row, in buffers that are used again.
//!
//! A mark of another round than this row's is outdated: nothing is cleared from row to row.

use std::cmp::Reverse;

use regex_automata::PatternSet;
use regex_automata::meta::Cache;

use super::engine::{Engine, NO_LEAF, Waiting};
use super::near::WordCounts;
use super::records::Records;
use crate::systems::labelling::rules::set::Field;

/// Where something stands: bytes of the folded text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FoldedHit {
    pub field: Field,
    pub start: u32,
    pub end: u32,
}

/// A rule that is true, and its first hit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TrueRule {
    pub label: u16,
    /// Counted in its label.
    pub rule: u32,
    pub hit: FoldedHit,
}

/// What searches of patterns may keep, per thread.
const CACHES_BYTES_MAX: usize = 64 << 20;

/// When that is looked at: after so many new ones, and after so many rows.
const CACHES_PER_LOOK: usize = 16;
const ROWS_PER_LOOK: u32 = 256;

pub(super) struct State {
    /// Of the row.
    pub round: u32,
    /// Of the field; another number in each row.
    pub field_round: u32,
    /// By word: the field round in which it was seen.
    pub seen: Vec<u32>,
    /// By leaf and slot.
    leaves: Vec<LeafMark>,
    slots: usize,
    /// By program: the round in which it was found worth to be evaluated.
    program_rounds: Vec<u32>,
    pub candidates: Vec<u32>,
    has_several_slots: bool,
    /// By rule: the round in which it was found true, if there are several slots.
    rule_rounds: Vec<u32>,
    pub true_rules: Vec<TrueRule>,
    /// Whether true rules are wanted, or only labels.
    pub keeps_true_rules: bool,
    /// By label: the round in which it was matched, and its best rule.
    label_rounds: Vec<u32>,
    best: Vec<TrueRule>,
    pub matched: Vec<u16>,
    pub records: Records,
    /// By slot and pattern.
    pub patterns: Vec<PatternMark>,
    pub pattern_caches: Vec<Option<Box<Cache>>>,
    pub group_caches: Vec<Option<Box<Cache>>>,
    /// Since they were looked at.
    new_caches: usize,
    pub matching: PatternSet,
    /// By slot.
    pub word_counts: Vec<WordCounts>,
}

#[derive(Clone, Copy, Default)]
struct LeafMark {
    round: u32,
    start: u32,
    end: u32,
}

/// What is known about a pattern in a field.
#[derive(Clone, Copy, Default)]
pub(super) struct PatternMark {
    pub round: u32,
    pub found: PatternFound,
}

#[derive(Clone, Copy, Default)]
pub(super) enum PatternFound {
    /// What it needs is there.
    #[default]
    Possible,
    Nowhere,
    At(u32, u32),
}

impl State {
    pub fn new(engine: &Engine) -> Self {
        let slots = engine.fields.iter().count();
        let first = TrueRule {
            label: 0,
            rule: 0,
            hit: FoldedHit {
                field: Field::Author,
                start: 0,
                end: 0,
            },
        };
        let group_len = engine.groups.iter().map(|group| group.patterns.len()).max();
        Self {
            round: 0,
            field_round: 0,
            seen: vec![0; engine.words.len()],
            leaves: vec![LeafMark::default(); slots * engine.leaves.len()],
            slots,
            program_rounds: vec![0; engine.programs.len()],
            candidates: Vec::new(),
            has_several_slots: slots > 1,
            rule_rounds: vec![0; if slots > 1 { engine.rules } else { 0 }],
            true_rules: Vec::new(),
            keeps_true_rules: false,
            label_rounds: vec![0; engine.labels],
            best: vec![first; engine.labels],
            matched: Vec::new(),
            records: Records::new(slots * engine.recorded_leaves),
            patterns: vec![PatternMark::default(); slots * engine.patterns.len()],
            pattern_caches: engine.patterns.iter().map(|_| None).collect(),
            group_caches: engine.groups.iter().map(|_| None).collect(),
            new_caches: 0,
            matching: PatternSet::new(group_len.unwrap_or(0)),
            word_counts: (0..slots).map(|_| WordCounts::default()).collect(),
        }
    }

    pub fn begin_row(&mut self) {
        if self.round.is_multiple_of(ROWS_PER_LOOK) {
            self.bound_caches();
        }
        self.candidates.clear();
        self.true_rules.clear();
        self.matched.clear();
        self.records.clear();
        self.word_counts.iter_mut().for_each(WordCounts::clear);
        self.round = self.round.wrapping_add(1);
        if self.round == 0 {
            // All numbers are used up: an old mark must not look like a new one.
            self.leaves.fill(LeafMark::default());
            self.program_rounds.fill(0);
            self.rule_rounds.fill(0);
            self.label_rounds.fill(0);
            self.patterns.fill(PatternMark::default());
            self.round = 1;
        }
    }

    /// Called before a search that keeps something anew.
    pub fn cache_is_added(&mut self) {
        self.new_caches += 1;
        if self.new_caches == CACHES_PER_LOOK {
            self.bound_caches();
        }
    }

    /// Drops what searches have kept if it has become too much: hostile patterns keep more than
    /// they need.
    fn bound_caches(&mut self) {
        self.new_caches = 0;
        let caches = self.pattern_caches.iter().chain(&self.group_caches);
        let kept: usize = caches.flatten().map(|cache| cache.memory_usage()).sum();
        if kept > CACHES_BYTES_MAX {
            self.pattern_caches.fill_with(|| None);
            self.group_caches.fill_with(|| None);
        }
    }

    pub fn begin_field(&mut self) {
        self.field_round = self.field_round.wrapping_add(1);
        if self.field_round == 0 {
            self.seen.fill(0);
            self.field_round = 1;
        }
    }

    /// Records an occurrence of a leaf. Returns whether it is the first one in the field.
    #[inline]
    pub fn leaf_found(&mut self, slot: usize, leaf: u32, start: u32, end: u32) -> bool {
        let round = self.round;
        let mark = &mut self.leaves[leaf as usize * self.slots + slot];
        if mark.round != round {
            *mark = LeafMark { round, start, end };
            return true;
        }
        if (start, Reverse(end)) < (mark.start, Reverse(mark.end)) {
            (mark.start, mark.end) = (start, end);
        }
        false
    }

    /// The first occurrence of a leaf's keywords in a field.
    #[inline]
    pub fn leaf(&self, slot: usize, leaf: u32) -> Option<(u32, u32)> {
        let mark = self.leaves[leaf as usize * self.slots + slot];
        (mark.round == self.round).then_some((mark.start, mark.end))
    }

    /// Remembers the programs that are worth to be evaluated now that a leaf is there.
    #[inline]
    pub fn leaf_triggers(&mut self, waiting: &[Waiting]) {
        for Waiting { program, other } in waiting {
            if *other == NO_LEAF || self.is_there(*other) {
                self.trigger(*program);
            }
        }
    }

    /// Whether a leaf was found in any field.
    #[inline]
    fn is_there(&self, leaf: u32) -> bool {
        let first = leaf as usize * self.slots;
        let mut marks = self.leaves[first..first + self.slots].iter();
        marks.any(|mark| mark.round == self.round)
    }

    /// Remembers that a program is worth to be evaluated.
    pub fn trigger(&mut self, program: u32) {
        let round = &mut self.program_rounds[program as usize];
        if *round != self.round {
            *round = self.round;
            self.candidates.push(program);
        }
    }

    /// Records that a plain keyword is there. In a later field it may be there again: the first
    /// one counts.
    #[inline]
    pub fn plain_rule_is_true(&mut self, engine: &Engine, found: TrueRule) {
        if self.has_several_slots {
            let number = engine.rule_number(found.label, found.rule);
            let rule_round = &mut self.rule_rounds[number];
            if *rule_round == self.round {
                return;
            }
            *rule_round = self.round;
        }
        self.rule_is_true(found);
    }

    /// Records that a rule is true, once.
    #[inline]
    pub fn rule_is_true(&mut self, found: TrueRule) {
        if self.keeps_true_rules {
            self.true_rules.push(found);
        }
        let label = usize::from(found.label);
        if self.label_rounds[label] != self.round {
            self.label_rounds[label] = self.round;
            self.best[label] = found;
            self.matched.push(found.label);
        } else if found.comes_before(&self.best[label]) {
            self.best[label] = found;
        }
    }

    /// The rule of a matched label that is reported.
    pub fn best(&self, label: u16) -> TrueRule {
        self.best[usize::from(label)]
    }
}

impl TrueRule {
    fn comes_before(&self, other: &Self) -> bool {
        (self.hit.order(), self.rule) < (other.hit.order(), other.rule)
    }
}

impl FoldedHit {
    /// The least is the first.
    pub fn order(&self) -> (Field, u32, Reverse<u32>) {
        (self.field, self.start, Reverse(self.end))
    }
}
