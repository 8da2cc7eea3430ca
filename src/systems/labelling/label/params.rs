//! What a labelling step was asked to do, as it is stored with its job.

use serde::{Deserialize, Serialize};

use super::groups::{OTHER, Unmapped};
use super::rules::RowLabels;
use crate::clock;
use crate::systems::labelling::panels::{Layout, TaskHeader};
use crate::systems::labelling::posts::{Moment, ReadSpec};

/// Everything here is a snapshot: settings that change later do not change a task that has
/// been accepted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LabelParams {
    /// Name of the source in settings.
    pub source: String,
    /// Name of the output in settings.
    pub output: String,
    pub read: ReadSpec,
    /// Digest of the rules as they are stored, as a blob; `None`: a model labels. They are those of a mixed
    /// model if `read` has fields.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rules: Option<String>,
    /// The set that these rules are, if it has versions or is a mixed model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule_set: Option<LabelRuleSet>,
    /// The revision of the matcher whose findings are kept as a ledger; `None`: they are not kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ledger: Option<u32>,
    /// A task whose ledger says what became of rows that the differing rules do not touch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub incremental: Option<LabelBase>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<LabelModel>,
    /// In the order of the rule set or the model.
    pub labels: Vec<String>,
    /// Group and its `s_id`s, in the order of the settings.
    pub groups: Vec<(String, Vec<String>)>,
    pub unmapped: Unmapped,
    pub header: TaskHeader,
}

/// A set at the version that it had when the task was submitted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LabelRuleSet {
    pub name: String,
    /// `None`: it came with the request or from a file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<i32>,
    /// Of its canonical JSON.
    pub digest: String,
}

/// The task that an incremental one stands on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LabelBase {
    pub task_id: String,
    /// Digest of its rules as they are stored.
    pub rules: String,
}

/// A model that labels, at the version that it had when the task was submitted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LabelModel {
    pub name: String,
    pub version: i32,
    /// Which of the labels with enough score a row gets.
    pub row_labels: RowLabels,
    /// `None`: any score is enough.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_score: Option<f64>,
}

impl LabelModel {
    /// As callers name it.
    pub fn reference(&self) -> String {
        format!("{}:{}", self.name, self.version)
    }
}

impl LabelParams {
    /// A moment in the zone of the source.
    pub fn shown(&self, moment: Moment) -> String {
        self.read.zone().shown(moment)
    }

    /// What the clock of the source shows, or that of the machine if the source has no zone.
    pub fn clock_at(&self, micros: i64) -> String {
        let second = micros - micros.rem_euclid(1_000_000);
        let moment = Moment::from_micros(second);
        match self.read.zone.zip(moment) {
            Some((zone, moment)) => zone.shown(moment),
            None => clock::local_text(micros),
        }
    }

    /// The groups in order, with the one for unmapped ids at the end if rows can go there.
    pub fn layout(&self) -> Layout {
        let mut groups: Vec<String> = self.groups.iter().map(|(name, _)| name.clone()).collect();
        if self.unmapped == Unmapped::Other {
            groups.push(OTHER.to_owned());
        }
        Layout { groups }
    }

    /// Whether the rules are those of a mixed model.
    pub fn is_mixed(&self) -> bool {
        self.rules.is_some() && !self.read.fields.is_empty()
    }

    /// `/<label>` for each label.
    pub fn panels(&self) -> Vec<String> {
        self.labels
            .iter()
            .map(|label| format!("/{label}"))
            .collect()
    }
}
