//! What is different between two sets: options, lists and filters, labels, rules and excepts.

use std::collections::{BTreeSet, HashMap, HashSet};

use serde::Serialize;
use serde_json::Value;

use super::document::Document;
use super::language::{canonical, shown, write};
use super::set::{Label, Rule, RuleSet};

/// All differences, in the order of the newer set; what was removed in that of the older.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Diff {
    pub options: Vec<OptionChange>,
    pub labels: LabelChanges,
    pub rules: RuleChanges,
    pub excepts: ExceptChanges,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OptionChange {
    /// Such as `normalize`, `lists.brands` or `filters`.
    pub key: String,
    pub from: Value,
    pub to: Value,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct LabelChanges {
    pub added: Vec<String>,
    pub removed: Vec<String>,
    /// The order decides: with `row_labels: first` the first label is given.
    pub moved: Vec<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct RuleChanges {
    pub added: Vec<ChangedRule>,
    pub removed: Vec<ChangedRule>,
    /// Those with one id that say something else now.
    pub altered: Vec<AlteredRule>,
    /// Those that stand elsewhere among the rules that are in both.
    pub moved: Vec<MovedRule>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ExceptChanges {
    pub added: Vec<ChangedExcept>,
    pub removed: Vec<ChangedExcept>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ChangedRule {
    pub label: String,
    pub rule: String,
    pub text: String,
    pub place: String,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AlteredRule {
    pub label: String,
    pub rule: String,
    pub from: String,
    pub to: String,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MovedRule {
    pub label: String,
    pub rule: String,
    pub text: String,
    /// Numbers in the label, from 1.
    pub from: usize,
    pub to: usize,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ChangedExcept {
    pub label: String,
    pub text: String,
    pub place: String,
}

impl Diff {
    pub fn of(older: &Document, newer: &Document) -> Self {
        Self {
            options: options(older, newer),
            labels: labels(&older.set, &newer.set),
            rules: RuleChanges::of(&older.set, &newer.set),
            excepts: excepts(&older.set, &newer.set),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.options.is_empty()
            && self.labels == LabelChanges::default()
            && self.rules == RuleChanges::default()
            && self.excepts == ExceptChanges::default()
    }

    /// One line for each difference.
    pub fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for option in &self.options {
            lines.push(format!(
                "option {}: {} → {}",
                option.key, option.from, option.to
            ));
        }
        let labels = [
            ("+", &self.labels.added),
            ("-", &self.labels.removed),
            ("moved", &self.labels.moved),
        ];
        for (sign, names) in labels {
            lines.extend(names.iter().map(|name| format!("label {sign} {name}")));
        }
        for (sign, rules) in [("-", &self.rules.removed), ("+", &self.rules.added)] {
            lines.extend(rules.iter().map(|rule| {
                let ChangedRule {
                    label, text, place, ..
                } = rule;
                format!("{label} {sign} {text}  ({place})")
            }));
        }
        for rule in &self.rules.altered {
            let AlteredRule {
                label,
                rule,
                from,
                to,
            } = rule;
            lines.push(format!("{label} {rule}: {from} → {to}"));
        }
        for rule in &self.rules.moved {
            let MovedRule {
                label,
                text,
                from,
                to,
                ..
            } = rule;
            lines.push(format!("{label} moved {text}: {from} → {to}"));
        }
        for (sign, excepts) in [("-", &self.excepts.removed), ("+", &self.excepts.added)] {
            lines.extend(excepts.iter().map(|except| {
                let ChangedExcept { label, text, place } = except;
                format!("{label} except {sign} {text}  ({place})")
            }));
        }
        lines
    }
}

impl RuleChanges {
    pub fn of(older: &RuleSet, newer: &RuleSet) -> Self {
        rules(older, newer)
    }
}

/// Everything but labels, as its canonical JSON says it.
fn options(older: &Document, newer: &Document) -> Vec<OptionChange> {
    let (from, to) = (said(older), said(newer));
    let keys: BTreeSet<&String> = from.keys().chain(to.keys()).collect();
    let value =
        |said: &HashMap<String, Value>, key: &str| said.get(key).cloned().unwrap_or(Value::Null);
    let changes = keys.into_iter().map(|key| OptionChange {
        key: key.clone(),
        from: value(&from, key),
        to: value(&to, key),
    });
    changes.filter(|change| change.from != change.to).collect()
}

fn said(document: &Document) -> HashMap<String, Value> {
    let mut options = HashMap::new();
    for (key, value) in document.canonical_options() {
        match value {
            Value::Object(lists) if key == "lists" => {
                let lists = lists.into_iter();
                options.extend(lists.map(|(name, list)| (format!("lists.{name}"), list)));
            }
            value => drop(options.insert(key, value)),
        }
    }
    options
}

fn labels(older: &RuleSet, newer: &RuleSet) -> LabelChanges {
    let names = |set: &RuleSet| -> Vec<String> {
        set.labels.iter().map(|label| label.name.clone()).collect()
    };
    let (from, to) = (names(older), names(newer));
    let before: HashMap<&str, usize> = numbered(&from);
    let after: HashSet<&str> = to.iter().map(String::as_str).collect();
    let common: Vec<(usize, &String)> = to
        .iter()
        .filter_map(|name| Some((*before.get(name.as_str())?, name)))
        .collect();
    let places: Vec<usize> = common.iter().map(|(place, _)| *place).collect();
    let moved = moved(&places).into_iter();
    LabelChanges {
        added: to
            .iter()
            .filter(|name| !before.contains_key(name.as_str()))
            .cloned()
            .collect(),
        removed: from
            .iter()
            .filter(|name| !after.contains(name.as_str()))
            .cloned()
            .collect(),
        moved: moved.map(|index| common[index].1.clone()).collect(),
    }
}

fn numbered(names: &[String]) -> HashMap<&str, usize> {
    let names = names.iter().enumerate();
    names
        .map(|(number, name)| (name.as_str(), number))
        .collect()
}

/// A rule with its label and its number there.
type Placed<'s> = (&'s Label, usize, &'s Rule);

fn by_id(set: &RuleSet) -> HashMap<&str, Placed<'_>> {
    all(set)
        .map(|placed| (placed.2.id.as_str(), placed))
        .collect()
}

fn all(set: &RuleSet) -> impl Iterator<Item = Placed<'_>> {
    let labels = set.labels.iter();
    labels.flat_map(|label| {
        let rules = label.rules.iter().enumerate();
        rules.map(move |(number, rule)| (label, number, rule))
    })
}

fn rules(older: &RuleSet, newer: &RuleSet) -> RuleChanges {
    let (from, to) = (by_id(older), by_id(newer));
    let mut changes = RuleChanges::default();
    for (label, _, rule) in all(older) {
        if !to.contains_key(rule.id.as_str()) {
            changes.removed.push(changed(label, rule));
        }
    }
    // Rules that are in both in one label, by the label.
    let mut common: HashMap<&str, Vec<(usize, usize, &Rule)>> = HashMap::new();
    for (label, number, rule) in all(newer) {
        let Some((label_before, number_before, before)) = from.get(rule.id.as_str()).copied()
        else {
            changes.added.push(changed(label, rule));
            continue;
        };
        let (said_before, said) = (said_by(label_before, before), said_by(label, rule));
        if said_before != said {
            changes.altered.push(AlteredRule {
                label: label.name.clone(),
                rule: rule.id.clone(),
                from: said_before,
                to: said,
            });
        }
        if label_before.name == label.name {
            let common = common.entry(label.name.as_str()).or_default();
            common.push((number_before, number, rule));
        }
    }
    for label in &newer.labels {
        let Some(common) = common.get(label.name.as_str()) else {
            continue;
        };
        let before: Vec<usize> = common.iter().map(|(before, _, _)| *before).collect();
        for index in moved(&before) {
            let (from, to, rule) = common[index];
            changes.moved.push(MovedRule {
                label: label.name.clone(),
                rule: rule.id.clone(),
                text: text(rule),
                from: from + 1,
                to: to + 1,
            });
        }
    }
    changes
}

fn changed(label: &Label, rule: &Rule) -> ChangedRule {
    ChangedRule {
        label: label.name.clone(),
        rule: rule.id.clone(),
        text: text(rule),
        place: rule.place.to_string(),
    }
}

/// Everything that a rule says, for people.
fn said_by(label: &Label, rule: &Rule) -> String {
    let mut said = format!("{} {}", label.name, write(&rule.tree));
    if let Some(fields) = rule.fields {
        let names: Vec<&str> = fields.iter().map(|field| field.as_str()).collect();
        said.push_str(&format!(" in {}", names.join(", ")));
    }
    if let Some(note) = &rule.note {
        said.push_str(&format!(" ({note})"));
    }
    said
}

fn text(rule: &Rule) -> String {
    shown(&write(&rule.tree))
}

fn excepts(older: &RuleSet, newer: &RuleSet) -> ExceptChanges {
    ExceptChanges {
        added: excepts_without(newer, older),
        removed: excepts_without(older, newer),
    }
}

/// Those of one set that the other does not have.
fn excepts_without(set: &RuleSet, other: &RuleSet) -> Vec<ChangedExcept> {
    let known: HashSet<String> = other
        .labels
        .iter()
        .flat_map(|label| {
            let excepts = label.except.iter();
            excepts.map(|except| canonical(&label.name, &except.tree, except.fields))
        })
        .collect();
    let mut without = Vec::new();
    for label in &set.labels {
        for except in &label.except {
            if !known.contains(&canonical(&label.name, &except.tree, except.fields)) {
                without.push(ChangedExcept {
                    label: label.name.clone(),
                    text: shown(&write(&except.tree)),
                    place: except.place.to_string(),
                });
            }
        }
    }
    without
}

/// The fewest elements that have to move for the rest to be in ascending order, by their indexes.
fn moved(places: &[usize]) -> Vec<usize> {
    // Of each length the run with the least last element, by the index of that element.
    let mut ends: Vec<usize> = Vec::new();
    let mut before: Vec<Option<usize>> = Vec::with_capacity(places.len());
    for (index, place) in places.iter().enumerate() {
        let length = ends.partition_point(|end| places[*end] < *place);
        before.push(length.checked_sub(1).map(|shorter| ends[shorter]));
        match ends.get_mut(length) {
            Some(end) => *end = index,
            None => ends.push(index),
        }
    }
    let mut stays = vec![false; places.len()];
    let mut last = ends.last().copied();
    while let Some(index) = last {
        stays[index] = true;
        last = before[index];
    }
    (0..places.len()).filter(|index| !stays[*index]).collect()
}

#[cfg(test)]
mod tests;
