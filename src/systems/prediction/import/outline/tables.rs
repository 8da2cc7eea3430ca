//! Which blocks are tables, and how many of their rows are headings.

use std::ops::Range;

use super::blocks::Block;
use crate::systems::prediction::import::ImportError;
use crate::systems::prediction::import::table::View;
use crate::systems::prediction::import::values::{Cell, WrittenNumber, clean, fold};
use crate::systems::prediction::import::workbook::{Budget, Grid};

/// What seems to be a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TableOutline {
    pub header: Range<u32>,
    pub body: Range<u32>,
    pub columns: Range<u32>,
    /// Whether notes follow without an empty row between.
    pub has_notes: bool,
}

/// Rows of headings.
const HEADER_MAX: u32 = 5;

/// The tables among some blocks.
pub(crate) fn tables(
    grid: &Grid,
    blocks: &[Block],
    budget: Budget,
) -> Result<Vec<TableOutline>, ImportError> {
    let mut tables = Vec::new();
    for block in blocks {
        tables.extend(table(grid, block, budget)?);
    }
    Ok(tables)
}

fn table(grid: &Grid, block: &Block, budget: Budget) -> Result<Option<TableOutline>, ImportError> {
    if block.columns.len() < 2 || block.rows.len() < 2 {
        return Ok(None);
    }
    let view = View::new(grid, false);
    // Titles stand alone in their rows.
    let mut start = block.rows.start;
    while start < block.rows.end && texts(&view, start, &block.columns) < 2 {
        budget.check_time()?;
        start += 1;
    }
    if start == block.rows.end {
        return Ok(None);
    }
    let mut end = block.rows.end;
    while end > start && is_note(&view, end - 1, &block.columns) {
        budget.check_time()?;
        end -= 1;
    }
    let header = start..header_end(&view, start, end, &block.columns);
    let table = TableOutline {
        body: header.end..end,
        header,
        columns: block.columns.clone(),
        has_notes: end < block.rows.end,
    };
    let is_table = !table.body.is_empty() && !has_figures(&view, &table);
    Ok(is_table.then_some(table))
}

/// Whether numbers stand where headings would: labels of a form, with their values beside them. Years and
/// months are headings.
fn has_figures(view: &View<'_>, table: &TableOutline) -> bool {
    let row = table.header.end - 1;
    table
        .columns
        .clone()
        .any(|column| match view.at(row, column).cell {
            Cell::Text(text) => {
                let written = WrittenNumber::parse(text);
                written.is_some_and(|written| match &written.unit {
                    Some(unit) => !matches!(unit.kind, "年" | "月" | "日"),
                    // Numbers of columns, days and years are headings, too.
                    None => {
                        let number = written.number.to_double();
                        number > 31.0 && !(1868.0..2100.0).contains(&number)
                    }
                })
            }
            Cell::Date { .. } | Cell::Boolean(_) => false,
            Cell::Number(number) => number.fract() != 0.0,
            _ => false,
        })
}

/// Whether a row adds up others.
pub(crate) fn is_total(view: &View<'_>, table: &TableOutline, row: u32) -> bool {
    let first = table
        .columns
        .clone()
        .find_map(|column| match view.at(row, column).cell {
            Cell::Text(text)
                if !text.trim().is_empty() && view.at(row, column).is_first(row, column) =>
            {
                Some(text)
            }
            _ => None,
        });
    first.is_some_and(|text| fold(text).ends_with('計'))
}

/// Cells of a row with something in them; merged ones count once.
fn texts(view: &View<'_>, row: u32, columns: &Range<u32>) -> usize {
    let filled = columns.clone().filter(|column| {
        let found = view.at(row, *column);
        found.is_first(row, *column) && !found.cell.is_blank()
    });
    filled.take(2).count()
}

fn is_note(view: &View<'_>, row: u32, columns: &Range<u32>) -> bool {
    const MARKS: [&str; 6] = ["注", "(注", "※", "資料", "出典", "備考"];
    let first = columns
        .clone()
        .map(|column| view.at(row, column).cell)
        .find(|cell| !cell.is_blank());
    let is_marked = match first {
        Some(Cell::Text(text)) => MARKS.iter().any(|mark| clean(text).starts_with(mark)),
        _ => false,
    };
    is_marked && texts(view, row, columns) == 1
}

/// Merged headings are as high as their merges; below one that is wide there are others.
fn header_end(view: &View<'_>, start: u32, end: u32, columns: &Range<u32>) -> u32 {
    let mut header = start + 1;
    let most = end.saturating_sub(1).min(start + HEADER_MAX).max(start + 1);
    let mut row = start;
    while row < header {
        for merge in view.grid.merges.of_row(row) {
            if merge.first_row != row || !columns.contains(&merge.first_column) {
                continue;
            }
            // One that is high, too, is over the names of the rows.
            let is_wide = merge.last_column > merge.first_column && merge.height() == 1;
            let below = merge.last_row + 1;
            let has_more = is_wide
                && below < most
                && (merge.first_column..=merge.last_column)
                    .all(|column| may_be_heading(&view.at(below, column).cell));
            header = header.max(below + u32::from(has_more)).min(most);
        }
        row += 1;
    }
    header
}

/// Numbers below a wide heading are headings only if they are years, or months of one.
fn may_be_heading(cell: &Cell<'_>) -> bool {
    match cell {
        Cell::Number(number) => {
            let is_time = (1868.0..2100.0).contains(number) || (1.0..=12.0).contains(number);
            is_time && number.fract() == 0.0
        }
        _ => true,
    }
}
