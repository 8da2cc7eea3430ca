//! How many rows have two labels at once, for each two.

use std::collections::HashMap;

/// Two labels each, the one that is first in the set first.
///
/// A set with very many labels on the same rows has more pairs than anybody reads: from a number on they are
/// not known any more, whatever the order in which rows were counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pairs {
    rows: HashMap<(u16, u16), u64>,
    has_too_many: bool,
}

impl Pairs {
    /// 16 MiB at most, about.
    pub const MAX: usize = 500_000;

    pub fn add(&mut self, one: u16, other: u16, rows: u64) {
        if self.has_too_many {
            return;
        }
        let pair = (one.min(other), one.max(other));
        *self.rows.entry(pair).or_default() += rows;
        if self.rows.len() > Self::MAX {
            self.forget();
        }
    }

    pub fn add_all(&mut self, other: &Self) {
        if other.has_too_many {
            self.forget();
        }
        for ((one, another), rows) in &other.rows {
            self.add(*one, *another, *rows);
        }
    }

    /// There are too many of them from now on.
    pub(super) fn forget(&mut self) {
        self.has_too_many = true;
        self.rows = HashMap::new();
    }

    /// In the order of the set; `None`: there are too many.
    pub fn in_order(&self) -> Option<Vec<((u16, u16), u64)>> {
        if self.has_too_many {
            return None;
        }
        let pairs = self.rows.iter().map(|(pair, rows)| (*pair, *rows));
        let mut pairs: Vec<_> = pairs.collect();
        pairs.sort_unstable();
        Some(pairs)
    }
}
