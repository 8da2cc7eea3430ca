//! The gate of a rule set, as its document has it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::systems::labelling::rules::document::hold_seconds;

/// How long a job is held, unless its set says otherwise: a week.
const HOLD_S: u64 = 7 * 86_400;

/// What keeps a job from publishing. It was checked when the document was read.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Thresholds {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub coverage_min: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub coverage_max: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub overlap_max: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub conflict_max: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub drift_max: Option<f64>,
    /// Members that entered, of as many as there were before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub entered_max: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub left_max: Option<f64>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub label_members_min: BTreeMap<String, u64>,
    /// Of the examples that people have judged, the share that is as they said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gold_min: Option<f64>,
    /// The lower end of the interval of Wilson.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub precision_min: BTreeMap<String, f64>,
    /// Such as `7d`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hold: Option<String>,
}

impl Thresholds {
    pub fn read(gate: &Value) -> Result<Self, serde_json::Error> {
        serde_json::from_value(gate.clone())
    }

    /// How long nobody may decide before the job fails, in microseconds.
    pub fn hold_micros(&self) -> i64 {
        let seconds = self.hold.as_deref().and_then(hold_seconds);
        let micros = seconds.unwrap_or(HOLD_S).saturating_mul(1_000_000);
        i64::try_from(micros).unwrap_or(i64::MAX)
    }
}
