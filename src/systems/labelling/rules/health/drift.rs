//! How much the labels that rows are given have shifted: the population stability index (PSI).

use std::collections::{BTreeSet, HashMap};

use serde::{Deserialize, Serialize};

/// Rows by what they were given.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct GivenRows {
    /// In the order of the set; those without rows may be missing.
    pub labels: Vec<(String, u64)>,
    /// Rows without a label.
    pub none: u64,
}

/// A share that is less counts as that much: a logarithm of nothing says nothing.
const SHARE_MIN: f64 = 1e-6;

impl GivenRows {
    pub fn total(&self) -> u64 {
        self.none + self.labels.iter().map(|(_, rows)| rows).sum::<u64>()
    }
}

/// Σ (pᵢ − qᵢ) · ln(pᵢ ÷ qᵢ) over all labels of both and none; `None`: one of them has no rows.
pub fn drift(now: &GivenRows, before: &GivenRows) -> Option<f64> {
    let (total_now, total_before) = (now.total(), before.total());
    if total_now == 0 || total_before == 0 {
        return None;
    }
    let term = |rows_now: u64, rows_before: u64| {
        let share = |rows: u64, total: u64| (rows as f64 / total as f64).max(SHARE_MIN);
        let (p, q) = (share(rows_now, total_now), share(rows_before, total_before));
        (p - q) * (p / q).ln()
    };
    let rows_before: HashMap<&str, u64> = by_label(before);
    let mut sum = 0.0;
    for (label, rows) in &now.labels {
        sum += term(*rows, rows_before.get(label.as_str()).copied().unwrap_or(0));
    }
    let labels_now: BTreeSet<&str> = now.labels.iter().map(|(label, _)| label.as_str()).collect();
    for (label, rows) in &before.labels {
        if !labels_now.contains(label.as_str()) {
            sum += term(0, *rows);
        }
    }
    Some(sum + term(now.none, before.none))
}

fn by_label(rows: &GivenRows) -> HashMap<&str, u64> {
    let labels = rows.labels.iter();
    labels
        .map(|(label, rows)| (label.as_str(), *rows))
        .collect()
}
