//! A sheet as rows of records, whichever way they run, with merged cells filled.

use crate::systems::prediction::import::values::Cell;
use crate::systems::prediction::import::workbook::{Grid, Merge, address};

/// A sheet, turned so that records follow each other downwards. Places in it are a record and a field.
#[derive(Clone, Copy)]
pub(crate) struct View<'g> {
    pub grid: &'g Grid,
    is_turned: bool,
}

/// What stands at a place.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Found<'g> {
    pub cell: Cell<'g>,
    /// Its index in the grid, of a merge that of its first cell; `None` if nothing is stored.
    pub index: Option<usize>,
    /// The merge that the place is part of, turned as the view is.
    pub merge: Option<Merge>,
}

/// Which cells of a sheet a rule has read.
#[derive(Clone, Debug, Default)]
pub(crate) struct Used(Vec<u64>);

/// A record, whose fields are looked up many times.
pub(crate) struct Record<'g> {
    view: View<'g>,
    pub number: u32,
    /// Of records that are rows: where their cells are, and the merges that they are part of.
    span: std::ops::Range<usize>,
    merges: Vec<Merge>,
}

impl<'g> View<'g> {
    pub fn new(grid: &'g Grid, is_turned: bool) -> Self {
        Self { grid, is_turned }
    }

    /// Records and fields up to the last that has a cell.
    pub fn size(&self) -> (u32, u32) {
        self.turned((self.grid.height(), self.grid.width()))
    }

    /// A row and a column as record and field, and back.
    pub fn turned(&self, (one, other): (u32, u32)) -> (u32, u32) {
        if self.is_turned {
            (other, one)
        } else {
            (one, other)
        }
    }

    fn turned_merge(&self, merge: Merge) -> Merge {
        if !self.is_turned {
            return merge;
        }
        Merge {
            first_row: merge.first_column,
            first_column: merge.first_row,
            last_row: merge.last_column,
            last_column: merge.last_row,
        }
    }

    pub fn at(&self, record: u32, field: u32) -> Found<'g> {
        let (row, column) = self.turned((record, field));
        let merge = self.grid.merges.at(row, column).copied();
        let (row, column) =
            merge.map_or((row, column), |merge| (merge.first_row, merge.first_column));
        let stored = self.grid.at(row, column);
        Found {
            cell: stored.map_or(Cell::Empty, |(_, cell)| cell),
            index: stored.map(|(index, _)| index),
            merge: merge.map(|merge| self.turned_merge(merge)),
        }
    }

    pub fn record(&self, number: u32) -> Record<'g> {
        let (span, merges) = if self.is_turned {
            (0..0, Vec::new())
        } else {
            (self.grid.row_span(number), self.grid.merges.of_row(number))
        };
        Record {
            view: *self,
            number,
            span,
            merges,
        }
    }

    /// The name of a place with its sheet, such as `実績表!A7`.
    pub fn name(&self, record: u32, field: u32) -> String {
        let (row, column) = self.turned((record, field));
        format!("{}!{}", self.grid.name, address(row, column))
    }

    /// The name of an area.
    pub fn range(&self, first: (u32, u32), last: (u32, u32)) -> String {
        let (first, last) = (self.turned(first), self.turned(last));
        format!("{}:{}", address(first.0, first.1), address(last.0, last.1))
    }
}

impl<'g> Record<'g> {
    pub fn at(&self, field: u32) -> Found<'g> {
        if self.view.is_turned {
            return self.view.at(self.number, field);
        }
        let before = self
            .merges
            .partition_point(|merge| merge.first_column <= field);
        let merge = before.checked_sub(1).map(|index| self.merges[index]);
        if let Some(merge) = merge.filter(|merge| merge.contains(self.number, field)) {
            let stored = self.view.grid.at(merge.first_row, merge.first_column);
            return Found {
                cell: stored.map_or(Cell::Empty, |(_, cell)| cell),
                index: stored.map(|(index, _)| index),
                merge: Some(merge),
            };
        }
        let index = self.view.grid.find(&self.span, field);
        Found {
            cell: index.map_or(Cell::Empty, |index| self.view.grid.cell(index)),
            index,
            merge: None,
        }
    }

    /// Whether a cell of its own, not one that a merge fills from another record, has something in it.
    pub fn has_own(&self, fields: std::ops::Range<u32>) -> bool {
        if self.view.is_turned {
            return fields.into_iter().any(|field| {
                let found = self.at(field);
                let is_own = found
                    .merge
                    .is_none_or(|merge| merge.first_row == self.number);
                is_own && !found.cell.is_blank()
            });
        }
        self.span.clone().any(|index| {
            let column = self.view.grid.column(index);
            let before = self
                .merges
                .partition_point(|merge| merge.first_column <= column);
            let merge = before.checked_sub(1).map(|index| self.merges[index]);
            let is_hidden = merge.is_some_and(|merge| {
                merge.contains(self.number, column) && merge.first_row != self.number
            });
            fields.contains(&column) && !is_hidden && !self.view.grid.cell(index).is_blank()
        })
    }

    /// Whether a merge that began in an earlier record, but not before this one, goes on here.
    pub fn continues(&self, fields: std::ops::Range<u32>, first: u32) -> bool {
        fields.into_iter().any(|field| {
            let found = self.at(field);
            let begins = found.merge.map(|merge| merge.first_row);
            begins.is_some_and(|begins| (first..self.number).contains(&begins))
                && !found.cell.is_blank()
        })
    }
}

impl Found<'_> {
    /// Whether this is the place that its content stands at.
    pub fn is_first(&self, record: u32, field: u32) -> bool {
        self.merge.is_none_or(|merge| merge.is_first(record, field))
    }

    /// The place that its content stands at.
    pub fn origin(&self, record: u32, field: u32) -> (u32, u32) {
        self.merge.map_or((record, field), |merge| {
            (merge.first_row, merge.first_column)
        })
    }
}

impl Used {
    pub fn of(grid: &Grid) -> Self {
        Self(vec![0; grid.len().div_ceil(64)])
    }

    pub fn mark(&mut self, index: Option<usize>) {
        if let Some(index) = index
            && let Some(bits) = self.0.get_mut(index / 64)
        {
            *bits |= 1 << (index % 64);
        }
    }

    pub fn contains(&self, index: usize) -> bool {
        self.0
            .get(index / 64)
            .is_some_and(|bits| bits & 1 << (index % 64) != 0)
    }
}
