//! Rules that look at each text of a sheet: 1-5, 1-10 and 1-11.

use super::finding::{Findings, Rule};
use crate::systems::prediction::import::ImportError;
use crate::systems::prediction::import::outline::TableOutline;
use crate::systems::prediction::import::values::{Cell, WrittenDate, is_circled, is_space};
use crate::systems::prediction::import::workbook::{Budget, Grid};

pub(super) fn judge(
    grid: &Grid,
    tables: &[TableOutline],
    budget: Budget,
    found: &mut Findings,
) -> Result<(), ImportError> {
    for (_, row, column, cell) in grid.iter() {
        budget.check_time()?;
        let Cell::Text(text) = cell else {
            continue;
        };
        if text.chars().all(is_space) {
            continue;
        }
        if is_laid_out(text) {
            found.add(Rule::Layout, (row, column));
        }
        if text.chars().any(is_platform_dependent) {
            found.add(Rule::Characters, (row, column));
        }
        if !is_wareki(text) {
            continue;
        }
        let table = tables.iter().find(|table| {
            let rows = table.header.start..table.body.end;
            rows.contains(&row) && table.columns.contains(&column)
        });
        let Some(table) = table else {
            continue;
        };
        // A year of its own stands beside a date, and above or below a heading.
        let is_heading = table.header.contains(&row);
        if !has_western_beside(grid, (row, column), is_heading) {
            found.add(Rule::Time, (row, column));
        }
    }
    Ok(())
}

/// Spaces at the ends, line breaks, and spaces between all characters: 地　域.
fn is_laid_out(text: &str) -> bool {
    if text.starts_with(is_space)
        || text.ends_with(is_space)
        || text.contains(['\n', '\r', '\u{3000}'])
    {
        return true;
    }
    let mut words = text
        .split(is_space)
        .filter(|word| !word.is_empty())
        .peekable();
    let is_spread =
        text.contains(is_space) && words.all(|word| word.chars().count() == 1 && !word.is_ascii());
    is_spread || text.contains("  ")
}

fn is_platform_dependent(character: char) -> bool {
    is_circled(character)
        || matches!(character,
            '\u{2116}' | '\u{2121}' // № ℡
            | '\u{2160}'..='\u{217F}' // Roman numerals
            | '\u{2474}'..='\u{249B}' // ⑴ ⒈
            | '\u{3220}'..='\u{3247}' // ㈱
            | '\u{3280}'..='\u{32B0}' // ㊤
            | '\u{32C0}'..='\u{33FF}' // ㋿ ㌔ ㍻ ㎡
            | '\u{E000}'..='\u{F8FF}'
            | '\u{F0000}'..='\u{10FFFD}')
}

fn is_wareki(text: &str) -> bool {
    WrittenDate::parse(text).is_some_and(|date| date.names_era_alone())
}

/// A western year or a date in a cell next to it.
fn has_western_beside(grid: &Grid, (row, column): (u32, u32), is_heading: bool) -> bool {
    let beside = if is_heading {
        [
            row.checked_sub(1).map(|row| (row, column)),
            Some((row + 1, column)),
        ]
    } else {
        [
            column.checked_sub(1).map(|column| (row, column)),
            Some((row, column + 1)),
        ]
    };
    beside
        .into_iter()
        .flatten()
        .any(|(row, column)| match grid.at(row, column) {
            Some((_, Cell::Date { .. })) => true,
            Some((_, Cell::Number(number))) => {
                number.fract() == 0.0 && (1868.0..2100.0).contains(&number)
            }
            Some((_, Cell::Text(text))) => {
                WrittenDate::parse(text).is_some_and(|date| !date.names_era_alone())
            }
            _ => false,
        })
}
