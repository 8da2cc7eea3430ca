//! Cells of an xlsx that the library cannot read: where they are, so that the others can be.

use std::io::Read;

use calamine::XlsxError;

use super::address::parse_address;
use super::package::{attribute, elements};

/// So many of them make the file a damaged one.
pub(super) const BAD_MAX: usize = 1_000;

/// Characters of its name that are shown.
const NAME_MAX: usize = 50;

/// A cell that cannot be read.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct BadCell {
    /// Its place, or the one that it would have behind the cell before it.
    pub row: u32,
    pub column: u32,
    /// What it calls itself, if that is no place.
    pub misnamed: Option<String>,
}

/// Whether only one cell is at fault: the library reads the next one when it is asked again.
pub(super) const fn is_of_cell(error: &XlsxError) -> bool {
    matches!(
        error,
        XlsxError::Unexpected(_)
            | XlsxError::Unrecognized { .. }
            | XlsxError::Alphanumeric(_)
            | XlsxError::RangeWithoutColumnComponent
            | XlsxError::RangeWithoutRowComponent
            | XlsxError::CellTAttribute(_)
            | XlsxError::CellError(_)
            | XlsxError::ParseFloat(_)
    )
}

/// The cells with these numbers in their sheet, which are in order. `None`: those behind them cannot be
/// placed, as they have no names of their own and are counted from the cell before.
pub(super) fn bad_cells(sheet: impl Read, numbers: &[u64]) -> Option<Vec<BadCell>> {
    let mut bad = Vec::new();
    let (mut row, mut column, mut number) = (0, 0, 0);
    let mut is_placed = true;
    let read = elements(sheet, |name, element| {
        match name {
            "row" if bad.len() == numbers.len() => return false,
            "row" => {
                if let Some(text) = attribute(element, "r") {
                    let named = text.parse::<u32>().ok();
                    let place = named.and_then(|row| row.checked_sub(1));
                    is_placed &= place.is_some();
                    row = place.unwrap_or(row);
                }
                column = 0;
            }
            "c" => {
                let named = attribute(element, "r");
                is_placed &= named.is_some();
                let place = named.as_deref().and_then(parse_address);
                (row, column) = place.unwrap_or((row, column));
                if numbers.get(bad.len()) == Some(&number) {
                    let misnamed = named.filter(|_| place.is_none());
                    let misnamed = misnamed.map(|name| name.chars().take(NAME_MAX).collect());
                    bad.push(BadCell {
                        row,
                        column,
                        misnamed,
                    });
                }
                number += 1;
                column = column.saturating_add(1);
            }
            _ => {}
        }
        is_placed
    });
    (read.is_ok() && is_placed && bad.len() == numbers.len()).then_some(bad)
}
