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
    /// Of which a term may be there.
    lists: HashSet<&'s str>,
}

impl<'s> Plausible<'s> {
    pub fn of(set: &'s RuleSet, row: Row<'_>) -> Self {
        let mut plausible = Self {
            foldings: [Folding::of(set), LOOSE],
            chars: HashSet::new(),
            pairs: HashSet::new(),
            lists: HashSet::new(),
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

    /// Lists can hold each other, in any order: what is found in one is told to those that hold it.
    fn find_lists(&mut self, set: &'s RuleSet) {
        let mut holders: HashMap<&str, Vec<&'s str>> = HashMap::new();
        let mut found: Vec<&'s str> = Vec::new();
        for (name, terms) in &set.lists {
            let mut is_there = false;
            for term in terms {
                match &term.kind {
                    NodeKind::List(inner) => holders.entry(inner).or_default().push(name),
                    _ => is_there = is_there || self.can_be(term, false),
                }
            }
            found.extend(is_there.then_some(&**name));
        }
        while let Some(name) = found.pop() {
            if self.lists.insert(name) {
                found.extend(holders.get(name).into_iter().flatten());
            }
        }
    }

    /// Whether a rule could become true by one relaxation.
    pub fn can_be(&self, node: &Node, is_topmost: bool) -> bool {
        let spared = usize::from(is_topmost);
        match &node.kind {
            NodeKind::Keyword(keyword) => self.has(&keyword.text),
            NodeKind::Pattern(_) => true,
            NodeKind::List(name) => self.lists.contains(&**name),
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
