//! The shapes of answers.

use serde::Serialize;
use serde_json::{Map, Value};

use crate::systems::labelling::rules::explain::ExplainedRow;

/// The set by which something is explained.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(in crate::systems::labelling) struct SetName {
    pub name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<i32>,
}

/// A row.
#[derive(Debug, Serialize)]
pub(in crate::systems::labelling) struct RowAnswer {
    pub set: SetName,
    #[serde(flatten)]
    pub row: ExplainedRow,
}

/// A person.
#[derive(Debug, Serialize)]
pub(in crate::systems::labelling) struct PersonAnswer {
    pub source_author: String,
    /// The label that it is about; null: the person has none.
    pub panel: Option<String>,
    pub outcome: Outcome,
    /// Rows by label, in the order of the set.
    pub votes: Map<String, Value>,
    /// The newest first.
    pub rows: Vec<PersonRow>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub published: Option<Published>,
    pub set: SetName,
    pub from: &'static str,
    /// Whether there are more rows than were looked at.
    pub cut: bool,
}

/// What became of a person in a panel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(in crate::systems::labelling) enum Outcome {
    Published,
    /// Another panel has more rows, or comes first.
    Lost,
    /// Others have as many rows.
    Tie,
    /// No row.
    None,
}

#[derive(Debug, Serialize)]
pub(in crate::systems::labelling) struct PersonRow {
    pub id: String,
    pub post_time: String,
    #[serde(flatten)]
    pub row: ExplainedRow,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(in crate::systems::labelling) struct Published {
    pub id: String,
    pub panel: String,
    pub create_time: String,
}
