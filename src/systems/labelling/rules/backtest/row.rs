//! A row on which the two sets differ.

use serde::{Deserialize, Serialize};
use strum::{IntoStaticStr, VariantArray};

/// How the labels of a row differ.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    IntoStaticStr,
    VariantArray,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum ChangeKind {
    /// It had no label.
    Entered,
    /// It has no label any more.
    Left,
    /// It has other labels.
    Changed,
}

impl ChangeKind {
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// Of two lists in the same order; `None`: they are the same.
    pub fn of<T: PartialEq>(from: &[T], to: &[T]) -> Option<Self> {
        match (from.is_empty(), to.is_empty()) {
            _ if from == to => None,
            (true, _) => Some(Self::Entered),
            (_, true) => Some(Self::Left),
            (false, false) => Some(Self::Changed),
        }
    }
}

/// What is kept of such a row: it stands in the source.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangedRow {
    pub id: String,
    pub post_time: String,
    pub group: String,
    pub source_author: String,
    pub kind: ChangeKind,
    /// Labels that the base gives.
    pub from: Vec<String>,
    /// Labels that the candidate gives.
    pub to: Vec<String>,
    /// Ids of the changed rules that are true on it.
    pub rules: Vec<String>,
}

impl ChangedRow {
    /// Whether the row got the label or lost it.
    pub fn concerns(&self, label: &str) -> bool {
        let has = |labels: &[String]| labels.iter().any(|other| other == label);
        has(&self.from) != has(&self.to)
    }
}

/// Labels as one text; `None`: there are none.
pub fn joined(labels: &[String]) -> Option<String> {
    (!labels.is_empty()).then(|| labels.join("+"))
}
