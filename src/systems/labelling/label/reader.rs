//! The first thread of a batch: reads rows and hands them on in slices.

use std::sync::Arc;

use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};

use super::buffers::Buffers;
use super::rows::RowBuffer;
use super::{LabelLimits, StepError};
use crate::engine::seam::timed::{Stage, Timed};
use crate::systems::labelling::posts::{Post, Reader, SliceEnd, SliceLimits};
use crate::systems::labelling::rules::matching;

/// The unit in which bytes in flight are counted.
const KIB: usize = 1024;

/// Rows of one slice as they were read.
pub(super) struct ReadSlice {
    pub(super) rows: RowBuffer,
    pub(super) end: SliceEnd,
    /// In bytes.
    pub(super) size: usize,
    pub(super) read: Timed,
    /// Gives the bytes free when it is dropped, i.e. when the slice is written.
    pub(super) in_flight: OwnedSemaphorePermit,
}

/// What the thread needs.
pub(super) struct ReadLoop {
    pub(super) reader: Reader,
    pub(super) limits: LabelLimits,
    pub(super) text_is_author: bool,
    /// Whether rules look at several fields.
    pub(super) has_fields: bool,
    pub(super) buffers: Buffers<RowBuffer>,
    pub(super) slices: mpsc::Sender<Result<ReadSlice, StepError>>,
    pub(super) in_flight: Arc<Semaphore>,
}

impl ReadLoop {
    /// Permits for the bytes that may be in flight.
    pub(super) fn semaphore(limits: &LabelLimits) -> Arc<Semaphore> {
        Arc::new(Semaphore::new(permits(limits.bytes_in_flight)))
    }

    /// Reads to the end of the portion or until nobody wants the slices any more.
    pub(super) fn run(mut self, runtime: &Handle) {
        loop {
            let slice = self.next(runtime);
            let last = slice.as_ref().map_or(true, |slice| slice.end.finished);
            if self.slices.blocking_send(slice).is_err() || last {
                return;
            }
        }
    }

    fn next(&mut self, runtime: &Handle) -> Result<ReadSlice, StepError> {
        // Room for an ordinary slice is taken before reading. A slice that turned out larger
        // takes the rest afterwards, so that nothing else is read while a huge row is written.
        let expected = permits(self.limits.bytes_per_slice);
        let total = permits(self.limits.bytes_in_flight);
        let mut in_flight = self.take(runtime, expected.min(total))?;
        let limits = SliceLimits {
            rows: self.limits.rows_per_slice,
            bytes: self.limits.bytes_per_slice,
        };
        let new = || RowBuffer::new(self.text_is_author);
        let mut rows = self.buffers.take().unwrap_or_else(new);
        let stage = Stage::begin();
        let end = match self.has_fields {
            false => self.reader.read_slice(limits, &mut |row| rows.push(row))?,
            true => {
                let keep = &mut |row: Post<'_>, fields: matching::Row<'_>| {
                    rows.push_with_fields(row, fields)
                };
                self.reader.read_rows(limits, keep)?
            }
        };
        let read = stage.end();
        let wanted = permits(rows.bytes()).min(total);
        if let Some(more) = wanted.checked_sub(expected).filter(|more| *more > 0) {
            in_flight.merge(self.take(runtime, more)?);
        }
        Ok(ReadSlice {
            size: rows.bytes(),
            rows,
            end,
            read,
            in_flight,
        })
    }

    fn take(&self, runtime: &Handle, count: usize) -> Result<OwnedSemaphorePermit, StepError> {
        let count = u32::try_from(count).unwrap_or(u32::MAX);
        let taken = runtime.block_on(Arc::clone(&self.in_flight).acquire_many_owned(count));
        taken.map_err(|_| StepError::thread_lost())
    }
}

fn permits(bytes: usize) -> usize {
    bytes.div_ceil(KIB).clamp(1, u32::MAX as usize >> 3)
}
