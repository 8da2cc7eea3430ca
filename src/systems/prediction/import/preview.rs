//! What an import would do, without doing it.

use std::ops::ControlFlow;
use std::sync::Arc;

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use super::error::ImportError;
use super::mapping::Mapping;
use super::table::{FoundTable, Problem, Row, Sink, Skipped, Used, run};
use super::values::Value;
use super::workbook::{Format, Grid, Limits, Workbook, address};

/// How much of an import a preview holds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PreviewLimits {
    /// Of each table in each sheet.
    pub rows: usize,
    pub problems: usize,
    /// Rows and columns left out, of each table in each sheet.
    pub skipped: usize,
    pub unused: usize,
}

/// The answer of a preview.
#[derive(Debug, Serialize)]
pub(crate) struct Preview {
    pub import: String,
    pub file: PreviewedFile,
    pub tables: Vec<PreviewedTable>,
    pub problems: Vec<Problem>,
    /// Cells that no rule read.
    pub unused: Vec<String>,
    /// What the lists above would hold without their limits.
    pub counts: Counts,
}

#[derive(Debug, Serialize)]
pub(crate) struct PreviewedFile {
    pub name: String,
    pub sha256: String,
    pub format: Format,
    pub sheets: Vec<String>,
}

/// A table of the mapping in one sheet.
#[derive(Debug, Serialize)]
pub(crate) struct PreviewedTable {
    pub into: String,
    pub sheet: String,
    /// The area that it takes, such as `A5:H12`.
    pub range: String,
    /// The names of its columns, in the order of the mapping.
    pub columns: Vec<String>,
    pub rows: Vec<PreviewedRow>,
    pub skipped: Vec<Skipped>,
    /// Rows, also those that are not shown.
    #[serde(skip)]
    pub count: u64,
    /// Rows and columns left out, also those that are not listed.
    #[serde(skip)]
    pub left_out: u64,
}

/// A row: its values by their columns, and `_cell`.
#[derive(Debug)]
pub(crate) struct PreviewedRow {
    names: Arc<[String]>,
    pub values: Vec<Value>,
    pub cell: String,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Counts {
    pub rows: u64,
    pub problems: u64,
    pub skipped: u64,
    pub unused: u64,
}

impl Default for PreviewLimits {
    fn default() -> Self {
        Self {
            rows: 1000,
            problems: 1000,
            skipped: 1000,
            unused: 1000,
        }
    }
}

impl PreviewedRow {
    /// The names of its values.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(String::as_str)
    }
}

impl Serialize for PreviewedRow {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.values.len() + 1))?;
        for (name, value) in self.names.iter().zip(&self.values) {
            map.serialize_entry(name, value)?;
        }
        map.serialize_entry("_cell", &self.cell)?;
        map.end()
    }
}

/// Previews a file by a mapping.
pub(crate) fn preview(
    name: &str,
    bytes: &Arc<[u8]>,
    mapping: &Mapping,
    limits: Limits,
    shown: PreviewLimits,
) -> Result<Preview, ImportError> {
    let mut workbook = Workbook::open(name, bytes, mapping.encoding.as_deref(), limits)?;
    let names = mapping.tables.iter().map(|table| {
        let outputs = table.outputs();
        outputs
            .iter()
            .map(|output| output.name.to_owned())
            .collect()
    });
    let mut collect = Collect {
        names: names.collect(),
        tables: Vec::new(),
        problems: Vec::new(),
        unused: Vec::new(),
        counts: Counts::default(),
        shown,
    };
    run(&mut workbook, mapping, &mut collect)?;
    Ok(Preview {
        import: mapping.name.clone(),
        file: PreviewedFile {
            name: workbook.name.clone(),
            sha256: workbook.sha256.clone(),
            format: workbook.format,
            sheets: workbook
                .sheets
                .iter()
                .map(|sheet| sheet.name.clone())
                .collect(),
        },
        tables: collect.tables,
        problems: collect.problems,
        unused: collect.unused,
        counts: collect.counts,
    })
}

/// Keeps the beginning of everything, and counts all of it.
struct Collect {
    /// Of the columns of each table.
    names: Vec<Arc<[String]>>,
    tables: Vec<PreviewedTable>,
    problems: Vec<Problem>,
    unused: Vec<String>,
    counts: Counts,
    shown: PreviewLimits,
}

impl Sink for Collect {
    fn table(&mut self, table: &FoundTable<'_>) -> ControlFlow<()> {
        self.tables.push(PreviewedTable {
            into: table.into.to_owned(),
            sheet: table.sheet.to_owned(),
            range: String::new(),
            columns: self
                .names
                .get(table.table)
                .map_or_else(Vec::new, |names| names.to_vec()),
            rows: Vec::new(),
            skipped: Vec::new(),
            count: 0,
            left_out: 0,
        });
        ControlFlow::Continue(())
    }

    fn row(&mut self, row: &Row<'_>) -> ControlFlow<()> {
        self.counts.rows += 1;
        let (Some(table), Some(names)) = (self.tables.last_mut(), self.names.get(row.table)) else {
            return ControlFlow::Continue(());
        };
        table.count += 1;
        if table.rows.len() < self.shown.rows {
            table.rows.push(PreviewedRow {
                names: Arc::clone(names),
                values: row.values.to_vec(),
                cell: row.cell(),
            });
        }
        ControlFlow::Continue(())
    }

    fn problem(&mut self, problem: Problem) -> ControlFlow<()> {
        self.counts.problems += 1;
        if self.problems.len() < self.shown.problems {
            self.problems.push(problem);
        }
        ControlFlow::Continue(())
    }

    fn skipped(&mut self, skipped: Skipped) -> ControlFlow<()> {
        self.counts.skipped += 1;
        if let Some(table) = self.tables.last_mut() {
            table.left_out += 1;
            if table.skipped.len() < self.shown.skipped {
                table.skipped.push(skipped);
            }
        }
        ControlFlow::Continue(())
    }

    fn table_end(&mut self, range: &str) -> ControlFlow<()> {
        if let Some(table) = self.tables.last_mut() {
            range.clone_into(&mut table.range);
        }
        ControlFlow::Continue(())
    }

    fn sheet_end(&mut self, grid: &Grid, used: &Used) -> ControlFlow<()> {
        for (_, row, column, cell) in grid.iter().filter(|(index, ..)| !used.contains(*index)) {
            if cell.is_blank() {
                continue;
            }
            self.counts.unused += 1;
            if self.unused.len() < self.shown.unused {
                self.unused
                    .push(format!("{}!{}", grid.name, address(row, column)));
            }
        }
        ControlFlow::Continue(())
    }
}
