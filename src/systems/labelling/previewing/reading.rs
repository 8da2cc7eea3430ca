//! Reads the rows of a range, as far as there is time and room.

use std::sync::Arc;
use std::sync::mpsc::SyncSender;
use std::time::{Duration, Instant};

use super::bounds::{ROWS_MAX, TIME_TO_READ};
use super::error::PreviewError;
use super::kept::{KeptRows, ReadEnd};
use super::room::Taken;
use super::rows_asked::RowsAsked;
use crate::systems::labelling::posts::{Post, ReadPlan, ReadSpec, SliceLimits};
use crate::systems::labelling::rules::matching::Row;
use crate::systems::labelling::rules::preview::{PreviewRow, Rows};

const SLICE: SliceLimits = SliceLimits {
    rows: 2_048,
    bytes: 2 << 20,
};

/// Time that is spent with the source.
#[derive(Debug)]
pub(super) struct ReadClock {
    until: Instant,
    pub spent: Duration,
}

/// What is done with the rows of a range.
pub(super) trait Visitor {
    /// Returns how many bytes of the row are kept.
    fn row(&mut self, post: Post<'_>, fields: Row<'_>) -> usize;

    /// Whether further rows are wanted.
    fn slice_ended(&mut self) -> Result<bool, PreviewError>;
}

impl ReadClock {
    pub fn start() -> Self {
        Self {
            until: Instant::now() + TIME_TO_READ,
            spent: Duration::ZERO,
        }
    }

    pub fn is_over(&self) -> bool {
        Instant::now() >= self.until
    }

    pub fn measure<T>(&mut self, work: impl FnOnce() -> T) -> T {
        let began = Instant::now();
        let done = work();
        self.spent += began.elapsed();
        done
    }
}

/// Visits the rows of a plan in their order; returns whether these were all.
pub(super) fn visit_rows(
    asked: &RowsAsked,
    (spec, plan): (&ReadSpec, &ReadPlan),
    clock: &mut ReadClock,
    visitor: &mut dyn Visitor,
) -> Result<bool, PreviewError> {
    let failed = |cause| PreviewError::of_source(&asked.source_name, cause);
    for portion in &plan.portions {
        let opened = clock.measure(|| asked.source.open(spec, portion, None));
        let mut reader = opened.map_err(failed)?;
        loop {
            let visit = &mut |post: Post<'_>, fields: Row<'_>| visitor.row(post, fields);
            let slice = clock.measure(|| reader.read_rows(SLICE, visit));
            let slice = slice.map_err(failed)?;
            if !visitor.slice_ended()? {
                return Ok(false);
            }
            if slice.finished {
                break;
            }
            if clock.is_over() {
                return Ok(false);
            }
        }
    }
    Ok(true)
}

/// Sends all rows on while they are read, and keeps them for the next preview if there is room.
pub(super) fn read_all(
    asked: &RowsAsked,
    kept: &KeptRows,
    clock: &mut ReadClock,
    send: SyncSender<Rows>,
) -> Result<ReadEnd, PreviewError> {
    let mut all = AllRows {
        asked,
        kept,
        send,
        keeping: Some((Vec::new(), kept.begin())),
        slice: Vec::new(),
        count: 0,
        has_more: false,
        refused: None,
    };
    let plan = clock.measure(|| asked.plan(&asked.spec))?;
    let is_whole = visit_rows(asked, (&asked.spec, &plan), clock, &mut all)?;
    let end = ReadEnd {
        windows: 0,
        is_cut: !is_whole,
    };
    if let Some((rows, taken)) = all.keeping {
        kept.keep(asked.key(), rows, end, taken);
    }
    Ok(end)
}

struct AllRows<'a> {
    asked: &'a RowsAsked,
    kept: &'a KeptRows,
    send: SyncSender<Rows>,
    /// `None`: there was no room.
    keeping: Option<(Vec<Rows>, Taken)>,
    slice: Vec<Arc<PreviewRow>>,
    count: usize,
    /// Whether there is a row that is one too many.
    has_more: bool,
    refused: Option<PreviewError>,
}

impl Visitor for AllRows<'_> {
    fn row(&mut self, post: Post<'_>, fields: Row<'_>) -> usize {
        if self.count == ROWS_MAX {
            self.has_more = true;
            return 0;
        }
        match self.asked.row(&post, fields) {
            Ok(row) => {
                self.count += 1;
                let bytes = row.bytes();
                self.slice.push(row);
                bytes
            }
            Err(error) => {
                self.refused.get_or_insert(error);
                0
            }
        }
    }

    fn slice_ended(&mut self) -> Result<bool, PreviewError> {
        if let Some(refused) = self.refused.take() {
            return Err(refused);
        }
        let bytes = self.slice.iter().map(|row| row.bytes()).sum();
        let rows: Rows = std::mem::take(&mut self.slice).into();
        let mut has_room = false;
        if let Some((all, taken)) = &mut self.keeping {
            has_room = self.kept.grow(taken, bytes);
            all.push(Arc::clone(&rows));
        }
        if !has_room {
            // They are looked at all the same.
            self.keeping = None;
        }
        // If nobody takes them, whoever looked at them has failed.
        let is_sent = self.send.send(rows).is_ok();
        Ok(is_sent && !self.has_more)
    }
}
