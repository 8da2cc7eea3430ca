//! What takes the rows and problems of an import as they come.

use std::ops::ControlFlow;

use serde::Serialize;

use super::problem::Problem;
use super::view::Used;
use crate::systems::prediction::import::values::Value;
use crate::systems::prediction::import::workbook::{Grid, address};

/// Takes what an import makes. `Break` ends the import.
pub(crate) trait Sink {
    /// Asked again and again, also while there are no rows.
    fn look(&mut self) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }

    /// A table of the mapping was found in a sheet; its rows follow.
    fn table(&mut self, table: &FoundTable<'_>) -> ControlFlow<()>;

    fn row(&mut self, row: &Row<'_>) -> ControlFlow<()>;

    fn problem(&mut self, problem: Problem) -> ControlFlow<()>;

    /// A row or a column of the table was left out.
    fn skipped(&mut self, skipped: Skipped) -> ControlFlow<()>;

    /// The table ended; the area that it takes, such as `A5:H12`.
    fn table_end(&mut self, range: &str) -> ControlFlow<()>;

    /// All tables of a sheet were read; which of its cells they needed.
    fn sheet_end(&mut self, grid: &Grid, used: &Used) -> ControlFlow<()>;
}

/// A table of a mapping in a sheet.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FoundTable<'t> {
    /// Its place in the mapping.
    pub table: usize,
    pub into: &'t str,
    pub sheet: &'t str,
}

/// A row that goes into a table. Its values are in the order of `Table::outputs`.
#[derive(Debug)]
pub(crate) struct Row<'r> {
    /// The table's place in the mapping.
    pub table: usize,
    pub values: &'r [Value],
    pub sheet: &'r str,
    pub(super) place: (u32, u32),
}

/// A row or a column that was left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Skipped {
    pub cell: String,
    pub why: String,
}

impl Row<'_> {
    /// Its first cell, such as `実績表!A7`.
    pub fn cell(&self) -> String {
        let (row, column) = self.place;
        format!("{}!{}", self.sheet, address(row, column))
    }
}
