//! The tables that a mapping writes, and what becomes of their rows.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::error::WriteError;
use crate::systems::prediction::import::{Kind, Mapping, Table};
use crate::tables::{ColumnType, Dialect};

/// The import that a row came with.
pub(super) const IMPORT_ID: &str = "_import_id";
/// The first cell of a row.
pub(super) const CELL: &str = "_cell";

/// Beginnings of names of tables that belong to the program or the database.
const RESERVED: [&str; 2] = ["audience_", "sqlite_"];

/// Views of the program.
const VIEWS: [&str; 2] = ["v_import", "v_import_problem"];

/// All tables of a mapping.
pub(super) struct Layout {
    pub targets: Vec<Target>,
    /// In the order of the mapping's tables.
    pub parts: Vec<Part>,
}

/// A table that rows go to.
pub(super) struct Target {
    pub into: String,
    pub columns: Vec<TargetColumn>,
    /// By which rows are found that are there already; empty: rows belong to their file.
    pub key: Vec<usize>,
}

pub(super) struct TargetColumn {
    pub name: String,
    pub column_type: ColumnType,
}

/// A table of the mapping: several may go into one.
pub(super) struct Part {
    /// Its place in `targets`.
    pub target: usize,
    /// For each value of a row, the place of its column in the target.
    pub columns: Vec<usize>,
    /// Values that are the key.
    pub key: Vec<usize>,
}

/// What became of the rows of an import.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Fate {
    pub inserted: u64,
    pub updated: u64,
    pub unchanged: u64,
    /// Rows of an earlier import of the same file that are not there any more.
    pub replaced: u64,
}

/// The same for one table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct TableFate {
    pub into: String,
    #[serde(flatten)]
    pub fate: Fate,
}

impl Layout {
    pub fn of(mapping: &Mapping) -> Result<Self, WriteError> {
        let mut layout = Self {
            targets: Vec::new(),
            parts: Vec::new(),
        };
        let mut places = HashMap::new();
        for table in &mapping.tables {
            let place = *places.entry(table.into.as_str()).or_insert_with(|| {
                layout.targets.push(Target {
                    into: table.into.clone(),
                    columns: Vec::new(),
                    key: Vec::new(),
                });
                layout.targets.len() - 1
            });
            let part = part(table, place, &mut layout.targets[place])?;
            layout.parts.push(part);
        }
        Ok(layout)
    }

    /// Whether the database can have tables of these names, and imports may write them.
    pub fn check(&self, dialect: &dyn Dialect) -> Result<(), WriteError> {
        for target in &self.targets {
            let lower = target.into.to_lowercase();
            let is_reserved = RESERVED.iter().any(|prefix| lower.starts_with(prefix));
            if is_reserved || VIEWS.contains(&&*lower) {
                let table = target.into.clone();
                return Err(WriteError::ReservedTable { table });
            }
            let columns = target.columns.iter().map(|column| &column.name);
            for name in [&target.into].into_iter().chain(columns) {
                if !dialect.name_fits(name) {
                    return Err(WriteError::NameTooLong { name: name.clone() });
                }
            }
        }
        Ok(())
    }
}

fn part(table: &Table, place: usize, target: &mut Target) -> Result<Part, WriteError> {
    let mut columns = Vec::new();
    for output in table.outputs() {
        let column_type = column_type(output.kind);
        let known = target
            .columns
            .iter()
            .position(|column| column.name.eq_ignore_ascii_case(output.name));
        columns.push(match known {
            Some(known) if target.columns[known].column_type != column_type => {
                return Err(WriteError::TwoTypes {
                    table: table.into.clone(),
                    column: output.name.to_owned(),
                });
            }
            Some(known) => known,
            None => {
                target.columns.push(TargetColumn {
                    name: output.name.to_owned(),
                    column_type,
                });
                target.columns.len() - 1
            }
        });
    }
    let key: Vec<usize> = table.key.clone();
    if target.key.is_empty() {
        target.key = key.iter().map(|value| columns[*value]).collect();
    }
    Ok(Part {
        target: place,
        columns,
        key,
    })
}

/// A month is a text such as `2020-04`.
fn column_type(kind: Kind) -> ColumnType {
    match kind {
        Kind::Text | Kind::Raw | Kind::Month => ColumnType::Text,
        Kind::Number => ColumnType::Number,
        Kind::Integer | Kind::Year => ColumnType::Integer,
        Kind::Boolean => ColumnType::Truth,
        Kind::Date => ColumnType::Date,
        Kind::Datetime => ColumnType::Time,
    }
}

impl Fate {
    pub fn and(self, other: Self) -> Self {
        Self {
            inserted: self.inserted + other.inserted,
            updated: self.updated + other.updated,
            unchanged: self.unchanged + other.unchanged,
            replaced: self.replaced + other.replaced,
        }
    }
}
