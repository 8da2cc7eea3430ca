//! What a prediction job is to do, as it is stored with its step.

use serde::{Deserialize, Serialize};

use super::places::ReadFrom;
use super::table::ResultTable;
use crate::tables::WholeTable;

/// Parameters of the kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PredictParams {
    pub model: String,
    pub version: i32,
    pub from: ReadFrom,
    /// Whose rows are read.
    pub import: Option<String>,
    pub table: WholeTable,
    /// For each feature of the model, the place of its column in the table's.
    pub features: Vec<usize>,
    /// The same for the columns that are kept.
    pub kept: Vec<usize>,
    pub result: ResultTable,
    /// As the settings name it; `None`: the engine's database.
    pub output: Option<String>,
}
