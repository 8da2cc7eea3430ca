//! What is counted of the rows that take part, exact and the same in whatever order they come.
//!
//! A label is *matched* on a row if a rule of it is true and no `except` takes it away, and *given* if
//! `row_labels` then chooses it.

use std::collections::HashMap;
use std::sync::Arc;

use super::pairs::Pairs;
use crate::systems::labelling::rules::matching::{Outcome, Verdict};
use crate::systems::labelling::rules::set::RuleSet;

/// Counts of rows, labels, pairs, groups and rules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counts {
    pub received: u64,
    /// By a filter.
    pub dropped: u64,
    /// Rows with a matched label.
    pub covered: u64,
    /// Rows with two or more of them.
    pub overlapping: u64,
    /// Rows with a given label.
    pub labelled: u64,
    /// In the order of the set.
    pub labels: Vec<LabelCounts>,
    /// Labels that are matched on the same row.
    pub pairs: Pairs,
    /// By number of the group.
    pub groups: Vec<GroupCounts>,
    /// Label after label.
    pub(super) rules: Vec<RuleCounts>,
    /// By label: the number of its first rule; behind them that of all rules.
    starts: Arc<[u32]>,
    row: RowInHand,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LabelCounts {
    pub matched: u64,
    pub given: u64,
    pub excepted: u64,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GroupCounts {
    pub received: u64,
    pub covered: u64,
    /// Rows with a given label.
    pub labelled: u64,
    /// Rows by given label.
    pub given: HashMap<u16, u64>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RuleCounts {
    /// Rows on which it is true.
    pub hits: u64,
    /// Rows on which it is the reason that is reported of a matched label.
    pub first: u64,
    /// Rows on which it is the only true rule of a matched label.
    pub unique: u64,
}

/// A matched label of a row, as matchers report it that know nothing of other true rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LabelFound {
    pub label: u16,
    /// The reported rule, counted in its label; a model has none.
    pub rule: Option<u32>,
    pub is_given: bool,
}

/// Buffers that are empty between rows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct RowInHand {
    /// By label: how many of its rules are true.
    true_rules: Vec<u32>,
    found: Vec<LabelFound>,
}

impl Counts {
    /// Nothing yet, of the rows of a set in so many groups; without groups, rows are counted in none.
    pub fn new(set: &RuleSet, groups: usize) -> Self {
        Self::of_labels(set.labels.iter().map(|label| label.rules.len()), groups)
    }

    /// Nothing yet, of labels that have so many rules each.
    pub fn of_labels(rules: impl IntoIterator<Item = usize>, groups: usize) -> Self {
        let mut starts = vec![0];
        let mut total = 0;
        for rules in rules {
            total += rules as u32;
            starts.push(total);
        }
        let labels = starts.len() - 1;
        Self {
            received: 0,
            dropped: 0,
            covered: 0,
            overlapping: 0,
            labelled: 0,
            labels: vec![LabelCounts::default(); labels],
            pairs: Pairs::default(),
            groups: vec![GroupCounts::default(); groups],
            rules: vec![RuleCounts::default(); total as usize],
            starts: starts.into(),
            row: RowInHand {
                true_rules: vec![0; labels],
                found: Vec::new(),
            },
        }
    }

    /// Nothing again, of the same set.
    pub fn clear(&mut self) {
        let Self { starts, labels, .. } = &*self;
        let empty = Self {
            received: 0,
            dropped: 0,
            covered: 0,
            overlapping: 0,
            labelled: 0,
            labels: vec![LabelCounts::default(); labels.len()],
            pairs: Pairs::default(),
            groups: vec![GroupCounts::default(); self.groups.len()],
            rules: vec![RuleCounts::default(); self.rules.len()],
            starts: Arc::clone(starts),
            row: std::mem::take(&mut self.row),
        };
        *self = empty;
    }

