//! Writes a workbook. It says nothing of when it was written, so that the same set makes the same bytes.

use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook, Worksheet, XlsxError};

use super::SHEET;
use crate::systems::labelling::rules::document::{Document, shown};
use crate::systems::labelling::rules::finding::{Code, Finding, Findings};
use crate::systems::labelling::rules::forms::exported::Expressions;
use crate::systems::labelling::rules::forms::table::{COLUMNS, TableRow, rows};
use crate::systems::labelling::rules::set::Place;

/// Longest text of a cell, in the units of UTF-16 that spreadsheets count in.
const CELL_UNITS: usize = 32_767;

/// How wide the columns are, in characters.
const WIDTHS: [f64; COLUMNS.len()] = [8.0, 20.0, 50.0, 14.0, 14.0, 16.0, 30.0];

/// The number of Excel's format for texts: what is typed there stays as it is.
const TEXT_FORMAT: u8 = 49;

/// The whole workbook; findings about what cells cannot hold.
pub fn write(document: &Document, style: Expressions) -> Result<Vec<u8>, Findings> {
    let mut findings = Findings::default();
    let written = workbook(document, style, &mut findings);
    match written {
        Ok(bytes) if findings.is_empty() => Ok(bytes),
        Ok(_) => Err(findings),
        Err(error) => {
            let message = format!("failed to write the workbook: {error}");
            findings.push(Finding::new(Code::E08, Place::Unknown, message));
            Err(findings)
        }
    }
}

fn workbook(
    document: &Document,
    style: Expressions,
    findings: &mut Findings,
) -> Result<Vec<u8>, XlsxError> {
    let written = ExcelDateTime::from_ymd(2000, 1, 1)?;
    let mut book = Workbook::new();
    book.set_properties(&DocProperties::new().set_creation_datetime(&written));
    let sheet = book.add_worksheet();
    sheet.set_name(SHEET)?;
    let text = Format::new().set_num_format_index(TEXT_FORMAT);
    for (column, width) in (0..).zip(WIDTHS) {
        sheet.set_column_width(column, width)?;
        sheet.set_column_format(column, &text)?;
    }
    let heading = Format::new().set_num_format_index(TEXT_FORMAT).set_bold();
    for (column, name) in (0..).zip(COLUMNS) {
        sheet.write_string_with_format(0, column, name, &heading)?;
    }
    sheet.set_freeze_panes(1, 0)?;
    let mut number = 0;
    rows(document, style, |row| {
        number += 1;
        push(sheet, number, &row, &text, findings)
    })?;
    book.save_to_buffer()
}

fn push(
    sheet: &mut Worksheet,
    number: u32,
    row: &TableRow,
    format: &Format,
    findings: &mut Findings,
) -> Result<(), XlsxError> {
    for (column, cell) in (0..).zip(&row.cells) {
        if cell.is_empty() {
            continue;
        }
        if let Some(problem) = problem(cell) {
            findings.add(Code::E02, || {
                let message = format!("{} {problem}", shown(cell));
                Finding::new(Code::E02, row.place.clone(), message).advise("choose another form")
            });
            continue;
        }
        sheet.write_string_with_format(number, column, cell, format)?;
    }
    Ok(())
}

/// Why a cell cannot hold a text.
fn problem(text: &str) -> Option<&'static str> {
    if text.contains('\r') {
        return Some("has a carriage return, which a cell cannot hold");
    }
    // A character has as many bytes as units at least.
    let is_long = text.len() > CELL_UNITS && text.encode_utf16().count() > CELL_UNITS;
    is_long.then_some("is longer than a cell can be")
}
