//! How a forest lies in memory: small nodes whose children are neighbours.
//!
//! A value goes to the first child if `value <= threshold`, else to the second, and NaN always to the second. All
//! orders and directions of missing values become this one comparison:
//!
//! - `x < t` is `x <= the number below t`; `>=` and `>` are `<` and `<=` with the children exchanged;
//! - where NaN has to go to the first child, the node looks at `-x`, which is a slot of its own, and its children are
//!   exchanged.
//!
//! A leaf looks at slot 0, which is NaN in every row, and its second child is the leaf itself: a walk that goes one
//! step further stays there. So several rows (or trees) are walked side by side without a branch for each.

use std::collections::HashMap;

use super::draft::Test;
use super::number::Number;

/// The slot that is NaN in every row.
pub(super) const NAN_SLOT: u32 = 0;

/// Set in `Node::slot` if the node asks something else than `<=`: the rest is a position in `others`.
pub(super) const OTHER: u32 = 1 << 31;

#[derive(Clone, Copy, Debug)]
pub(super) struct Node<T> {
    /// The value of a leaf; an index of its values if the tree has several targets.
    pub threshold: T,
    pub slot: u32,
    /// The position of the first child; the second one follows it.
    pub child: u32,
}

impl<T: Number> Node<T> {
    pub fn leaf(position: u32, value: T) -> Self {
        Self {
            threshold: value,
            slot: NAN_SLOT,
            child: position - 1,
        }
    }

    pub fn is_leaf(&self) -> bool {
        self.slot == NAN_SLOT
    }
}

/// A question that is not an order.
#[derive(Clone, Copy, Debug)]
pub(super) struct Other<T> {
    pub slot: u32,
    pub question: Question<T>,
    pub nan_is_first: bool,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Question<T> {
    Equal(T),
    Member(Set),
}

/// A set of categories: bits, or, if that is less, the categories themselves.
#[derive(Clone, Copy, Debug)]
pub(super) struct Set {
    /// The position in the words of the forest.
    pub first: u32,
    pub words: u32,
    pub is_sorted_list: bool,
}

impl Set {
    pub fn has(self, category: u32, words: &[u32]) -> bool {
        let words = &words[self.first as usize..][..self.words as usize];
        if self.is_sorted_list {
            return words.binary_search(&category).is_ok();
        }
        let word = words.get((category / u32::BITS) as usize);
        word.is_some_and(|word| word >> (category % u32::BITS) & 1 == 1)
    }
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Tree {
    pub root: u32,
    pub first_target: u32,
    /// The number of targets from the first one on that its leaves add to.
    pub targets: u32,
    /// Whether all of its nodes compare with `<=`.
    pub is_plain: bool,
}

/// What a slot of a prepared row holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Source {
    pub column: usize,
    pub is_negated: bool,
    pub zero_is_nan: bool,
}

impl Source {
    pub fn value<T: Number>(self, row: &[T]) -> T {
        let value = row[self.column];
        match self {
            Self {
                zero_is_nan: true, ..
            } if value.is_near_zero() => T::NAN,
            Self {
                is_negated: true, ..
            } => -value,
            _ => value,
        }
    }
}

/// The slots of the columns that the trees look at.
#[derive(Debug, Default)]
pub(super) struct Slots {
    pub sources: Vec<Source>,
    known: HashMap<Source, u32>,
}

impl Slots {
    pub fn slot(&mut self, source: Source) -> u32 {
        let sources = &mut self.sources;
        *self.known.entry(source).or_insert_with(|| {
            sources.push(source);
            NAN_SLOT + u32::try_from(sources.len()).expect("fewer slots than nodes")
        })
    }
}

/// An order as the one comparison of a node.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Comparison<T> {
    pub threshold: T,
    pub is_negated: bool,
    /// Whether the first child is the one for values that failed the test.
    pub exchanged: bool,
}

impl<T: Number> Comparison<T> {
    /// `None` if the test is not an order.
    pub fn new(test: Test<T>, missing_passes: bool) -> Option<Self> {
        // Nothing is less than -∞ or compares with NaN.
        let less = |limit: T| (limit > -T::INFINITY).then(|| limit.next_down());
        let at_most = |limit: T| (!limit.is_nan()).then_some(limit);
        let (threshold, opposite) = match test {
            Test::LessOrEqual(limit) => (at_most(limit), false),
            Test::Less(limit) => (less(limit), false),
            Test::Greater(limit) if !limit.is_nan() => (Some(limit), true),
            // x >= -∞ is true of everything that is not missing.
            Test::GreaterOrEqual(limit) if !limit.is_nan() => (less(limit), true),
            Test::Greater(_) | Test::GreaterOrEqual(_) => (None, false),
            Test::Equal(_) | Test::NotEqual(_) | Test::Member(_) => return None,
        };
        let nan_is_first = missing_passes != opposite;
        let (threshold, is_negated) = match (threshold, nan_is_first) {
            (Some(threshold), false) => (threshold, false),
            // x > t, so that whatever is not greater, and NaN, goes to the second child.
            (Some(threshold), true) => (less(-threshold).unwrap_or(T::NAN), true),
            (None, false) => (T::NAN, false),
            (None, true) => (T::INFINITY, false),
        };
        Some(Self {
            threshold,
            is_negated,
            exchanged: opposite != nan_is_first,
        })
    }
}
