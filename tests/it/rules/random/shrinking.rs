//! Makes a set and a row that show a difference as small as they can be while they show it.

use crate::rules::slow::{Edges, Kind, Row, Rule, Set, Tree, can_be_rule, faults};

/// The smallest pair that is found by one step after the other.
pub fn smallest(set: &Set, row: &Row, differs: impl Fn(&Set, &Row) -> bool) -> (Set, Row) {
    let mut best = (set.clone(), row.clone());
    'steps: loop {
        let rows = smaller_rows(&best.1)
            .into_iter()
            .map(|row| (best.0.clone(), row));
        let sets = smaller_sets(&best.0)
            .into_iter()
            .map(|set| (set, best.1.clone()));
        for (set, row) in sets.chain(rows) {
            if faults(&set).is_empty() && differs(&set, &row) {
                best = (set, row);
                continue 'steps;
            }
        }
        return best;
    }
}

fn smaller_rows(row: &Row) -> Vec<Row> {
    let mut rows = Vec::new();
    for field in 0..row.len() {
        let Some(text) = &row[field] else { continue };
        let mut with = |text: Option<String>| {
            let mut smaller = row.clone();
            smaller[field] = text;
            rows.push(smaller);
        };
        with(None);
        with(Some(text.chars().take(text.chars().count() / 2).collect()));
        with(Some(text.chars().skip(text.chars().count() / 2).collect()));
        for text in shorter(text) {
            with(Some(text));
        }
    }
    rows.retain(|smaller| smaller != row);
    rows
}

/// The text without one of its characters.
fn shorter(text: &str) -> Vec<String> {
    let without = |left_out: usize| {
        let kept = text.chars().enumerate().filter(|(i, _)| *i != left_out);
        kept.map(|(_, character)| character).collect()
    };
    (0..text.chars().count()).map(without).collect()
}

fn smaller_sets(set: &Set) -> Vec<Set> {
    let mut sets = Vec::new();
    let mut with = |change: &dyn Fn(&mut Set)| {
        let mut smaller = set.clone();
        change(&mut smaller);
        if smaller != *set {
            sets.push(smaller);
        }
    };
    for i in 0..set.labels.len() {
        with(&|set| drop(set.labels.remove(i)));
    }
    for i in 0..set.filters.len() {
        with(&|set| drop(set.filters.remove(i)));
    }
    for i in 0..set.lists.len() {
        with(&|set| drop(set.lists.remove(i)));
        for term in 0..set.lists[i].1.len() {
            with(&|set| drop(set.lists[i].1.remove(term)));
            for tree in smaller_trees(&set.lists[i].1[term]) {
                with(&|set| set.lists[i].1[term] = tree.clone());
            }
        }
    }
    with(&|set| set.folding.nfkc = false);
    with(&|set| set.folding.han = false);
    with(&|set| set.folding.case_sensitive = false);
    with(&|set| set.all_labels = true);
    with(&|set| set.fields = vec![2]);
    for i in 0..set.filters.len() {
        for rule in smaller_rules(&set.filters[i].rule) {
            with(&|set| set.filters[i].rule = rule.clone());
        }
    }
    for i in 0..set.labels.len() {
        for j in 0..set.labels[i].rules.len() {
            with(&|set| drop(set.labels[i].rules.remove(j)));
            for rule in smaller_rules(&set.labels[i].rules[j]) {
                with(&|set| set.labels[i].rules[j] = rule.clone());
            }
        }
        for j in 0..set.labels[i].except.len() {
            with(&|set| drop(set.labels[i].except.remove(j)));
            for rule in smaller_rules(&set.labels[i].except[j]) {
                with(&|set| set.labels[i].except[j] = rule.clone());
            }
        }
    }
    sets.retain(|set| set.labels.iter().all(|label| !label.rules.is_empty()));
    sets
}

fn smaller_rules(rule: &Rule) -> Vec<Rule> {
    let mut rules: Vec<Rule> = smaller_trees(&rule.tree)
        .into_iter()
        .filter(can_be_rule)
        .map(|tree| Rule {
            tree,
            ..rule.clone()
        })
        .collect();
    if rule.fields.is_some() {
        rules.insert(
            0,
            Rule {
                fields: None,
                ..rule.clone()
            },
        );
    }
    rules
}

/// Trees with less in them; not all of them can be a rule.
fn smaller_trees(tree: &Tree) -> Vec<Tree> {
    let mut kinds: Vec<Kind> = Vec::new();
    let mut trees = Vec::new();
    match &tree.kind {
        Kind::Keyword { text, edges, raw } => {
            let with = |text: &str, edges: Edges, raw: bool| Kind::Keyword {
                text: text.to_owned(),
                edges,
                raw,
            };
            if *raw {
                kinds.push(with(text, *edges, false));
            }
            if *edges != Edges::Partially {
                kinds.push(with(text, Edges::Partially, *raw));
            }
            let texts = shorter(text).into_iter().filter(|text| !text.is_empty());
            kinds.extend(texts.map(|text| with(&text, *edges, *raw)));
        }
        Kind::Pattern(pattern) => {
            kinds.extend(shorter(pattern).into_iter().map(Kind::Pattern));
        }
        Kind::List(_) => {}
        Kind::And(operands) => {
            trees.extend(operands.iter().cloned());
            kinds.extend(fewer(operands, 2).into_iter().map(Kind::And));
        }
        Kind::Or(operands) => {
            trees.extend(operands.iter().cloned());
            kinds.extend(fewer(operands, 2).into_iter().map(Kind::Or));
        }
        Kind::AtLeast(count, operands) => {
            trees.extend(operands.iter().cloned());
            let least = (*count).max(1);
            kinds.extend(
                fewer(operands, least)
                    .into_iter()
                    .map(|operands| Kind::AtLeast(*count, operands)),
            );
        }
        Kind::Not(inner) => {
            trees.push((**inner).clone());
            kinds.extend(
                smaller_trees(inner)
                    .into_iter()
                    .map(|inner| Kind::Not(Box::new(inner))),
            );
        }
        Kind::Group(inner) => {
            trees.push((**inner).clone());
            kinds.extend(
                smaller_trees(inner)
                    .into_iter()
                    .map(|inner| Kind::Group(Box::new(inner))),
            );
        }
        Kind::Near {
            left,
            right,
            distance,
            characters,
            ordered,
        } => {
            trees.push((**left).clone());
            trees.push((**right).clone());
            let with = |left: &Tree, right: &Tree| Kind::Near {
                left: Box::new(left.clone()),
                right: Box::new(right.clone()),
                distance: *distance,
                characters: *characters,
                ordered: *ordered,
            };
            kinds.extend(smaller_trees(left).iter().map(|left| with(left, right)));
            kinds.extend(smaller_trees(right).iter().map(|right| with(left, right)));
        }
    }
    trees.extend(kinds.into_iter().map(|kind| Tree {
        kind,
        fields: tree.fields.clone(),
    }));
    if tree.fields.is_some() && !matches!(tree.kind, Kind::Group(_)) {
        trees.push(Tree::new(tree.kind.clone()));
    }
    trees
}

/// The operands without one of them, or with one that is smaller.
fn fewer(operands: &[Tree], least: usize) -> Vec<Vec<Tree>> {
    let mut all = Vec::new();
    for i in 0..operands.len() {
        if operands.len() > least {
            let mut fewer = operands.to_vec();
            fewer.remove(i);
            all.push(fewer);
        }
        for smaller in smaller_trees(&operands[i]) {
            let mut changed = operands.to_vec();
            changed[i] = smaller;
            all.push(changed);
        }
    }
    all
}
