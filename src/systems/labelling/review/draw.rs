//! Draws rows: of each stratum those with the least hashes, which anybody can calculate again.

use std::collections::{BTreeMap, BinaryHeap};

use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr};

use crate::systems::labelling::rules::preview::RowKey;

/// What tells strata apart.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    IntoStaticStr,
    EnumString,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum By {
    Label,
    Group,
    /// `YYYY-MM` of the row's time, as it is published.
    Month,
    /// The rule that is the reason.
    Rule,
}

/// What is known of a row before it is drawn.
#[derive(Clone, Copy, Debug)]
pub struct RowFacts<'r> {
    pub id: &'r str,
    pub group: &'r str,
    /// Empty: it has none.
    pub label: &'r str,
    pub rule: &'r str,
    /// `YYYY-MM-DD…`
    pub time: &'r str,
}

/// A drawn row, least hash first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Drawn<T> {
    pub key: RowKey,
    pub id: String,
    /// What its drawer keeps of it.
    pub row: T,
}

/// A stratum and its rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DrawnStratum<T> {
    /// Its value of each member of `by`.
    pub values: Vec<String>,
    /// All rows of it.
    pub rows: u64,
    pub drawn: Vec<Drawn<T>>,
}

/// Takes rows one by one, in any order.
pub struct Draw<T> {
    by: Vec<By>,
    per_stratum: usize,
    seed: u64,
    strata: BTreeMap<Vec<String>, Stratum<T>>,
}

struct Stratum<T> {
    rows: u64,
    /// The greatest on top.
    least: BinaryHeap<Drawn<T>>,
}

impl<T: Ord> Draw<T> {
    pub fn new(by: Vec<By>, per_stratum: usize, seed: u64) -> Self {
        Self {
            by,
            per_stratum,
            seed,
            strata: BTreeMap::new(),
        }
    }

    /// `keep` is asked for rows that are drawn, as far as is known by now.
    pub fn take(&mut self, facts: RowFacts<'_>, keep: impl FnOnce() -> T) {
        let values = self.by.iter().map(|by| facts.value(*by).to_owned());
        let stratum = self.strata.entry(values.collect()).or_default();
        stratum.rows += 1;
        let key = RowKey::of_row(self.seed, facts.id);
        let is_least = match stratum.least.peek() {
            _ if stratum.least.len() < self.per_stratum => true,
            Some(greatest) => key < greatest.key,
            None => false,
        };
        if !is_least {
            return;
        }
        stratum.least.push(Drawn {
            key,
            id: facts.id.to_owned(),
            row: keep(),
        });
        if stratum.least.len() > self.per_stratum {
            stratum.least.pop();
        }
    }

    /// Strata by their values, each with its rows in their order.
    pub fn finish(self) -> Vec<DrawnStratum<T>> {
        let strata = self.strata.into_iter();
        strata
            .map(|(values, stratum)| DrawnStratum {
                values,
                rows: stratum.rows,
                drawn: stratum.least.into_sorted_vec(),
            })
            .collect()
    }
}

impl<T: Ord> Default for Stratum<T> {
    fn default() -> Self {
        Self {
            rows: 0,
            least: BinaryHeap::new(),
        }
    }
}

impl<'r> RowFacts<'r> {
    fn value(self, by: By) -> &'r str {
        match by {
            By::Label => self.label,
            By::Group => self.group,
            By::Month => self.time.get(..7).unwrap_or(self.time),
            By::Rule => self.rule,
        }
    }
}
