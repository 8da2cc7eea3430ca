//! The tables that predictions are written to, and what is durable of a job beside its rows.
//!
//! A table has the key, by which rows are replaced, the columns that are kept, and those of [`OWN`]. The
//! checkpoint of a job moves forward by one slice in the transaction that writes its rows.

mod checkpoint;
mod making;
mod removing;
mod slice;
mod texts;
mod writer;

use serde::{Deserialize, Serialize};

use super::values::StoredValue;
use crate::systems::prediction::writing::{Target, TargetColumn, WriteError, is_reserved};
use crate::tables::{ColumnType, Dialect};

pub(super) use checkpoint::Checkpoint;
pub(super) use removing::{forget, remove};
pub(super) use slice::{Labels, ResultSlice, holds};
pub(super) use writer::{ResultWriter, WrittenJob};

/// Columns of each result besides the key and what is kept.
pub(super) const OWN: [&str; 8] = [
    "prediction",
    "score",
    "scores",
    "error",
    "model",
    "model_version",
    JOB_ID,
    "predicted_at",
];

pub(super) const JOB_ID: &str = "job_id";

/// A table that a job writes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ResultTable {
    pub into: String,
    pub key: ResultColumn,
    pub kept: Vec<ResultColumn>,
    /// What predictions are: labels, or numbers.
    pub prediction: ColumnType,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ResultColumn {
    pub name: String,
    pub holds: ColumnType,
}

impl ResultTable {
    /// All columns in their order: the key first.
    pub fn columns(&self) -> Vec<ResultColumn> {
        let column = |name: &str, holds| ResultColumn {
            name: name.to_owned(),
            holds,
        };
        let own = OWN.map(|name| {
            let holds = match name {
                "prediction" => self.prediction,
                "score" => ColumnType::Number,
                "model_version" => ColumnType::Integer,
                "predicted_at" => ColumnType::Time,
                _ => ColumnType::Text,
            };
            column(name, holds)
        });
        let mut columns = vec![self.key.clone()];
        columns.extend(self.kept.iter().cloned());
        columns.extend(own);
        columns
    }

    /// For the checks that all tables have that are written.
    fn target(&self) -> Target {
        let columns = self.columns().into_iter().map(|column| TargetColumn {
            name: column.name,
            column_type: column.holds,
        });
        Target {
            into: self.into.clone(),
            columns: columns.collect(),
            key: vec![0],
        }
    }

    /// Whether the database can have a table of these names, and jobs may write it.
    pub fn check_names(&self, dialect: &dyn Dialect) -> Result<(), WriteError> {
        if is_reserved(&self.into) {
            let table = self.into.clone();
            return Err(WriteError::ReservedTable { table });
        }
        let columns = self.columns();
        let names = columns.iter().map(|column| &column.name);
        match names
            .chain([&self.into])
            .find(|name| !dialect.name_fits(name))
        {
            Some(name) => Err(WriteError::NameTooLong { name: name.clone() }),
            None => Ok(()),
        }
    }
}

/// Whether a column of this name would be one of the result's own.
pub(super) fn is_own(name: &str) -> bool {
    OWN.iter().any(|own| own.eq_ignore_ascii_case(name))
}
