//! The cells of a sheet as they stand there, a window of them at a time.

use std::sync::Arc;

use super::error::ImportError;
use super::values::Cell;
use super::workbook::{Format, Grid, Limits, Merge, Sheet, Workbook, address};

/// Characters of a cell that are shown.
const TEXT_MAX: usize = 500;

/// The part of a sheet that is wanted; rows and columns count from 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Window {
    /// Its name; `None`: the first one that is not hidden.
    pub sheet: Option<String>,
    pub first_row: u32,
    pub rows: u32,
    pub first_column: u32,
    pub columns: u32,
}

/// A sheet, and the cells of it that were wanted.
#[derive(Debug)]
pub(crate) struct SheetCells {
    /// Name of the file.
    pub file: String,
    pub sha256: String,
    pub format: Format,
    pub sheets: Vec<Sheet>,
    /// Which of them it is.
    pub sheet: usize,
    /// Rows and columns up to the last that has a cell.
    pub height: u32,
    pub width: u32,
    /// In reading order, without empty ones.
    pub cells: Vec<ShownCell>,
}

/// A cell that is not empty.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct ShownCell {
    pub row: u32,
    pub column: u32,
    /// Such as `B7`.
    pub name: String,
    pub text: String,
    /// What is stored: `text`, `number`, `boolean`, `date`, `duration`, `error`, or `formula` without its value.
    pub kind: &'static str,
    /// How many rows and columns it takes; more than one if it is merged.
    pub rows: u32,
    pub columns: u32,
}

/// Reads a window of a sheet.
pub(crate) fn cells(
    name: &str,
    bytes: &Arc<[u8]>,
    encoding: Option<&str>,
    limits: Limits,
    window: &Window,
) -> Result<SheetCells, ImportError> {
    let mut workbook = Workbook::open(name, bytes, encoding, limits)?;
    let sheet = chosen(&workbook.sheets, window.sheet.as_deref())?;
    let grid = workbook.grid(sheet)?;
    Ok(SheetCells {
        sheet,
        height: grid.height(),
        width: grid.width(),
        cells: within(&grid, window),
        file: workbook.name,
        sha256: workbook.sha256,
        format: workbook.format,
        sheets: workbook.sheets,
    })
}

fn chosen(sheets: &[Sheet], name: Option<&str>) -> Result<usize, ImportError> {
    let found = match name {
        Some(name) => sheets.iter().position(|sheet| sheet.name == name),
        None => {
            let shown = sheets.iter().position(|sheet| !sheet.is_hidden);
            shown.or((!sheets.is_empty()).then_some(0))
        }
    };
    found.ok_or_else(|| ImportError::UnknownSheet {
        name: name.unwrap_or_default().to_owned(),
        known: sheets
            .iter()
            .map(|sheet| sheet.name.as_str())
            .collect::<Vec<_>>()
            .join(", "),
    })
}

fn within(grid: &Grid, window: &Window) -> Vec<ShownCell> {
    let rows = window.first_row..window.first_row.saturating_add(window.rows);
    let columns = window.first_column..window.first_column.saturating_add(window.columns);
    let mut found = Vec::new();
    for row in grid.row_numbers_in(&rows) {
        let merges = grid.merges.of_row(row);
        for index in grid.row_span(row) {
            let column = grid.column(index);
            let cell = grid.cell(index);
            if !columns.contains(&column) || cell.is_blank() {
                continue;
            }
            let merge = merges.iter().find(|merge| merge.contains(row, column));
            // What stands below a merge is not seen.
            if merge.is_some_and(|merge| !merge.is_first(row, column)) {
                continue;
            }
            let (rows, columns) = merge.map_or((1, 1), |merge| (merge.height(), width(merge)));
            found.push(ShownCell {
                row,
                column,
                name: address(row, column),
                text: shortened(&cell.shown()),
                kind: kind(cell),
                rows,
                columns,
            });
        }
    }
    found
}

const fn width(merge: &Merge) -> u32 {
    merge.last_column - merge.first_column + 1
}

const fn kind(cell: Cell<'_>) -> &'static str {
    match cell {
        Cell::Text(_) | Cell::Empty => "text",
        Cell::Number(_) => "number",
        Cell::Boolean(_) => "boolean",
        Cell::Date { .. } => "date",
        Cell::Duration(_) => "duration",
        Cell::Error(_) => "error",
        Cell::NoValue => "formula",
    }
}

fn shortened(text: &str) -> String {
    let mut short: String = text.chars().take(TEXT_MAX).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(sheet: Option<&str>) -> Window {
        Window {
            sheet: sheet.map(str::to_owned),
            first_row: 0,
            rows: 100,
            first_column: 0,
            columns: 50,
        }
    }

    fn read(window: &Window) -> Result<SheetCells, ImportError> {
        let bytes: Arc<[u8]> = include_bytes!("tests/data/report.xlsx").as_slice().into();
        cells("report.xlsx", &bytes, None, Limits::default(), window)
    }

    #[test]
    fn cells_are_read_with_their_merges() {
        let sheet = read(&window(None)).unwrap();
        assert_eq!(sheet.sheets[sheet.sheet].name, "実績表");
        let merged = sheet.cells.iter().find(|cell| cell.columns > 1).unwrap();
        assert_eq!(merged.row, 0, "{merged:?}");
        let named = |name: &str| sheet.cells.iter().find(|cell| cell.name == name);
        assert_eq!(named("A5").map(|cell| cell.kind), Some("text"));
        let part = Window {
            first_row: 5,
            rows: 2,
            first_column: 1,
            columns: 2,
            ..window(Some("実績表"))
        };
        let part = read(&part).unwrap();
        assert!(!part.cells.is_empty());
        for cell in &part.cells {
            assert!((5..7).contains(&cell.row) && (1..3).contains(&cell.column));
            assert_eq!(named(&cell.name), Some(cell));
        }
        assert_eq!((part.height, part.width), (sheet.height, sheet.width));
    }

    #[test]
    fn a_sheet_that_is_not_there_is_named_with_those_that_are() {
        let error = read(&window(Some("x"))).unwrap_err();
        assert!(error.to_string().contains("known: "), "{error}");
        assert!(error.to_string().contains("実績表"), "{error}");
    }
}