    /// Counts a row that takes part, by the verdict of `find_with_rules`.
    pub fn receive(&mut self, group: usize, verdict: &Verdict) {
        if verdict.dropped.is_some() {
            self.dropped += 1;
            return self.receive_found(group, &[]);
        }
        for found in &verdict.true_rules {
            self.row.true_rules[usize::from(found.label)] += 1;
            self.rule_mut(found.label, found.rule).hits += 1;
        }
        let mut matched = std::mem::take(&mut self.row.found);
        for label in &verdict.labels {
            let (of_label, rule) = (label.reported.label, label.reported.rule);
            if matches!(label.outcome, Outcome::Excepted { .. }) {
                self.labels[usize::from(of_label)].excepted += 1;
                continue;
            }
            if self.row.true_rules[usize::from(of_label)] == 1 {
                self.rule_mut(of_label, rule).unique += 1;
            }
            matched.push(LabelFound {
                label: of_label,
                rule: Some(rule),
                is_given: label.outcome == Outcome::Given,
            });
        }
        for found in &verdict.true_rules {
            self.row.true_rules[usize::from(found.label)] = 0;
        }
        self.receive_found(group, &matched);
        matched.clear();
        self.row.found = matched;
    }

    /// Counts a row that takes part, by its matched labels in the order of the set.
    pub fn receive_found(&mut self, group: usize, matched: &[LabelFound]) {
        self.received += 1;
        let is_labelled = matched.iter().any(|found| found.is_given);
        self.covered += u64::from(!matched.is_empty());
        self.overlapping += u64::from(matched.len() > 1);
        self.labelled += u64::from(is_labelled);
        for (place, found) in matched.iter().enumerate() {
            let label = &mut self.labels[usize::from(found.label)];
            label.matched += 1;
            label.given += u64::from(found.is_given);
            if let Some(rule) = found.rule {
                self.rule_mut(found.label, rule).first += 1;
            }
            for other in &matched[..place] {
                self.pairs.add(other.label, found.label, 1);
            }
        }
        let Some(group) = self.groups.get_mut(group) else {
            return;
        };
        group.received += 1;
        group.covered += u64::from(!matched.is_empty());
        group.labelled += u64::from(is_labelled);
        for found in matched.iter().filter(|found| found.is_given) {
            *group.given.entry(found.label).or_default() += 1;
        }
    }

    /// Adds the counts of other rows of the same set.
    ///
    /// # Panics
    ///
    /// Panics if they are of another set.
    pub fn add(&mut self, other: &Self) {
        assert_eq!(self.starts, other.starts, "counts of another set");
        assert_eq!(self.groups.len(), other.groups.len(), "other groups");
        self.received += other.received;
        self.dropped += other.dropped;
        self.covered += other.covered;
        self.overlapping += other.overlapping;
        self.labelled += other.labelled;
        for (sum, more) in self.labels.iter_mut().zip(&other.labels) {
            sum.add(*more);
        }
        for (sum, more) in self.rules.iter_mut().zip(&other.rules) {
            sum.add(*more);
        }
        self.pairs.add_all(&other.pairs);
        for (sum, more) in self.groups.iter_mut().zip(&other.groups) {
            sum.received += more.received;
            sum.covered += more.covered;
            sum.labelled += more.labelled;
            for (label, rows) in &more.given {
                *sum.given.entry(*label).or_default() += rows;
            }
        }
    }

    /// Of a rule, counted in its label.
    pub fn rule(&self, label: usize, rule: usize) -> RuleCounts {
        self.of_rules(label)[rule]
    }

    /// Of the rules of a label, in their order.
    pub fn of_rules(&self, label: usize) -> &[RuleCounts] {
        &self.rules[self.starts[label] as usize..self.starts[label + 1] as usize]
    }

    fn rule_mut(&mut self, label: u16, rule: u32) -> &mut RuleCounts {
        &mut self.rules[(self.starts[usize::from(label)] + rule) as usize]
    }
}

impl LabelCounts {
    pub(super) fn add(&mut self, more: Self) {
        self.matched += more.matched;
        self.given += more.given;
        self.excepted += more.excepted;
    }
}

impl RuleCounts {
    pub(super) fn add(&mut self, more: Self) {
        self.hits += more.hits;
        self.first += more.first;
        self.unique += more.unique;
    }
}
