//! Rules that look at a whole sheet: 1-4, 1-7, 1-8, 1-14 and 1-15.

use super::finding::{Findings, Rule};
use crate::systems::prediction::import::ImportError;
use crate::systems::prediction::import::outline::TableOutline;
use crate::systems::prediction::import::table::View;
use crate::systems::prediction::import::values::Cell;
use crate::systems::prediction::import::workbook::{Budget, Grid, address};

pub(super) fn judge(
    grid: &Grid,
    tables: &[TableOutline],
    budget: Budget,
    found: &mut Findings,
) -> Result<(), ImportError> {
    for merge in grid.merges.areas() {
        let first = address(merge.first_row, merge.first_column);
        let last = address(merge.last_row, merge.last_column);
        found.add_area(Rule::Merges, format!("{first}:{last}"));
    }
    for index in &grid.traits.formulas {
        found.add(Rule::Formulas, grid.place(*index as usize));
    }
    if !grid.traits.objects.is_empty() {
        let kinds: Vec<String> = grid
            .traits
            .objects
            .iter()
            .map(|(kind, count)| format!("{count} × {kind}"))
            .collect();
        let count = grid
            .traits
            .objects
            .iter()
            .map(|(_, count)| u64::from(*count))
            .sum();
        found.add_whole(
            Rule::Objects,
            count,
            format!("the sheet has objects on it: {}", kinds.join(", ")),
        );
    }
    parts(grid, tables, budget, found)
}

/// A table that goes on behind an empty row or column, and tables beside the first.
fn parts(
    grid: &Grid,
    tables: &[TableOutline],
    budget: Budget,
    found: &mut Findings,
) -> Result<(), ImportError> {
    let view = View::new(grid, false);
    let mut seen: Vec<&TableOutline> = Vec::new();
    for table in tables {
        let mut before = None;
        for one in &seen {
            budget.check_time()?;
            if continues(&view, one, table) {
                before = Some(*one);
                break;
            }
        }
        match before {
            Some(before) if before.columns == table.columns => {
                let (first, last) = (before.body.end, table.header.start.saturating_sub(1));
                let area = format!(
                    "{}:{}",
                    address(first, table.columns.start),
                    address(last, table.columns.end - 1)
                );
                found.add_area(Rule::SplitData, area);
            }
            Some(before) => {
                let (first, last) = (before.columns.end, table.columns.start.saturating_sub(1));
                let area = format!(
                    "{}:{}",
                    address(table.header.start, first),
                    address(table.body.end - 1, last)
                );
                found.add_area(Rule::SplitData, area);
            }
            None if !seen.is_empty() => {
                found.add(Rule::OneTable, (table.header.start, table.columns.start))
            }
            None => {}
        }
        seen.push(table);
    }
    Ok(())
}

/// Whether a table is the rest of another: below it without headings of its own, or beside it in the same
/// rows without names of its own.
fn continues(view: &View<'_>, before: &TableOutline, table: &TableOutline) -> bool {
    let is_number = |row, column| is_figure(&view.at(row, column).cell);
    if before.columns == table.columns && table.header.start > before.body.start {
        return table
            .columns
            .clone()
            .any(|column| is_number(table.header.start, column));
    }
    let is_beside = before.header == table.header
        && before.body == table.body
        && table.columns.start == before.columns.end + 1;
    is_beside
        && table
            .body
            .clone()
            .all(|row| !matches!(view.at(row, table.columns.start).cell, Cell::Text(_)))
}

/// A date or a number, which in CSV is a text; but no year, which may be a heading.
fn is_figure(cell: &Cell<'_>) -> bool {
    match cell {
        Cell::Number(_) | Cell::Date { .. } => true,
        Cell::Text(text) => {
            let number = text.trim().parse::<f64>();
            number.is_ok_and(|number| !(1868.0..2100.0).contains(&number))
        }
        _ => false,
    }
}
