//! The tables that a mapping or a scrape writes, and what becomes of their rows.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::error::WriteError;
use crate::engine::store;
use crate::systems::prediction::import::{Kind, Mapping};
use crate::systems::prediction::scrape::{EVERY_ROW, Plan};
use crate::tables::{ColumnType, Dialect};

/// The import that a row came with.
pub(super) const IMPORT_ID: &str = "_import_id";
/// The first cell of a row.
pub(super) const CELL: &str = "_cell";

/// Beginnings of names of tables that belong to the program or the database.
const RESERVED: [&str; 2] = ["audience_", "sqlite_"];

/// Views of this system.
pub(crate) const VIEWS: [&str; 5] = [
    "v_import",
    "v_import_problem",
    "v_scrape_run",
    "v_model_version",
    "v_prediction",
];

/// Columns of scraped rows that say where they come from.
pub(super) const DAY: &str = EVERY_ROW[0];
pub(super) const FETCHED_AT: &str = EVERY_ROW[1];

/// All tables that are written.
pub(super) struct Layout {
    pub origin: Origin,
    pub targets: Vec<Target>,
    /// In the order of the mapping's or the scrape's tables.
    pub parts: Vec<Part>,
}

/// Where rows come from, which decides what the program adds to them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// A file: rows have the import and their first cell beside the columns of the mapping.
    Import,
    /// A site: what the program adds is among the columns already. A row does not take the place of one that
    /// was fetched later.
    Scrape,
}

/// A table that rows go to.
pub(crate) struct Target {
    pub into: String,
    pub columns: Vec<TargetColumn>,
    /// By which rows are found that are there already; empty: rows belong to their file.
    pub key: Vec<usize>,
}

pub(crate) struct TargetColumn {
    pub name: String,
    pub column_type: ColumnType,
}

/// A table of the mapping or the scrape: several may go into one.
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
    pub fn of_mapping(mapping: &Mapping) -> Result<Self, WriteError> {
        let tables = mapping.tables.iter().map(|table| {
            let outputs = table.outputs().into_iter();
            let columns = outputs.map(|output| (output.name.to_owned(), output.kind));
            Written {
                into: &table.into,
                columns: columns.collect(),
                key: &table.key,
            }
        });
        Self::of(Origin::Import, tables)
    }

    pub fn of_plan(plan: &Plan) -> Result<Self, WriteError> {
        let tables = plan.tables.iter().map(|table| {
            let columns = table.columns.iter();
            let columns = columns.map(|column| (column.name.clone(), column.kind));
            Written {
                into: &table.into,
                columns: columns.collect(),
                key: &table.key,
            }
        });
        Self::of(Origin::Scrape, tables)
    }

    fn of<'t>(
        origin: Origin,
        tables: impl Iterator<Item = Written<'t>>,
    ) -> Result<Self, WriteError> {
        let mut layout = Self {
            origin,
            targets: Vec::new(),
            parts: Vec::new(),
        };
        let mut places = HashMap::new();
        for table in tables {
            let place = *places.entry(table.into).or_insert_with(|| {
                layout.targets.push(Target {
                    into: table.into.to_owned(),
                    columns: Vec::new(),
                    key: Vec::new(),
                });
                layout.targets.len() - 1
            });
            let part = part(&table, place, &mut layout.targets[place])?;
            layout.parts.push(part);
        }
        Ok(layout)
    }

    /// Whether the database can have tables of these names, and imports may write them.
    pub fn check(&self, dialect: &dyn Dialect) -> Result<(), WriteError> {
        for target in &self.targets {
            if is_reserved(&target.into) {
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

/// Whether a name belongs to the program or the database, so that nothing else may write a table of it.
pub(crate) fn is_reserved(table: &str) -> bool {
    let lower = table.to_lowercase();
    let mut views = VIEWS.iter().chain(&store::VIEWS);
    let is_view = views.any(|view| *view == lower);
    is_view || RESERVED.iter().any(|prefix| lower.starts_with(prefix))
}

impl Origin {
    /// Columns that each table has which rows of this origin go to: by them those of others are told apart.
    pub const fn marks(self) -> &'static [&'static str] {
        match self {
            Self::Import => &[IMPORT_ID, CELL],
            Self::Scrape => &EVERY_ROW,
        }
    }

    /// What makes such tables.
    pub const fn maker(self) -> &'static str {
        match self {
            Self::Import => "an import",
            Self::Scrape => "a scrape",
        }
    }
}

/// A table as a mapping or a scrape has it.
struct Written<'t> {
    into: &'t str,
    columns: Vec<(String, Kind)>,
    key: &'t [usize],
}

fn part(table: &Written<'_>, place: usize, target: &mut Target) -> Result<Part, WriteError> {
    let mut columns = Vec::new();
    for (name, kind) in &table.columns {
        let column_type = column_type(*kind);
        let known = target
            .columns
            .iter()
            .position(|column| column.name.eq_ignore_ascii_case(name));
        columns.push(match known {
            Some(known) if target.columns[known].column_type != column_type => {
                return Err(WriteError::TwoTypes {
                    table: table.into.to_owned(),
                    column: name.clone(),
                });
            }
            Some(known) => known,
            None => {
                target.columns.push(TargetColumn {
                    name: name.clone(),
                    column_type,
                });
                target.columns.len() - 1
            }
        });
    }
    let key = table.key.to_vec();
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
