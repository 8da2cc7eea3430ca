//! Looks for the places that a mapping names by their texts.

use crate::systems::prediction::import::mapping::{Start, Table, Wildcard};
use crate::systems::prediction::import::values::{Cell, Pattern};
use crate::systems::prediction::import::workbook::Grid;

use super::body::Stop;
use super::view::Used;
use super::watch::Watch;

/// Row and column of the first heading; `None` if there is none.
pub(super) fn start(
    grid: &Grid,
    table: &Table,
    start: &Start,
    used: &mut Used,
    watch: &mut Watch<'_>,
) -> Result<Option<(u32, u32)>, Stop> {
    let mut behind = None;
    if let Some(after) = &table.after {
        let Some((index, _, _)) = matching(grid, after, watch)? else {
            return Ok(None);
        };
        used.mark(Some(index));
        behind = Some(index);
    }
    let mut left = start.nth;
    for (index, row, column, cell) in grid.iter() {
        watch.pass()?;
        let is_behind = behind.is_none_or(|behind| index > behind);
        if is_behind
            && !cell.is_blank()
            && is_shown(grid, row, column)
            && start.text.matches(&cell.shown())
        {
            left -= 1;
            if left == 0 {
                return Ok(Some((row, column)));
            }
        }
    }
    Ok(None)
}

/// A text, by its index and its place, and what was found in it.
pub(super) type FoundText<T> = Option<(usize, (u32, u32), T)>;

/// The first text that a pattern matches, and what the pattern found.
pub(super) fn matching(
    grid: &Grid,
    pattern: &Pattern,
    watch: &mut Watch<'_>,
) -> Result<FoundText<String>, Stop> {
    first_text(grid, watch, |text| pattern.found(text))
}

/// The first cell with this label, with or without a colon.
pub(super) fn label(
    grid: &Grid,
    wanted: &Wildcard,
    watch: &mut Watch<'_>,
) -> Result<FoundText<()>, Stop> {
    first_text(grid, watch, |text| is_label(text, wanted).then_some(()))
}

fn first_text<T>(
    grid: &Grid,
    watch: &mut Watch<'_>,
    find: impl Fn(&str) -> Option<T>,
) -> Result<FoundText<T>, Stop> {
    for (index, row, column, cell) in grid.iter() {
        watch.pass()?;
        let Cell::Text(text) = cell else {
            continue;
        };
        let Some(found) = find(text) else {
            continue;
        };
        if is_shown(grid, row, column) {
            return Ok(Some((index, (row, column), found)));
        }
    }
    Ok(None)
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
