//! Merged cells of a sheet. They are never expanded: a few bytes can merge a whole sheet.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::ops::Range;

/// Rows and columns of a sheet.
pub(super) const ROWS_MAX: u32 = 1_048_576;
pub(super) const COLUMNS_MAX: u32 = 16_384;

/// A merged area; its first and last rows and columns, from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Merge {
    pub first_row: u32,
    pub first_column: u32,
    pub last_row: u32,
    pub last_column: u32,
}

/// All merges, none of which overlap, as a tree over their rows.
#[derive(Clone, Debug, Default)]
pub(crate) struct Merges {
    /// By first row, then first column.
    areas: Vec<Merge>,
    /// The greatest last row of the areas below each node of a binary tree whose leaves are `areas`.
    greatest: Vec<u32>,
    leaves: usize,
}

impl Merge {
    pub fn contains(&self, row: u32, column: u32) -> bool {
        (self.first_row..=self.last_row).contains(&row)
            && (self.first_column..=self.last_column).contains(&column)
    }

    /// Rows, or records of a view.
    pub const fn height(&self) -> u32 {
        self.last_row - self.first_row + 1
    }

    pub fn is_first(&self, row: u32, column: u32) -> bool {
        (self.first_row, self.first_column) == (row, column)
    }
}

impl Merges {
    /// Of merges that overlap, which no program makes, the one that begins first counts. What is outside
    /// of a sheet is cut off.
    pub fn new(mut areas: Vec<Merge>) -> Self {
        areas.retain(|area| area.first_row < ROWS_MAX && area.first_column < COLUMNS_MAX);
        for area in &mut areas {
            area.last_row = area.last_row.min(ROWS_MAX - 1);
            area.last_column = area.last_column.min(COLUMNS_MAX - 1);
        }
        areas.retain(|area| {
            let is_ordered =
                area.first_row <= area.last_row && area.first_column <= area.last_column;
            is_ordered && (area.first_row, area.first_column) != (area.last_row, area.last_column)
        });
        areas.sort_unstable_by_key(|area| (area.first_row, area.first_column));
        let areas = without_overlaps(areas);
        let leaves = areas.len().next_power_of_two();
        let mut greatest = vec![0; 2 * leaves];
        for (index, area) in areas.iter().enumerate() {
            greatest[leaves + index] = area.last_row;
        }
        for node in (1..leaves).rev() {
            greatest[node] = greatest[2 * node].max(greatest[2 * node + 1]);
        }
        Self {
            areas,
            greatest,
            leaves,
        }
    }

    pub fn is_empty(&self) -> bool {
        self.areas.is_empty()
    }

    pub fn areas(&self) -> &[Merge] {
        &self.areas
    }

    /// Those that begin in some rows.
    pub fn beginning_in(&self, rows: &Range<u32>) -> &[Merge] {
        let first = self
            .areas
            .partition_point(|area| area.first_row < rows.start);
        let end = self.areas.partition_point(|area| area.first_row < rows.end);
        &self.areas[first..end.max(first)]
    }

    /// The merge that a cell is part of.
    pub fn at(&self, row: u32, column: u32) -> Option<&Merge> {
        if self.areas.is_empty() {
            return None;
        }
        let mut found = None;
        self.visit(row, 1, 0, self.leaves, &mut |merge| {
            if merge.contains(row, column) {
                found = Some(merge);
            }
        });
        found
    }

    /// The merges that a row is part of, by column.
    pub fn of_row(&self, row: u32) -> Vec<Merge> {
        let mut merges = Vec::new();
        if !self.areas.is_empty() {
            self.visit(row, 1, 0, self.leaves, &mut |merge| merges.push(*merge));
            merges.sort_unstable_by_key(|merge| merge.first_column);
        }
        merges
    }

    fn visit<'m>(
        &'m self,
        row: u32,
        node: usize,
        from: usize,
        to: usize,
        found: &mut impl FnMut(&'m Merge),
    ) {
        let Some(first) = self.areas.get(from) else {
            return;
        };
        if first.first_row > row || self.greatest[node] < row {
            return;
        }
        if to - from == 1 {
            found(first);
            return;
        }
        let middle = from.midpoint(to);
        self.visit(row, 2 * node, from, middle, found);
        self.visit(row, 2 * node + 1, middle, to, found);
    }
}

fn without_overlaps(areas: Vec<Merge>) -> Vec<Merge> {
    let mut kept = Vec::with_capacity(areas.len());
    // Those that the current row is part of, by first column; and when they end.
    let mut open: BTreeMap<u32, u32> = BTreeMap::new();
    let mut ends = BinaryHeap::new();
    for area in areas {
        while let Some(Reverse((last_row, first_column))) = ends.peek().copied() {
            if last_row >= area.first_row {
                break;
            }
            ends.pop();
            open.remove(&first_column);
        }
        let before = open.range(..=area.last_column).next_back();
        if before.is_some_and(|(_, last)| *last >= area.first_column) {
            continue;
        }
        open.insert(area.first_column, area.last_column);
        ends.push(Reverse((area.last_row, area.first_column)));
        kept.push(area);
    }
    kept
}
