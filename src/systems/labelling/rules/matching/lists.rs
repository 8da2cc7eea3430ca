//! The lists of a set by name, with the terms of the lists that they hold.

use std::collections::HashMap;

use crate::systems::labelling::rules::set::{Node, NodeKind, RuleSet};

/// By list: a bit for each that it holds.
pub(super) struct Reach {
    rows: Vec<Vec<u64>>,
}

impl Reach {
    pub fn holds(&self, list: usize, other: usize) -> bool {
        self.rows[list][other / 64] & 1 << (other % 64) != 0
    }
}

pub(super) struct Lists<'s> {
    set: &'s RuleSet,
    numbers: HashMap<&'s str, usize>,
}

impl<'s> Lists<'s> {
    pub fn of(set: &'s RuleSet) -> Self {
        let mut numbers = HashMap::new();
        for (number, (name, _)) in set.lists.iter().enumerate() {
            numbers.entry(&**name).or_insert(number);
        }
        Self { set, numbers }
    }

    /// Which lists hold which others, at any depth.
    pub fn reach(&self) -> Reach {
        let count = self.set.lists.len();
        let mut reach = Reach {
            rows: vec![vec![0; count.div_ceil(64)]; count],
        };
        for (list, (_, terms)) in self.set.lists.iter().enumerate() {
            for term in terms {
                if let NodeKind::List(name) = &term.kind
                    && let Some(other) = self.number(name)
                {
                    reach.rows[list][other / 64] |= 1 << (other % 64);
                }
            }
        }
        for between in 0..count {
            let further = reach.rows[between].clone();
            for list in 0..count {
                if reach.holds(list, between) {
                    let row = reach.rows[list].iter_mut().zip(&further);
                    row.for_each(|(word, further)| *word |= further);
                }
            }
        }
        reach
    }

    pub fn number(&self, name: &str) -> Option<usize> {
        self.numbers.get(name).copied()
    }

    /// In the order written. Each list is visited once: one that is in two others counts once.
    pub fn terms(&self, list: usize) -> Vec<&'s Node> {
        let lists = &self.set.lists;
        let mut seen = vec![false; lists.len()];
        seen[list] = true;
        let mut found = Vec::new();
        let mut waiting: Vec<&Node> = lists[list].1.iter().rev().collect();
        while let Some(node) = waiting.pop() {
            match &node.kind {
                NodeKind::List(name) => {
                    if let Some(other) = self.number(name)
                        && !std::mem::replace(&mut seen[other], true)
                    {
                        waiting.extend(lists[other].1.iter().rev());
                    }
                }
                _ => found.push(node),
            }
        }
        found
    }
}
