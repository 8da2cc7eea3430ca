//! A sheet as callers see it.

use poem_openapi::Object;

use crate::http::body::{FileForm, Part, SentFile};
use crate::http::error::Failure;
use crate::systems::prediction::import::{SheetCells, ShownCell, Window};

/// Rows and columns that are answered at once, and what is answered if nothing is said.
const ROWS_MAX: u32 = 1_000;
const ROWS_USUAL: u32 = 100;
const COLUMNS_MAX: u32 = 200;
const COLUMNS_USUAL: u32 = 50;

/// The last row and the last column of any spreadsheet program.
const LAST: u32 = 1 << 24;

/// Parts of a look at a sheet.
pub(super) struct CellsForm;

impl FileForm for CellsForm {
    const PARTS: &'static [Part] = &[
        part(
            "sheet",
            "Name of a sheet; without it, the first one that is not hidden.",
        ),
        part(
            "first_row",
            "Number of the first row that is wanted, from 1.",
        ),
        part("rows", "How many rows are wanted, from 1 to 1000; 100."),
        part(
            "first_column",
            "Number of the first column that is wanted, from 1.",
        ),
        part("columns", "How many columns are wanted, from 1 to 200; 50."),
        part(
            "encoding",
            "Of a CSV or TSV, such as `cp932`; without it, it is detected.",
        ),
    ];
}

const fn part(name: &'static str, description: &'static str) -> Part {
    Part {
        name,
        description,
        is_required: false,
        is_flag: false,
        example: "",
    }
}

/// What such a form asks for.
pub(super) fn window(sent: &SentFile<CellsForm>) -> Result<Window, Failure> {
    Ok(Window {
        sheet: sent.text("sheet").map(str::to_owned),
        first_row: sent.number("first_row", 1..=LAST, 1)? - 1,
        rows: sent.number("rows", 1..=ROWS_MAX, ROWS_USUAL)?,
        first_column: sent.number("first_column", 1..=LAST, 1)? - 1,
        columns: sent.number("columns", 1..=COLUMNS_MAX, COLUMNS_USUAL)?,
    })
}

/// A part of a sheet, as it stands in the file.
#[derive(Object)]
pub(super) struct CellsView {
    /// Name of the file.
    file: String,
    sha256: String,
    /// `xlsx`, `xls`, `ods`, `csv` or `tsv`.
    format: String,
    sheets: Vec<SheetView>,
    /// The sheet that the cells are of.
    sheet: String,
    /// Rows up to the last that has a cell.
    height: u32,
    /// Columns up to the last that has a cell.
    width: u32,
    /// In reading order, without empty ones.
    cells: Vec<CellView>,
}

/// A sheet of a workbook.
#[derive(Object)]
struct SheetView {
    name: String,
    hidden: bool,
}

/// A cell that is not empty.
#[derive(Object)]
struct CellView {
    /// Such as `B7`.
    cell: String,
    /// From 1, as is the column.
    row: u32,
    column: u32,
    /// As nearly as it is known how it was shown; at most 500 characters.
    text: String,
    /// What is stored: `text`, `number`, `boolean`, `date`, `duration`, `error`, or `formula` without a value.
    kind: String,
    /// How many rows it takes; more than one if it is merged.
    rows: u32,
    columns: u32,
}

impl CellsView {
    pub fn of(read: SheetCells) -> Self {
        let sheet = read.sheets.get(read.sheet);
        Self {
            sheet: sheet.map(|sheet| sheet.name.clone()).unwrap_or_default(),
            file: read.file,
            sha256: read.sha256,
            format: read.format.name().to_owned(),
            height: read.height,
            width: read.width,
            cells: read.cells.into_iter().map(CellView::from).collect(),
            sheets: read
                .sheets
                .into_iter()
                .map(|sheet| SheetView {
                    name: sheet.name,
                    hidden: sheet.is_hidden,
                })
                .collect(),
        }
    }
}

impl From<ShownCell> for CellView {
    fn from(cell: ShownCell) -> Self {
        Self {
            cell: cell.name,
            row: cell.row + 1,
            column: cell.column + 1,
            text: cell.text,
            kind: cell.kind.to_owned(),
            rows: cell.rows,
            columns: cell.columns,
        }
    }
}
