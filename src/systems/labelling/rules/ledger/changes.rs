//! What differs between two sets of one name: which outcomes still hold, and which rules have to be looked for.

use std::collections::{HashMap, HashSet};

use super::full_run::FullRun;
use super::outcome::{OutcomeKind, RowOutcome};
use crate::systems::labelling::label::rules::RowLabels;
use crate::systems::labelling::rules::fields_in_use;
use crate::systems::labelling::rules::language::canonical;
use crate::systems::labelling::rules::set::{
    Expression, Fields, Label, Near, Node, NodeKind, Place, Rule, RuleSet,
};

/// The differences of a set from an earlier one.
#[derive(Clone, Debug)]
pub struct Changes {
    /// By label of the earlier set.
    labels: Vec<KeptLabel>,
    /// The set with nothing but the rules and excepts that are not in the earlier one as they are, as the rules of
    /// one label: a row on which one of these is true has to be labelled anew.
    pub looked_for: RuleSet,
}

/// Numbers in the new set of what is the same there.
#[derive(Clone, Debug, Default)]
struct KeptLabel {
    /// `None`: it is gone.
    label: Option<u16>,
    rules: Vec<Option<u32>>,
    excepts: Vec<Option<u32>>,
}

/// What two sets have to have in common, and what differs otherwise.
pub fn compare(old: &RuleSet, new: &RuleSet) -> Result<Changes, Vec<FullRun>> {
    let lists = changed_lists(old, new);
    let reasons = reasons(old, new, &lists);
    if !reasons.is_empty() {
        return Err(reasons);
    }
    let mut numbers: HashMap<&str, u16> = HashMap::new();
    for (label, number) in new.labels.iter().zip(0..) {
        numbers.insert(&label.name, number);
    }
    let mut labels = Vec::with_capacity(old.labels.len());
    let mut is_kept: HashMap<u16, (HashSet<u32>, HashSet<u32>)> = HashMap::new();
    for label in &old.labels {
        let number = numbers.get(label.name.as_str()).copied();
        let kept = match number {
            Some(number) => kept_label(label, &new.labels[usize::from(number)], number, &lists),
            None => KeptLabel {
                label: None,
                rules: vec![None; label.rules.len()],
                excepts: vec![None; label.except.len()],
            },
        };
        if let Some(number) = number {
            let rules = kept.rules.iter().flatten().copied().collect();
            let excepts = kept.excepts.iter().flatten().copied().collect();
            is_kept.insert(number, (rules, excepts));
        }
        labels.push(kept);
    }
    let looked_for = looked_for(new, &is_kept);
    Ok(Changes { labels, looked_for })
}

/// Gives what is the same in both labels its numbers in the new one.
fn kept_label(old: &Label, new: &Label, number: u16, lists: &HashSet<&str>) -> KeptLabel {
    let ids: HashMap<&str, u32> = new.rules.iter().map(|rule| &*rule.id).zip(0..).collect();
    let find = |rule: &Rule| {
        let found = ids.get(rule.id.as_str()).copied()?;
        let is_same = is_same_rule(&old.name, rule, &new.rules[found as usize]);
        (is_same && !names_list(&rule.tree, lists)).then_some(found)
    };
    let mut rules: Vec<Option<u32>> = old.rules.iter().map(find).collect();
    // Of hits at one place the rule that is written first is reported.
    if !rules.iter().flatten().is_sorted() {
        rules = vec![None; rules.len()];
    }
    let mut excepts = HashMap::new();
    for (except, number) in new.except.iter().zip(0..) {
        excepts
            .entry(written("", &except.tree, except.fields))
            .or_insert(number);
    }
    let find = |except: &Expression| {
        let found = excepts.get(&written("", &except.tree, except.fields));
        found.copied().filter(|_| !names_list(&except.tree, lists))
    };
    KeptLabel {
        label: Some(number),
        rules,
        excepts: old.except.iter().map(find).collect(),
    }
}

/// Whether both are true of the same rows, and `match_meta` calls them the same.
fn is_same_rule(label: &str, old: &Rule, new: &Rule) -> bool {
    old.text == new.text
        && written(label, &old.tree, old.fields) == written(label, &new.tree, new.fields)
}

fn written(label: &str, tree: &Node, fields: Option<Fields>) -> String {
    canonical(label, tree, fields)
}

fn looked_for(new: &RuleSet, is_kept: &HashMap<u16, (HashSet<u32>, HashSet<u32>)>) -> RuleSet {
    let (none, mut rules) = (Default::default(), Vec::new());
    for (label, number) in new.labels.iter().zip(0..) {
        let (kept_rules, kept_excepts) = is_kept.get(&number).unwrap_or(&none);
        let changed = label.rules.iter().zip(0..);
        let changed = changed.filter(|(_, rule)| !kept_rules.contains(rule));
        rules.extend(changed.map(|(rule, _)| rule.clone()));
        // The same text twice is one `except`.
        let text = |except: &Expression| written("", &except.tree, except.fields);
        let kept = kept_excepts.iter();
        let kept: HashSet<String> = kept
            .map(|kept| text(&label.except[*kept as usize]))
            .collect();
        let excepts = label.except.iter();
        let excepts = excepts.filter(|except| !kept.contains(&text(except)));
        rules.extend(excepts.map(|except| Rule {
            id: String::new(),
            tree: except.tree.clone(),
            fields: except.fields,
            note: None,
            place: Place::Unknown,
            text: except.text.clone(),
        }));
    }
    let labels = match rules.is_empty() {
        true => Vec::new(),
        false => vec![Label {
            name: new.name.clone(),
            rules,
            except: Vec::new(),
        }],
    };
    RuleSet {
        labels,
        row_labels: RowLabels::All,
        gate: None,
        lists: new.lists.clone(),
        filters: new.filters.clone(),
        name: new.name.clone(),
        ..*new
    }
}

