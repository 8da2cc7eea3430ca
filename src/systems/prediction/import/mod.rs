//! Imports: workbooks that were made for paper, and CSV, as rows.
//!
//! ```text
//! bytes ──workbook──► Grid ─┐
//! file of a mapping ──mapping──► Mapping ─┴─table──► rows, each with its cell, and problems (Sink)
//!                                             values: what a cell means
//! preview: all of it, kept · cells: a sheet as it is · suggest: a mapping for a workbook · lint: how readable a workbook is
//! ```
//!
//! Pure: bytes in, rows and problems out. Nothing is stored, and no job is known.

mod cells;
mod error;
mod lint;
mod mapping;
mod outline;
mod preview;
mod suggest;
mod table;
mod values;
mod workbook;

#[cfg(test)]
mod tests;

pub(crate) use cells::{SheetCells, ShownCell, Window, cells};
pub(crate) use error::ImportError;
pub(crate) use lint::{Finding, Lint, lint};
pub(crate) use mapping::{
    Mapping, MappingCheck, MappingFault, Ordered, Partial, WrittenBound, WrittenConversion,
    WrittenUnit, converted, read as read_mapping,
};
pub(crate) use preview::{Preview, PreviewLimits, PreviewedTable, preview};
pub(crate) use suggest::suggest;
pub(crate) use table::{
    Code, FoundTable, Keys, Problem, Row, Sink, Skipped, Used, run, sentence, shortened,
};
pub(crate) use values::{Cell, Conversion, Kind, NullWords, Pattern, Value};
pub(crate) use workbook::{
    Format, Grid, Limits, Workbook, column_name, parse_address, utf16_by_nuls,
};
