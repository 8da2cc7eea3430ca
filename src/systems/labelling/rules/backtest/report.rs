//! The answer of a backtest.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use strum::VariantArray;

use super::changed_rules::RuleChange;
use super::comparison::Comparison;
use super::examples::{Example, Examples};
use super::members::MemberCounts;
use super::row::ChangeKind;
use super::sums::Sums;
use crate::systems::labelling::rules::health::{self, GivenRows};

/// Cells of the matrix that are reported: those with the most rows, if there are more.
const CELLS: usize = 10_000;

/// What the candidate changes.
#[derive(Debug, Serialize)]
pub struct Report {
    pub base: SetName,
    pub candidate: SetName,
    pub rows: RowCounts,
    /// All labels of both, those of the candidate first: rows that got and that lost each.
    pub labels: Map<String, Value>,
    pub matrix: Vec<Cell>,
    pub members: MemberCounts,
    pub drift: f64,
    pub rules: Vec<RuleRows>,
    /// By kind, without those of which there are none.
    pub examples: Map<String, Value>,
}

/// A set as it is stored; a draft has no version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetName {
    pub name: String,
    pub version: Option<i32>,
}

#[derive(Debug, Serialize)]
pub struct RowCounts {
    pub same: u64,
    pub entered: u64,
    pub left: u64,
    pub changed: u64,
}

/// Rows by the labels that they had and have.
#[derive(Debug, Serialize)]
pub struct Cell {
    pub from: Option<String>,
    pub to: Option<String>,
    pub rows: u64,
}

/// The differing rows on which a changed rule is true.
#[derive(Debug, Serialize)]
pub struct RuleRows {
    pub rule: String,
    pub change: RuleChange,
    pub entered: u64,
    pub left: u64,
    pub changed: u64,
    pub label: String,
    pub text: String,
}

impl Report {
    pub fn of(
        comparison: &Comparison,
        [base, candidate]: [SetName; 2],
        sums: &Sums,
        members: MemberCounts,
        examples: &Examples,
    ) -> Self {
        Self {
            base,
            candidate,
            rows: RowCounts {
                same: sums.of_kind(None),
                entered: sums.of_kind(Some(ChangeKind::Entered)),
                left: sums.of_kind(Some(ChangeKind::Left)),
                changed: sums.of_kind(Some(ChangeKind::Changed)),
            },
            labels: labels(comparison.labels(), sums),
            matrix: matrix(comparison.labels(), sums),
            members,
            drift: drift(comparison.labels(), sums),
            rules: rules(comparison, sums),
            examples: examples_by_kind(examples),
        }
    }
}

fn labels(names: &[String], sums: &Sums) -> Map<String, Value> {
    let mut counts = vec![[0_u64; 2]; names.len()];
    for ((from, to), rows) in &sums.matrix {
        for label in to.iter().filter(|label| !from.contains(label)) {
            counts[*label as usize][0] += rows;
        }
        for label in from.iter().filter(|label| !to.contains(label)) {
            counts[*label as usize][1] += rows;
        }
    }
    let counts = names.iter().zip(counts);
    counts
        .map(|(name, [entered, left])| (name.clone(), json!({ "entered": entered, "left": left })))
        .collect()
}

fn matrix(names: &[String], sums: &Sums) -> Vec<Cell> {
    let mut cells: Vec<_> = sums.matrix.iter().collect();
    if cells.len() > CELLS {
        cells.sort_by(|one, other| other.1.cmp(one.1).then(one.0.cmp(other.0)));
        cells.truncate(CELLS);
        cells.sort_by_key(|(pair, _)| *pair);
    }
    let joined = |labels: &[u32]| {
        let labels: Vec<&str> = labels
            .iter()
            .map(|label| &*names[*label as usize])
            .collect();
        (!labels.is_empty()).then(|| labels.join("+"))
    };
    let cells = cells.into_iter().map(|((from, to), rows)| Cell {
        from: joined(from),
        to: joined(to),
        rows: *rows,
    });
    cells.collect()
}

/// The PSI of given labels and none, of the candidate against the base, with six decimals.
fn drift(names: &[String], sums: &Sums) -> f64 {
    let [base, candidate] = [0, 1].map(|side| given(names, sums, side));
    let drift = health::drift(&candidate, &base).unwrap_or(0.0);
    (drift * 1e6).round() / 1e6
}

/// Rows by what one of the sets gives them.
fn given(names: &[String], sums: &Sums, side: usize) -> GivenRows {
    let mut rows_of = vec![0_u64; names.len()];
    let mut with_label = 0;
    for ((from, to), rows) in &sums.matrix {
        let labels = [from, to][side];
        for label in labels {
            rows_of[*label as usize] += rows;
        }
        if !labels.is_empty() {
            with_label += rows;
        }
    }
    GivenRows {
        labels: names.iter().cloned().zip(rows_of).collect(),
        none: sums.received[side].saturating_sub(with_label),
    }
}

fn rules(comparison: &Comparison, sums: &Sums) -> Vec<RuleRows> {
    let changed = (0..).zip(&comparison.changed().rules);
    let rows = changed.map(|(number, rule)| {
        let [entered, left, changed] = sums.rules.get(&number).copied().unwrap_or_default();
        RuleRows {
            rule: rule.rule.clone(),
            change: rule.change,
            entered,
            left,
            changed,
            label: rule.label.clone(),
            text: rule.text.clone(),
        }
    });
    rows.collect()
}

fn examples_by_kind(examples: &Examples) -> Map<String, Value> {
    let kinds = ChangeKind::VARIANTS.iter();
    let kinds = kinds.filter_map(|kind| {
        let rows: Vec<&Example> = examples.of_kind(*kind).collect();
        (!rows.is_empty()).then(|| (kind.as_str().to_owned(), json!(rows)))
    });
    kinds.collect()
}
