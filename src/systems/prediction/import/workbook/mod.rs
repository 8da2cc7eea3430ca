//! Reads workbooks, CSV and TSV, whatever their names say, into grids of cells.
//!
//! ```text
//! bytes ──format──► xlsx │ xls │ ods │ csv ──cells, in order──► GridBuilder ──► Grid (16 bytes a cell)
//! ```
//!
//! Nothing in a file is executed or fetched: macros, links and entities are not looked at. Every reader
//! counts what it unpacks and how long it takes (`Budget`).

mod address;
mod biff;
mod budget;
mod cfb;
mod csv;
mod encoding;
mod format;
mod grid;
mod merges;
mod ods;
mod ods_cell;
mod open;
mod package;
mod scan;
mod xls;
mod xlsx;
mod xlsx_cells;

#[cfg(test)]
mod tests;

pub(crate) use address::{address, column_name, parse_address};
pub(crate) use budget::{Budget, Limits};
pub(crate) use encoding::{by_nuls as utf16_by_nuls, known_encoding};
pub(crate) use format::Format;
pub(crate) use grid::{CellFaultKind, Grid};
pub(crate) use merges::Merge;
pub(crate) use open::{Sheet, Workbook};
