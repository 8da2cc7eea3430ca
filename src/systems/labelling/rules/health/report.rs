//! Health as callers read it: shares, labels, pairs, groups, drift, rules that do nothing or everything.

use serde::{Serialize, Serializer};

use super::counts::Counts;
use super::drift::{GivenRows, drift};
use super::facts::{Facts, Members};
use super::named::NamedSet;
use super::rule_list::{RuleHealth, is_dominant};

/// The report on a run. What is not known, or not yet, is missing.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Report {
    pub received: u64,
    pub dropped: u64,
    /// Rows with a matched label.
    pub covered: u64,
    pub coverage: Figure,
    /// Rows with two or more of them ÷ received.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub overlap: Option<Figure>,
    /// Authors with two or more staged panels ÷ authors with one or more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub conflict: Option<Figure>,
    /// In the order of the set.
    pub labels: InOrder<LabelHealth>,
    /// `food+tea`: rows on which both are matched.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pairs: Option<InOrder<u64>>,
    pub groups: InOrder<GroupHealth>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub drift: Option<Figure>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub against: Option<Against>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub entered: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub left: Option<u64>,
    /// Rules that are true on no row.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dead: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dominant: Option<Vec<Dominant>>,
    /// Where the rules are listed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rules: Option<String>,
    /// Figures that these rules or this model cannot tell.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub not_known: Vec<&'static str>,
    /// Members of the job that this one is compared with.
    #[serde(skip)]
    pub members_before: Option<u64>,
}

/// A figure that is shown with six decimals at most.
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd)]
pub struct Figure(pub f64);

#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct LabelHealth {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub matched: Option<u64>,
    pub given: u64,
    pub excepted: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub members: Option<u64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct GroupHealth {
    pub received: u64,
    pub covered: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub drift: Option<Figure>,
}

/// The last published job of the same set, source and table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Against {
    pub job: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<i32>,
}

/// A rule that is the reason of half of the rows of its label, or more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Dominant {
    pub rule: String,
    pub label: String,
    pub first: u64,
}

/// Names with what belongs to them, written as an object.
#[derive(Clone, Debug, PartialEq)]
pub struct InOrder<T>(pub Vec<(String, T)>);

impl Report {
    /// `groups`: their names, as many as were counted.
    pub fn of(counts: &Counts, set: &NamedSet, groups: &[String], facts: &Facts) -> Self {
        let known = set.known;
        let earlier = facts.earlier.as_ref();
        let share = |rows| Figure::share(rows, counts.received);
        let authors = facts.authors;
        let (now, before) = (counts.given_rows(&set.labels), earlier);
        let pairs = counts.pairs.in_order().filter(|_| known.all_labels);
        let members = facts.members.as_ref();
        let mut report = Self {
            received: counts.received,
            dropped: counts.dropped,
            covered: counts.covered,
            coverage: share(counts.covered),
            overlap: known.all_labels.then(|| share(counts.overlapping)),
            conflict: authors.map(|authors| Figure::share(authors.conflicting, authors.all)),
            labels: labels(counts, set, members),
            pairs: pairs.map(|pairs| named_pairs(pairs, &set.labels)),
            groups: InOrder(Vec::new()),
            drift: before.and_then(|before| drift(&now, &before.given).map(Figure)),
            against: before.map(|before| Against {
                job: before.job.clone(),
                version: before.version,
            }),
            entered: members.and_then(|members| members.entered),
            left: members.and_then(|members| members.left),
            dead: known.all_rules.then(|| dead(counts)),
            dominant: known.reported_rules.then(|| dominant(counts, set)),
            rules: None,
            not_known: Vec::new(),
            members_before: before.map(|before| before.members),
        };
        let of_groups = groups.iter().zip(&counts.groups).map(|(name, group)| {
            let rows_before = earlier.and_then(|earlier| group_of(&earlier.groups, name));
            let rows_now = group.given_rows(&set.labels);
            let health = GroupHealth {
                received: group.received,
                covered: group.covered,
                drift: rows_before.and_then(|before| drift(&rows_now, before).map(Figure)),
            };
            (name.clone(), health)
        });
        report.groups = InOrder(of_groups.collect());
        report.not_known = not_known(set, report.pairs.is_some());
        report
    }

