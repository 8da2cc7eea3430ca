//! How far a batch has got, for people.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What a batch counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    #[default]
    Rows,
    Lines,
    Pages,
    Files,
    Items,
    Bytes,
}

/// How far a batch has got.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(from = "Stored", into = "Stored")]
pub struct Progress {
    /// Units worked on so far, over all attempts.
    pub done: u64,
    /// Units of the whole batch, where that is known.
    pub total: Option<u64>,
    pub unit: Unit,
    /// Units per second in this attempt.
    pub per_s: f64,
    /// Of the batch, between 0 and 1, where `total` is not known.
    pub fraction: Option<f64>,
    /// The kind's own figures.
    pub figures: Value,
}

impl Progress {
    /// Rows so far, of a batch of which it is known how much is done.
    pub fn rows(done: u64, per_s: f64, fraction: f64) -> Self {
        Self {
            done,
            per_s,
            fraction: Some(fraction),
            ..Self::default()
        }
    }

    /// How much of the batch is done, between 0 and 1.
    pub fn share(&self) -> f64 {
        let of_total = || {
            let total = self.total.filter(|total| *total > 0)?;
            Some(self.done as f64 / total as f64)
        };
        let share = self.fraction.or_else(of_total);
        share.unwrap_or(0.0).clamp(0.0, 1.0)
    }
}

/// As it is stored and shown in the history of a job. Progress in rows has the members that it
/// had before there were other units.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default)]
struct Stored {
    #[serde(skip_serializing_if = "Option::is_none")]
    rows: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rows_per_s: Option<f64>,
    fraction: f64,
    figures: Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    unit: Option<Unit>,
    #[serde(skip_serializing_if = "Option::is_none")]
    done: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    per_s: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    total: Option<u64>,
}

impl From<Progress> for Stored {
    fn from(progress: Progress) -> Self {
        let fraction = progress.share();
        let Progress {
            done,
            total,
            unit,
            per_s,
            figures,
            ..
        } = progress;
        let common = Self {
            fraction,
            figures,
            total,
            ..Self::default()
        };
        match unit {
            Unit::Rows => Self {
                rows: Some(done),
                rows_per_s: Some(per_s),
                ..common
            },
            unit => Self {
                unit: Some(unit),
                done: Some(done),
                per_s: Some(per_s),
                ..common
            },
        }
    }
}

impl From<Stored> for Progress {
    fn from(stored: Stored) -> Self {
        Self {
            done: stored.done.or(stored.rows).unwrap_or(0),
            total: stored.total,
            unit: stored.unit.unwrap_or_default(),
            per_s: stored.per_s.or(stored.rows_per_s).unwrap_or(0.0),
            fraction: Some(stored.fraction),
            figures: stored.figures,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn rows_are_stored_as_ever_and_other_units_by_their_name() {
        let rows = Progress {
            figures: json!({ "staged": 3 }),
            ..Progress::rows(7, 2.5, 0.5)
        };
        let stored = json!({
            "rows": 7, "rows_per_s": 2.5, "fraction": 0.5, "figures": { "staged": 3 },
        });
        assert_eq!(serde_json::to_value(&rows).unwrap(), stored);
        assert_eq!(serde_json::from_value::<Progress>(stored).unwrap(), rows);
        let pages = Progress {
            done: 3,
            total: Some(12),
            unit: Unit::Pages,
            ..Progress::default()
        };
        assert_eq!(
            serde_json::to_value(&pages).unwrap(),
            json!({
                "fraction": 0.25, "figures": null, "unit": "pages", "done": 3, "per_s": 0.0,
                "total": 12,
            })
        );
    }
}
