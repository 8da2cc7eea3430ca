//! The lists of a set by name, with the terms of the lists that they hold.

use std::collections::HashMap;

use crate::systems::labelling::rules::set::{Node, NodeKind, RuleSet};

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
