//! The tables of a workbook of figures, as texts.

use std::io::Cursor;

use calamine::{Data, Reader as _, Xlsx};

use crate::ui::{number, percent};

/// Headings of columns that hold shares.
const SHARES: [&str; 1] = ["占比"];

/// One sheet of a workbook.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Sheet {
    pub headings: Vec<CellText>,
    pub rows: Vec<Vec<CellText>>,
}

/// What a cell says.
#[derive(Debug, Default, PartialEq)]
pub(super) struct CellText {
    pub text: String,
    /// It stands at the right.
    pub is_number: bool,
}

/// The names of all sheets, and the wanted one, or else the first. `None`: it is no workbook.
pub(super) fn read(bytes: Vec<u8>, wanted: &str) -> Option<(Vec<String>, String, Sheet)> {
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).ok()?;
    let names = book.sheet_names();
    let name = names.iter().find(|name| *name == wanted);
    let name = name.or(names.first())?.clone();
    let range = book.worksheet_range(&name).ok()?;
    let mut rows = range.rows();
    let mut headings: Vec<CellText> = match rows.next() {
        Some(row) => row.iter().map(|cell| cell_text(cell, false)).collect(),
        None => Vec::new(),
    };
    let is_share: Vec<bool> = headings
        .iter()
        .map(|heading| SHARES.contains(&heading.text.as_str()))
        .collect();
    let rows = rows.map(|row| {
        let cells = row.iter().enumerate();
        let cells = cells.map(|(at, cell)| {
            let is_share = is_share.get(at).copied().unwrap_or_default();
            cell_text(cell, is_share)
        });
        cells.collect()
    });
    let rows: Vec<Vec<CellText>> = rows.collect();
    // A heading stands where the numbers below it do.
    for (heading, cell) in headings.iter_mut().zip(rows.first().into_iter().flatten()) {
        heading.is_number = cell.is_number;
    }
    let sheet = Sheet { headings, rows };
    Some((names, name, sheet))
}

fn cell_text(cell: &Data, is_share: bool) -> CellText {
    let right = |text: String| CellText {
        text,
        is_number: true,
    };
    let left = |text: String| CellText {
        text,
        is_number: false,
    };
    match cell {
        Data::Empty => CellText::default(),
        Data::Int(value) => right(decimal(*value as f64)),
        Data::Float(value) if is_share => right(percent(*value)),
        Data::Float(value) => right(decimal(*value)),
        Data::DateTime(at) => {
            let (year, month, day, hour, minute, second, _) = at.to_ymd_hms_milli();
            let date = format!("{year:04}-{month:02}-{day:02}");
            match (hour, minute, second) {
                (0, 0, 0) => left(date),
                _ => left(format!("{date} {hour:02}:{minute:02}:{second:02}")),
            }
        }
        other => left(other.to_string()),
    }
}

/// `-1,234.5`
fn decimal(value: f64) -> String {
    let hundredths = (value.abs() * 100.0).round() as u64;
    let sign = if value < 0.0 { "-" } else { "" };
    let whole = number(hundredths / 100);
    match hundredths % 100 {
        0 => format!("{sign}{whole}"),
        rest => format!("{sign}{whole}.{rest:02}"),
    }
}

#[cfg(test)]
mod tests {
    use calamine::{ExcelDateTime, ExcelDateTimeType};

    use super::*;

    fn time(value: f64) -> Data {
        Data::DateTime(ExcelDateTime::new(
            value,
            ExcelDateTimeType::DateTime,
            false,
        ))
    }

    #[test]
    fn cells_are_shown_as_they_stand_in_the_workbook() {
        for (cell, is_share, text, is_number) in [
            (Data::Empty, false, "", false),
            (Data::String("=<b>抖音".to_owned()), true, "=<b>抖音", false),
            (Data::Float(0.5), true, "50\u{a0}%", true),
            (Data::Float(12_345.5), false, "12,345.50", true),
            (Data::Int(9_132), false, "9,132", true),
            (time(46_327.0), false, "2026-11-01", false),
            (time(46_327.5), false, "2026-11-01 12:00:00", false),
        ] {
            let expected = CellText {
                text: text.to_owned(),
                is_number,
            };
            assert_eq!(cell_text(&cell, is_share), expected, "{cell:?}");
        }
    }

    #[test]
    fn what_is_no_workbook_has_no_sheets() {
        assert!(read(b"PK".to_vec(), "平台").is_none());
        assert!(read(Vec::new(), "平台").is_none());
    }

    #[test]
    fn decimals_have_thousands() {
        for (value, expected) in [(0.0, "0"), (-1_234.5, "-1,234.50"), (0.005, "0.01")] {
            assert_eq!(decimal(value), expected);
        }
    }
}
