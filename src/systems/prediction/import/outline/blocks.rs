//! Areas of a sheet that empty rows and columns part from each other.

use std::ops::Range;

use crate::systems::prediction::import::ImportError;
use crate::systems::prediction::import::workbook::{Budget, Grid};

/// An area with something in each of its rows and columns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Block {
    pub rows: Range<u32>,
    pub columns: Range<u32>,
}

/// How often an area is cut, by rows and then by columns.
const CUTS: u32 = 6;

/// Blocks that are looked for.
const BLOCKS_MAX: usize = 1_000;

/// The blocks of a sheet, in reading order.
pub(crate) fn blocks(grid: &Grid, budget: Budget) -> Result<Vec<Block>, ImportError> {
    let whole = Block {
        rows: 0..grid.height(),
        columns: 0..grid.width(),
    };
    let mut blocks = Vec::new();
    cut(grid, budget, &whole, CUTS, &mut blocks)?;
    blocks.sort_by_key(|block| (block.rows.start, block.columns.start));
    Ok(blocks)
}

fn cut(
    grid: &Grid,
    budget: Budget,
    area: &Block,
    cuts: u32,
    blocks: &mut Vec<Block>,
) -> Result<(), ImportError> {
    let bands = bands(grid, budget, area)?;
    for rows in &bands {
        let part = Block {
            rows: rows.clone(),
            columns: area.columns.clone(),
        };
        let groups = groups(grid, budget, &part)?;
        for columns in &groups {
            if blocks.len() >= BLOCKS_MAX {
                return Ok(());
            }
            let block = Block {
                rows: rows.clone(),
                columns: columns.clone(),
            };
            let is_whole = bands.len() == 1 && groups.len() == 1;
            if is_whole || cuts == 0 {
                blocks.push(block);
            } else {
                cut(grid, budget, &block, cuts - 1, blocks)?;
            }
        }
    }
    Ok(())
}

/// Runs of rows that are not empty.
fn bands(grid: &Grid, budget: Budget, area: &Block) -> Result<Vec<Range<u32>>, ImportError> {
    let mut runs: Vec<Range<u32>> = Vec::new();
    let mut add = |rows: Range<u32>| match runs.last_mut() {
        Some(last) if rows.start <= last.end => last.end = last.end.max(rows.end),
        _ => runs.push(rows),
    };
    for row in grid.row_numbers_in(&area.rows) {
        budget.check_time()?;
        let mut cells = grid.span_in(row, &area.columns);
        if cells.any(|index| !grid.cell(index).is_blank()) {
            let last = merged_to(grid, row, area);
            add(row..last.min(area.rows.end));
        }
    }
    Ok(runs)
}

/// The end of the rows that merges which begin in a row reach.
fn merged_to(grid: &Grid, row: u32, area: &Block) -> u32 {
    if grid.merges.is_empty() {
        return row + 1;
    }
    let merges = grid.merges.of_row(row);
    let reaching = merges.iter().filter(|merge| {
        let is_here = merge.first_row == row && area.columns.contains(&merge.first_column);
        is_here
            && grid
                .at(row, merge.first_column)
                .is_some_and(|(_, cell)| !cell.is_blank())
    });
    reaching
        .map(|merge| merge.last_row + 1)
        .fold(row + 1, u32::max)
}

/// Runs of columns that are not empty.
fn groups(grid: &Grid, budget: Budget, area: &Block) -> Result<Vec<Range<u32>>, ImportError> {
    let width = (area.columns.end - area.columns.start) as usize;
    let mut is_filled = vec![false; width];
    for row in grid.row_numbers_in(&area.rows) {
        budget.check_time()?;
        for index in grid.span_in(row, &area.columns) {
            let column = grid.column(index);
            if !grid.cell(index).is_blank() {
                is_filled[(column - area.columns.start) as usize] = true;
            }
        }
    }
    for merge in grid.merges.beginning_in(&area.rows) {
        let is_here =
            area.rows.contains(&merge.first_row) && area.columns.contains(&merge.first_column);
        if is_here && is_filled[(merge.first_column - area.columns.start) as usize] {
            let end = (merge.last_column + 1).min(area.columns.end);
            let merged = (merge.first_column - area.columns.start) as usize
                ..(end - area.columns.start) as usize;
            is_filled[merged].fill(true);
        }
    }
    let mut runs: Vec<Range<u32>> = Vec::new();
    for (column, _) in (area.columns.start..)
        .zip(&is_filled)
        .filter(|(_, is_filled)| **is_filled)
    {
        match runs.last_mut() {
            Some(last) if last.end == column => last.end += 1,
            _ => runs.push(column..column + 1),
        }
    }
    Ok(runs)
}
