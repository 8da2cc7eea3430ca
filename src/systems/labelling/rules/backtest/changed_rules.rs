//! The rules that are not the same in both sets, and where each stands in which.

use std::collections::{HashMap, HashSet};

use serde::{Deserialize, Serialize};

use crate::systems::labelling::rules::diff::RuleChanges;
use crate::systems::labelling::rules::language::{canonical, shown, write};
use crate::systems::labelling::rules::matching::TrueRule;
use crate::systems::labelling::rules::set::{Node, NodeKind, Rule, RuleSet};

/// What happened to a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RuleChange {
    Added,
    Removed,
    /// It says something else, or a list that it names does.
    Altered,
}

/// A rule that changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    pub rule: String,
    pub label: String,
    pub text: String,
    pub change: RuleChange,
}

/// All of them: first those that were removed, then the others, each in the order of its set.
#[derive(Clone, Debug, Default)]
pub struct ChangedRules {
    pub rules: Vec<Named>,
    base: ByPlace,
    candidate: ByPlace,
}

/// Number of a changed rule by label and rule of a set.
type ByPlace = HashMap<(u16, u32), u32>;

impl ChangedRules {
    pub fn of(base: &RuleSet, candidate: &RuleSet) -> Self {
        let changes = RuleChanges::of(base, candidate);
        let altered_lists = altered_lists(base, candidate);
        let removed: HashSet<&str> = changes.removed.iter().map(|rule| &*rule.rule).collect();
        let added: HashSet<&str> = changes.added.iter().map(|rule| &*rule.rule).collect();
        let altered: HashSet<&str> = changes.altered.iter().map(|rule| &*rule.rule).collect();
        let mut changed = Self::default();
        let mut numbers: HashMap<String, u32> = HashMap::new();
        for (label, rule, place) in places(base) {
            if removed.contains(rule.id.as_str()) {
                changed.base.insert(place, changed.rules.len() as u32);
                changed.rules.push(named(label, rule, RuleChange::Removed));
            }
        }
        for (label, rule, place) in places(candidate) {
            let change = match rule.id.as_str() {
                id if added.contains(id) => RuleChange::Added,
                id if altered.contains(id) || names_one_of(&rule.tree, &altered_lists) => {
                    RuleChange::Altered
                }
                _ => continue,
            };
            let number = changed.rules.len() as u32;
            changed.candidate.insert(place, number);
            changed.rules.push(named(label, rule, change));
            if change == RuleChange::Altered {
                numbers.insert(rule.id.clone(), number);
            }
        }
        for (_, rule, place) in places(base) {
            if let Some(number) = numbers.get(&rule.id) {
                changed.base.insert(place, *number);
            }
        }
        changed
    }

    /// The numbers of the changed ones among the rules that are true in either set, in their order.
    pub(super) fn among(&self, base: &[TrueRule], candidate: &[TrueRule], into: &mut Vec<u32>) {
        into.clear();
        for (by_place, found) in [(&self.base, base), (&self.candidate, candidate)] {
            if !by_place.is_empty() {
                let found = found.iter();
                into.extend(found.filter_map(|rule| by_place.get(&(rule.label, rule.rule))));
            }
        }
        into.sort_unstable();
        into.dedup();
    }
}

fn named(label: &str, rule: &Rule, change: RuleChange) -> Named {
    Named {
        rule: rule.id.clone(),
        label: label.to_owned(),
        text: shown(&write(&rule.tree)),
        change,
    }
}

/// The rules of a set with their labels and places.
fn places(set: &RuleSet) -> impl Iterator<Item = (&str, &Rule, (u16, u32))> {
    let labels = (0_u16..).zip(&set.labels);
    labels.flat_map(|(label_no, label)| {
        let rules = (0_u32..).zip(&label.rules);
        rules.map(move |(no, rule)| (label.name.as_str(), rule, (label_no, no)))
    })
}

/// Names of the lists of the candidate that hold something else now, or hold a list that does.
fn altered_lists(base: &RuleSet, candidate: &RuleSet) -> HashSet<String> {
    let before: HashMap<&str, &[Node]> = by_name(base).collect();
    let is_same = |one: &[Node], other: &[Node]| {
        let said = |node: &Node| canonical("", node, node.fields);
        one.iter().map(said).eq(other.iter().map(said))
    };
    let mut altered: HashSet<String> = by_name(candidate)
        .filter(|(name, terms)| before.get(name).is_none_or(|known| !is_same(known, terms)))
        .map(|(name, _)| name.to_owned())
        .collect();
    loop {
        let further: Vec<String> = by_name(candidate)
            .filter(|(name, terms)| {
                !altered.contains(*name) && terms.iter().any(|term| names_one_of(term, &altered))
            })
            .map(|(name, _)| name.to_owned())
            .collect();
        if further.is_empty() {
            return altered;
        }
        altered.extend(further);
    }
}

fn by_name(set: &RuleSet) -> impl Iterator<Item = (&str, &[Node])> {
    let lists = set.lists.iter();
    lists.map(|(name, terms)| (name.as_str(), terms.as_slice()))
}

/// Whether an expression has one of these lists.
fn names_one_of(node: &Node, lists: &HashSet<String>) -> bool {
    if lists.is_empty() {
        return false;
    }
    let any = |nodes: &[Node]| nodes.iter().any(|node| names_one_of(node, lists));
    match &node.kind {
        NodeKind::Keyword(_) | NodeKind::Pattern(_) => false,
        NodeKind::List(name) => lists.contains(name),
        NodeKind::And(nodes) | NodeKind::Or(nodes) => any(nodes),
        NodeKind::AtLeast { operands, .. } => any(operands),
        NodeKind::Not(node) | NodeKind::Group(node) => names_one_of(node, lists),
        NodeKind::Near(near) => names_one_of(&near.left, lists) || names_one_of(&near.right, lists),
    }
}
