//! The rules of a set with their figures, in some order and page by page.

use serde::Serialize;
use strum::{IntoStaticStr, VariantArray};

use super::counts::{Counts, RuleCounts};
use super::named::NamedSet;

/// A rule in lists.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RuleHealth {
    pub rule: String,
    pub label: String,
    pub text: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hits: Option<u64>,
    pub first: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unique: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dead: Option<bool>,
    pub dominant: bool,
}

/// Those with equal figures stand as in the set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "snake_case")]
pub enum RuleOrder {
    /// Those that are true on the fewest rows first: dead ones at the beginning.
    #[default]
    Hits,
    MostHits,
    First,
    MostFirst,
    Unique,
    MostUnique,
    /// As the set is written.
    Written,
}

/// Which rules are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "snake_case")]
pub enum RuleChoice {
    Dead,
    Dominant,
}

/// What a caller asks of the list.
#[derive(Clone, Copy, Debug, Default)]
pub struct RulesWanted {
    pub order: RuleOrder,
    /// By number.
    pub label: Option<usize>,
    pub only: Option<RuleChoice>,
}

/// The place of a rule in an order, to continue behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RulePlace {
    figure: u64,
    /// Among all rules of the set.
    number: u32,
}

/// Half of the rows of its label or more, which has other rules.
pub fn is_dominant(counts: &Counts, label: usize, rule: usize) -> bool {
    let rules = counts.of_rules(label);
    let (first, matched) = (rules[rule].first, counts.labels[label].matched);
    rules.len() > 1 && first > 0 && 2 * first >= matched
}

/// Up to so many rules behind a place, and the place of the last of them if there are more.
pub fn list(
    counts: &Counts,
    set: &NamedSet,
    wanted: RulesWanted,
    behind: Option<RulePlace>,
    most: usize,
) -> (Vec<RuleHealth>, Option<RulePlace>) {
    let order = wanted.order.as_known(set);
    let mut found: Vec<(RulePlace, u32, u32)> = Vec::new();
    let mut number = 0;
    for (label, rules) in set.rules.iter().enumerate() {
        for rule in 0..rules.len() {
            let place = RulePlace {
                figure: order.figure(counts.rule(label, rule)),
                number,
            };
            number += 1;
            if behind.is_none_or(|behind| place > behind)
                && wanted.label.is_none_or(|wanted| wanted == label)
                && wanted
                    .only
                    .is_none_or(|only| only.takes(counts, label, rule))
            {
                found.push((place, label as u32, rule as u32));
            }
        }
    }
    let has_more = found.len() > most;
    if has_more {
        found.select_nth_unstable(most);
        found.truncate(most);
    }
    found.sort_unstable();
    let last = found.last().map(|(place, _, _)| *place);
    let rules = found
        .into_iter()
        .map(|(_, label, rule)| RuleHealth::of(counts, set, label as usize, rule as usize));
    (rules.collect(), last.filter(|_| has_more))
}

impl RuleOrder {
    /// By the reported rules, where nothing else is known.
    fn as_known(self, set: &NamedSet) -> Self {
        match self {
            order if set.known.all_rules => order,
            Self::Hits | Self::Unique => Self::First,
            Self::MostHits | Self::MostUnique => Self::MostFirst,
            order => order,
        }
    }

    /// What comes first has the least.
    fn figure(self, rule: RuleCounts) -> u64 {
        match self {
            Self::Hits => rule.hits,
            Self::MostHits => u64::MAX - rule.hits,
            Self::First => rule.first,
            Self::MostFirst => u64::MAX - rule.first,
            Self::Unique => rule.unique,
            Self::MostUnique => u64::MAX - rule.unique,
            Self::Written => 0,
        }
    }
}

impl RuleChoice {
    fn takes(self, counts: &Counts, label: usize, rule: usize) -> bool {
        match self {
            Self::Dead => counts.rule(label, rule).hits == 0,
            Self::Dominant => is_dominant(counts, label, rule),
        }
    }
}

impl RulePlace {
    /// As callers hand it back.
    pub fn to_text(self) -> String {
        format!("{:x}-{:x}", self.figure, self.number)
    }

    pub fn of_text(text: &str) -> Option<Self> {
        let (figure, number) = text.split_once('-')?;
        Some(Self {
            figure: u64::from_str_radix(figure, 16).ok()?,
            number: u32::from_str_radix(number, 16).ok()?,
        })
    }
}