    /// Members of all labels.
    pub fn members(&self) -> Option<u64> {
        self.labels.0.iter().map(|(_, label)| label.members).sum()
    }

    /// Where the rules of a job are listed.
    #[must_use]
    pub fn of_job(mut self, job: &str) -> Self {
        if self.dominant.is_some() {
            self.rules = Some(format!("/v1/jobs/{job}/health/rules"));
        }
        self
    }
}

impl Figure {
    /// 0 of nothing.
    pub fn share(part: u64, whole: u64) -> Self {
        match whole {
            0 => Self(0.0),
            whole => Self(part as f64 / whole as f64),
        }
    }

    /// As it is shown.
    pub fn rounded(self) -> f64 {
        let rounded = (self.0 * 1e6).round() / 1e6;
        // Not `-0.0`.
        rounded + 0.0
    }
}

impl Serialize for Figure {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(self.rounded())
    }
}

impl<T> Default for InOrder<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> InOrder<T> {
    pub fn get(&self, name: &str) -> Option<&T> {
        let mut all = self.0.iter();
        all.find(|(found, _)| found == name).map(|(_, item)| item)
    }
}

impl<T: Serialize> Serialize for InOrder<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, item)| (name, item)))
    }
}

fn labels(counts: &Counts, set: &NamedSet, members: Option<&Members>) -> InOrder<LabelHealth> {
    let named = set.labels.iter().zip(&counts.labels).enumerate();
    let labels = named.map(|(place, (name, label))| {
        let of_label = |members: &Members| members.of_labels.get(place).copied();
        let health = LabelHealth {
            matched: set.known.all_labels.then_some(label.matched),
            given: label.given,
            excepted: label.excepted,
            members: members.and_then(of_label),
        };
        (name.clone(), health)
    });
    InOrder(labels.collect())
}

fn named_pairs(pairs: Vec<((u16, u16), u64)>, labels: &[String]) -> InOrder<u64> {
    let named = pairs.into_iter().map(|((one, other), rows)| {
        let (one, other) = (&labels[usize::from(one)], &labels[usize::from(other)]);
        (format!("{one}+{other}"), rows)
    });
    InOrder(named.collect())
}

fn group_of<'g>(groups: &'g [(String, GivenRows)], name: &str) -> Option<&'g GivenRows> {
    let mut groups = groups.iter();
    groups
        .find(|(found, _)| found == name)
        .map(|(_, rows)| rows)
}

fn dead(counts: &Counts) -> u64 {
    let rules = counts.rules.iter();
    rules.filter(|rule| rule.hits == 0).count() as u64
}

fn dominant(counts: &Counts, set: &NamedSet) -> Vec<Dominant> {
    let mut found = Vec::new();
    for (label, name) in set.labels.iter().enumerate() {
        for (rule, named) in set.rules[label].iter().enumerate() {
            if is_dominant(counts, label, rule) {
                found.push(Dominant {
                    rule: named.id.clone(),
                    label: name.clone(),
                    first: counts.rule(label, rule).first,
                });
            }
        }
    }
    found
}

/// In words of the report and of the list of rules.
fn not_known(set: &NamedSet, has_pairs: bool) -> Vec<&'static str> {
    let known = set.known;
    let mut missing = Vec::new();
    if !known.all_labels {
        missing.extend(["overlap", "labels.matched"]);
    }
    if !has_pairs {
        missing.push("pairs");
    }
    if !known.reported_rules {
        missing.extend(["dominant", "rules"]);
    } else if !known.all_rules {
        missing.extend(["dead", "rules.hits", "rules.unique"]);
    }
    missing
}

impl RuleHealth {
    /// Of one rule.
    pub fn of(counts: &Counts, set: &NamedSet, label: usize, rule: usize) -> Self {
        let (named, found) = (&set.rules[label][rule], counts.rule(label, rule));
        let all = set.known.all_rules;
        Self {
            rule: named.id.clone(),
            label: set.labels[label].clone(),
            text: named.text.clone(),
            hits: all.then_some(found.hits),
            first: found.first,
            unique: all.then_some(found.unique),
            dead: all.then_some(found.hits == 0),
            dominant: is_dominant(counts, label, rule),
        }
    }
}
