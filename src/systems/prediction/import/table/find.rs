//! Looks for the places that a mapping names by their texts.

use crate::systems::prediction::import::mapping::{Start, Table, Wildcard};
use crate::systems::prediction::import::values::{Cell, Pattern};
use crate::systems::prediction::import::workbook::Grid;

use super::view::Used;

/// Row and column of the first heading; `None` if there is none.
pub(super) fn start(
    grid: &Grid,
    table: &Table,
    start: &Start,
    used: &mut Used,
) -> Option<(u32, u32)> {
    let mut behind = None;
    if let Some(after) = &table.after {
        let (index, _, _) = matching(grid, after)?;
        used.mark(Some(index));
        behind = Some(index);
    }
    let mut left = start.nth;
    for (index, row, column, cell) in grid.iter() {
        let is_behind = behind.is_none_or(|behind| index > behind);
        if is_behind
            && !cell.is_blank()
            && is_shown(grid, row, column)
            && start.text.matches(&cell.shown())
        {
            left -= 1;
            if left == 0 {
                return Some((row, column));
            }
        }
    }
    None
}

/// The first text that a pattern matches: its index, and what the pattern found.
pub(super) fn matching(grid: &Grid, pattern: &Pattern) -> Option<(usize, (u32, u32), String)> {
    grid.iter().find_map(|(index, row, column, cell)| {
        let Cell::Text(text) = cell else {
            return None;
        };
        let found = pattern.found(text)?;
        is_shown(grid, row, column).then_some((index, (row, column), found))
    })
}

/// The first cell with this label, with or without a colon: its index and place.
pub(super) fn label(grid: &Grid, wanted: &Wildcard) -> Option<(usize, (u32, u32))> {
    grid.iter().find_map(|(index, row, column, cell)| {
        let Cell::Text(text) = cell else {
            return None;
        };
        let is_it = is_label(text, wanted) && is_shown(grid, row, column);
        is_it.then_some((index, (row, column)))
    })
}

pub(super) fn is_label(text: &str, wanted: &Wildcard) -> bool {
    let trimmed = text.trim_end();
    let without_colon = trimmed.strip_suffix([':', '：']);
    wanted.matches(text) || without_colon.is_some_and(|text| wanted.matches(text))
}

/// Cells that a merge hides are not there.
fn is_shown(grid: &Grid, row: u32, column: u32) -> bool {
    let merge = grid.merges.at(row, column);
    merge.is_none_or(|merge| merge.is_first(row, column))
}
