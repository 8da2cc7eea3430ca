//! A set as a workbook with one sheet, whose cells are all texts.

mod guard;
mod read;
mod write;

pub(super) use guard::open as open_archive;
pub use read::read;
pub use write::write;

/// The name of the sheet.
const SHEET: &str = "rules";