fn reasons(old: &RuleSet, new: &RuleSet, lists: &HashSet<&str>) -> Vec<FullRun> {
    let folding = |set: &RuleSet| (set.normalize, set.variants, set.case_sensitive);
    let differences = [
        (
            old.fields != new.fields || fields_in_use(old) != fields_in_use(new),
            FullRun::Fields,
        ),
        (folding(old) != folding(new), FullRun::Folding),
        (has_other_filters(old, new, lists), FullRun::Filters),
        (old.row_labels != new.row_labels, FullRun::RowLabels),
        (old.exclusive != new.exclusive, FullRun::Exclusive),
        (
            old.author_conflict != new.author_conflict,
            FullRun::AuthorConflict,
        ),
        (has_other_order(old, new), FullRun::LabelOrder),
    ];
    let found = differences.into_iter().filter(|(differs, _)| *differs);
    found.map(|(_, reason)| reason).collect()
}

fn has_other_filters(old: &RuleSet, new: &RuleSet, lists: &HashSet<&str>) -> bool {
    let filters = |set: &RuleSet| -> Vec<_> {
        let filters = set.filters.iter().map(|filter| {
            let expression = &filter.expression;
            let text = written("", &expression.tree, expression.fields);
            (filter.action, text)
        });
        filters.collect()
    };
    let mut trees = new.filters.iter().map(|filter| &filter.expression.tree);
    filters(old) != filters(new) || trees.any(|tree| names_list(tree, lists))
}

/// Labels that are in both sets.
fn has_other_order(old: &RuleSet, new: &RuleSet) -> bool {
    let places = new
        .labels
        .iter()
        .map(|label| label.name.as_str())
        .zip(0_u16..);
    let places: HashMap<&str, u16> = places.collect();
    let common = old.labels.iter();
    let common = common.filter_map(|label| places.get(label.name.as_str()));
    !common.is_sorted()
}

/// Lists that are not in both sets as they are, with those that name one of these.
fn changed_lists<'s>(old: &'s RuleSet, new: &'s RuleSet) -> HashSet<&'s str> {
    let lists = |set: &'s RuleSet| -> HashMap<&'s str, Vec<String>> {
        let lists = set.lists.iter().map(|(name, terms)| {
            let terms = terms.iter().map(|term| written("", term, None));
            (name.as_str(), terms.collect())
        });
        lists.collect()
    };
    let (before, after) = (lists(old), lists(new));
    let names = before.keys().chain(after.keys()).copied();
    let mut changed: HashSet<&str> = names
        .filter(|name| before.get(name) != after.get(name))
        .collect();
    loop {
        let all = old.lists.iter().chain(&new.lists);
        let more = all.filter(|(name, terms)| {
            !changed.contains(name.as_str()) && terms.iter().any(|term| names_list(term, &changed))
        });
        let more: Vec<&str> = more.map(|(name, _)| name.as_str()).collect();
        if more.is_empty() {
            return changed;
        }
        changed.extend(more);
    }
}

fn names_list(node: &Node, lists: &HashSet<&str>) -> bool {
    if lists.is_empty() {
        return false;
    }
    let any = |nodes: &[Node]| nodes.iter().any(|node| names_list(node, lists));
    match &node.kind {
        NodeKind::Keyword(_) | NodeKind::Pattern(_) => false,
        NodeKind::List(name) => lists.contains(name.as_str()),
        NodeKind::And(operands) | NodeKind::Or(operands) => any(operands),
        NodeKind::AtLeast { operands, .. } => any(operands),
        NodeKind::Not(inner) | NodeKind::Group(inner) => names_list(inner, lists),
        NodeKind::Near(near) => {
            let Near { left, right, .. } = &**near;
            names_list(left, lists) || names_list(right, lists)
        }
    }
}

impl Changes {
    /// Gives an outcome of a row on which nothing that is looked for is true the numbers of the new set. Returns
    /// whether it still holds; if not, it is of no use any more.
    pub fn renumber(&self, outcome: &mut RowOutcome) -> bool {
        for (label, rule) in &mut outcome.true_rules {
            match self.new_rule(*label, *rule) {
                Some(found) => (*label, *rule) = found,
                None => return false,
            }
        }
        for of_label in &mut outcome.labels {
            let old = of_label.label;
            match self.new_rule(old, of_label.rule) {
                Some(found) => (of_label.label, of_label.rule) = found,
                None => return false,
            }
            if let OutcomeKind::Excepted(except) = &mut of_label.kind {
                let excepts = &self.labels[usize::from(old)].excepts;
                match excepts.get(*except as usize).copied().flatten() {
                    Some(found) => *except = found,
                    None => return false,
                }
            }
        }
        true
    }

    fn new_rule(&self, label: u16, rule: u32) -> Option<(u16, u32)> {
        let kept = self.labels.get(usize::from(label))?;
        let rule = kept.rules.get(rule as usize).copied().flatten()?;
        Some((kept.label?, rule))
    }
}
