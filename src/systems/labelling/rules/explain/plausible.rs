//! Sorts out the rules that no relaxation could make true, without compiling anything: a keyword is
//! in a text only if all of its pairs of characters are.

use std::collections::{HashMap, HashSet};

use crate::systems::labelling::rules::folding::Folding;
use crate::systems::labelling::rules::matching::Row;
use crate::systems::labelling::rules::set::{Field, Node, NodeKind, RuleSet};

/// The loosest folding that misses look at.
pub(super) const LOOSE: Folding = Folding {
    nfkc: true,
    han: true,
    lower: true,
};

/// What is in the texts of a row, in the set's folding and in the loosest.
pub(super) struct Plausible<'s> {
    foldings: [Folding; 2],
    chars: HashSet<char>,
    pairs: HashSet<(char, char)>,
    lists: HashMap<&'s str, bool>,
}

impl<'s> Plausible<'s> {
    pub fn of(set: &'s RuleSet, row: Row<'_>) -> Self {
        let mut plausible = Self {
            foldings: [Folding::of(set), LOOSE],
            chars: HashSet::new(),
            pairs: HashSet::new(),
            lists: HashMap::new(),
        };
        for field in Field::ALL {
            let Some(text) = row.text(field) else {
                continue;
            };
            for folding in plausible.foldings {
                let folded = folding.keyword(text);
                plausible.chars.extend(folded.chars());
                plausible
                    .pairs
                    .extend(folded.chars().zip(folded.chars().skip(1)));
            }
        }
        // A cut puts line feeds between what was apart.
        plausible.chars.insert('\n');
        plausible.find_lists(set);
        plausible
    }

    /// Lists can hold each other, in any order.
    fn find_lists(&mut self, set: &'s RuleSet) {
        loop {
            let mut has_changed = false;
            for (name, terms) in &set.lists {
                let is_there = terms.iter().any(|term| self.can_be(term, false));
                has_changed |= self.lists.insert(name, is_there).unwrap_or(false) != is_there;
            }
            if !has_changed {
                return;
            }
        }
    }

    /// Whether a rule could become true by one relaxation.
    pub fn can_be(&self, node: &Node, is_topmost: bool) -> bool {
        let spared = usize::from(is_topmost);
        match &node.kind {
            NodeKind::Keyword(keyword) => self.has(&keyword.text),
            NodeKind::Pattern(_) => true,
            NodeKind::List(name) => self.lists.get(&**name).copied().unwrap_or(false),
            NodeKind::And(operands) => {
                let missing = operands
                    .iter()
                    .filter(|operand| !self.can_be(operand, false));
                missing.count() <= spared
            }
            NodeKind::Or(operands) => operands
                .iter()
                .any(|operand| self.can_be(operand, is_topmost)),
            NodeKind::AtLeast { count, operands } => {
                let there = operands
                    .iter()
                    .filter(|operand| self.can_be(operand, false));
                there.count() + spared >= *count as usize
            }
            NodeKind::Not(_) => true,
            NodeKind::Near(near) => {
                self.can_be(&near.left, false) && self.can_be(&near.right, false)
            }
            NodeKind::Group(inner) => self.can_be(inner, is_topmost),
        }
    }

    fn has(&self, text: &str) -> bool {
        self.foldings.iter().any(|folding| {
            let folded = folding.keyword(text);
            // A line feed that a cut left is in no pair.
            let mut pairs = folded.chars().zip(folded.chars().skip(1));
            folded.chars().all(|c| self.chars.contains(&c))
                && pairs.all(|pair| pair.0 == '\n' || pair.1 == '\n' || self.pairs.contains(&pair))
        })
    }
}
