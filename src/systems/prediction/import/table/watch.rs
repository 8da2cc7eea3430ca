//! Looks at the clock, and asks whether the rows are still wanted, while cells are searched.

use super::body::{Stop, go_on};
use super::sink::Sink;
use crate::systems::prediction::import::workbook::Budget;

/// Cells between two looks: each may have a long text that a pattern is tried on.
const CELLS_PER_LOOK: u32 = 64;

pub(super) struct Watch<'w> {
    budget: Budget,
    sink: &'w mut dyn Sink,
    until_look: u32,
}

impl<'w> Watch<'w> {
    pub fn new(budget: Budget, sink: &'w mut dyn Sink) -> Self {
        Self {
            budget,
            sink,
            until_look: CELLS_PER_LOOK,
        }
    }

    /// Counts a cell.
    pub fn pass(&mut self) -> Result<(), Stop> {
        self.until_look -= 1;
        if self.until_look > 0 {
            return Ok(());
        }
        self.until_look = CELLS_PER_LOOK;
        look(self.budget, &mut *self.sink)
    }
}

/// Ends the import if it took too long, or its sink wants no more.
pub(super) fn look(budget: Budget, sink: &mut dyn Sink) -> Result<(), Stop> {
    budget.check_time().map_err(Stop::Failed)?;
    go_on(sink.look())
}
