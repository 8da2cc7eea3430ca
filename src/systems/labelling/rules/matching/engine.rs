//! What expressions are compiled to: one automaton for all of their terms, and small programs.
//!
//! ```text
//! word ──uses──► plain rule           (a keyword that is the whole rule)
//!        │  └──► leaf ──triggers──► program ──► rule, except or drop
//!        └─────► pattern ──triggers──► program
//! ```
//!
//! A *word* is a distinct folded text. A *leaf* is a term of expressions: a keyword with its
//! conditions, a pattern, or a list. A program is evaluated only if one of the leaves is there that
//! it cannot be true without.

use std::num::NonZeroU32;

use daachorse::CharwiseDoubleArrayAhoCorasick;

use super::pattern::{Group, Pattern};
use crate::systems::labelling::rules::set::{Field, Fields, MatchType, Unit};

pub(super) struct Engine {
    /// `None`: there are no keywords.
    pub automaton: Option<CharwiseDoubleArrayAhoCorasick<u32>>,
    pub words: Vec<Word>,
    /// By word.
    pub uses: Grouped<Use>,
    pub leaves: Vec<Leaf>,
    /// By leaf: the programs to evaluate when it is there.
    pub leaf_triggers: Grouped<Waiting>,
    /// By leaf.
    pub leaf_patterns: Grouped<u32>,
    /// What texts have to hold exactly.
    pub raw_texts: Vec<String>,
    pub patterns: Vec<Pattern>,
    /// By pattern: the programs to evaluate where it may match.
    pub pattern_triggers: Grouped<u32>,
    /// By pattern: whether one of its required texts has to be seen first.
    pub has_required: Vec<bool>,
    /// The other patterns, if something is triggered by them.
    pub groups: Vec<Group>,
    pub programs: Vec<Program>,
    /// By rule, counted over all labels; [`NO_PROGRAM`]: a plain keyword. Empty without programs.
    pub rule_programs: Vec<u32>,
    pub ops: Vec<Op>,
    /// Operands, by their places in `ops`.
    pub operands: Vec<u32>,
    /// What texts it looks at.
    pub fields: Fields,
    /// By field: where it stands among those.
    pub slots: [u8; Field::COUNT],
    pub labels: usize,
    /// By label: the number of its first rule, counted over all.
    pub first_rule: Vec<u32>,
    pub rules: usize,
    pub recorded_leaves: usize,
}

/// A folded text that the automaton finds.
#[derive(Clone, Copy, Default)]
pub(super) struct Word {
    /// Something wants to know all places of it, not only the first.
    pub wants_all: bool,
    /// So does it or a word that it ends with.
    pub chain_wants_all: bool,
}

/// What an occurrence of a word means.
#[derive(Clone, Copy)]
pub(super) struct Use {
    pub fields: Fields,
    pub target: Target,
}

#[derive(Clone, Copy)]
pub(super) enum Target {
    /// A rule that is nothing but this keyword.
    Rule {
        label: u16,
        rule: u32,
        place: Place,
    },
    Leaf {
        leaf: u32,
        condition: Condition,
    },
    /// A pattern needs the word.
    Pattern(u32),
}

/// Where a plain keyword has to stand.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Place {
    Anywhere,
    Start,
    End,
    Whole,
}

/// What has to be true of an occurrence of a keyword.
#[derive(Clone, Copy)]
pub(super) struct Condition {
    pub match_type: MatchType,
    /// The number of its raw text, from 1.
    pub raw: Option<NonZeroU32>,
}

#[derive(Clone, Copy)]
pub(super) struct Leaf {
    /// NEAR wants to know all of its hits: they are kept in the record of this number.
    pub record: Option<u32>,
    pub fields: Fields,
    pub has_patterns: bool,
}

/// A program to evaluate when a leaf is there.
#[derive(Clone, Copy)]
pub(super) struct Waiting {
    pub program: u32,
    /// Only if this leaf is there too; [`NO_LEAF`]: at once.
    pub other: u32,
}

pub(super) const NO_LEAF: u32 = u32::MAX;

pub(super) struct Program {
    pub root: u32,
    pub owner: Owner,
}

pub(super) const NO_PROGRAM: u32 = u32::MAX;

/// What is decided by a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Owner {
    Rule { label: u16, rule: u32 },
    Except { label: u16, except: u32 },
    Drop(u32),
}

#[derive(Clone, Copy)]
pub(super) enum Op {
    Leaf { leaf: u32, fields: Fields },
    And(Operands),
    Or(Operands),
    AtLeast { count: u32, operands: Operands },
    Not(u32),
    Near { near: NearOp, fields: Fields },
}

/// The distance of a NEAR that only asks for both.
pub const NO_LIMIT: u32 = u32::MAX;

/// A range of [`Engine::operands`].
#[derive(Clone, Copy)]
pub(super) struct Operands {
    pub first: u32,
    pub len: u32,
}

#[derive(Clone, Copy)]
pub(super) struct NearOp {
    pub left: u32,
    pub right: u32,
    /// [`NO_LIMIT`]: any.
    pub distance: u32,
    pub unit: Unit,
    pub ordered: bool,
}

/// Lists by the numbers of their owners, in two allocations.
#[derive(Default)]
pub(super) struct Grouped<T> {
    first: Vec<u32>,
    elements: Vec<T>,
}

impl<T: Copy> Grouped<T> {
    /// Elements keep their order.
    pub fn new(owners: usize, elements: &[(u32, T)]) -> Self {
        let mut first = vec![0_u32; owners + 1];
        for (owner, _) in elements {
            first[*owner as usize + 1] += 1;
        }
        for owner in 0..owners {
            first[owner + 1] += first[owner];
        }
        let mut order: Vec<u32> = (0..elements.len() as u32).collect();
        order.sort_by_key(|element| elements[*element as usize].0);
        let elements = order
            .iter()
            .map(|element| elements[*element as usize].1)
            .collect();
        Self { first, elements }
    }

    #[inline]
    pub fn of(&self, owner: u32) -> &[T] {
        let owner = owner as usize;
        &self.elements[self.first[owner] as usize..self.first[owner + 1] as usize]
    }

    fn heap_bytes(&self) -> usize {
        self.first.len() * 4 + self.elements.len() * size_of::<T>()
    }
}

impl Engine {
    pub fn operands(&self, operands: Operands) -> &[u32] {
        let first = operands.first as usize;
        &self.operands[first..first + operands.len as usize]
    }

    /// The number of a rule, counted over all labels.
    pub fn rule_number(&self, label: u16, rule: u32) -> usize {
        (self.first_rule[usize::from(label)] + rule) as usize
    }

    /// Where a field stands among those that it looks at.
    pub fn slot(&self, field: Field) -> usize {
        usize::from(self.slots[field.index()])
    }

    pub fn heap_bytes(&self) -> usize {
        let automaton = self.automaton.as_ref();
        automaton.map_or(0, CharwiseDoubleArrayAhoCorasick::heap_bytes)
            + self.words.len() * size_of::<Word>()
            + self.uses.heap_bytes()
            + self.leaves.len() * size_of::<Leaf>()
            + self.leaf_triggers.heap_bytes()
            + self.leaf_patterns.heap_bytes()
            + self.pattern_triggers.heap_bytes()
            + self.groups.iter().map(Group::heap_bytes).sum::<usize>()
            + self.programs.len() * size_of::<Program>()
            + self.rule_programs.len() * 4
            + self.ops.len() * size_of::<Op>()
            + self.operands.len() * 4
    }
}
