//! The step `sample`: which windows of the range are read, and which of their rows count.
//!
//! Windows are looked through in the order in which they are drawn until enough rows were seen. What is kept is a
//! key for each row of the sample, so that memory does not grow with texts; the rows are read again to be compared.

use std::collections::BinaryHeap;
use std::sync::Arc;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::params::Sample;
use super::range::Range;
use super::work::Work;
use crate::engine::seam::{Batch, BatchContext, Progress, Said, Slice, StepError, Unit, blocking};
use crate::systems::labelling::posts::{ReadSpec, SliceLimits};
use crate::systems::labelling::rules::preview::RowKey;

/// A sample is drawn from so many times its rows.
const SEEN_PER_ROW: u64 = 10;

const SLICE: SliceLimits = SliceLimits {
    rows: 10_000,
    bytes: 4 << 20,
};

/// What the next step needs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::systems::labelling) struct Sampled {
    /// Windows that are read, in the order in which they are drawn.
    pub windows: usize,
    /// The last row of the sample in the order of rows; `None`: all count.
    pub last: Option<RowKey>,
    /// Rows that were seen.
    pub seen: u64,
}

pub(super) struct SampleBatch {
    work: Arc<Work>,
    sample: Sample,
    context: BatchContext,
}

impl SampleBatch {
    pub fn new(work: Arc<Work>, context: &BatchContext) -> Result<Self, StepError> {
        let sample = work.params.sample;
        let sample = sample.ok_or_else(|| StepError::refused("the backtest has no sample"))?;
        Ok(Self {
            work,
            sample,
            context: context.clone(),
        })
    }
}

#[async_trait]
impl Batch for SampleBatch {
    /// All of it: a process that takes over finds the same.
    async fn next_slice(&mut self) -> Result<Slice, StepError> {
        let (work, sample) = (Arc::clone(&self.work), self.sample);
        let cancel = self.context.cancel.clone();
        let drawn = blocking(move || draw(&work.range()?, sample, &|| cancel.is_cancelled()));
        let drawn = drawn.await.map_err(|error| self.work.naming(error))?;
        let progress = Progress {
            done: drawn.windows as u64,
            unit: Unit::Items,
            fraction: Some(1.0),
            ..Progress::default()
        };
        Ok(Slice::Done(Said {
            output: Some(json!(drawn)),
            ..progress.into()
        }))
    }
}

/// Chooses windows and rows of a range.
pub(in crate::systems::labelling) fn draw(
    range: &Range,
    sample: Sample,
    is_stopped: &dyn Fn() -> bool,
) -> Result<Sampled, StepError> {
    let mut drawing = Drawing {
        range,
        sample,
        least: BinaryHeap::new(),
        seen: 0,
        is_stopped,
    };
    drawing.draw()
}

struct Drawing<'d> {
    range: &'d Range,
    sample: Sample,
    /// The keys of the sample so far; the last one makes room.
    least: BinaryHeap<RowKey>,
    seen: u64,
    is_stopped: &'d dyn Fn() -> bool,
}

impl Drawing<'_> {
    fn draw(&mut self) -> Result<Sampled, StepError> {
        let wanted = self.sample.rows.saturating_mul(SEEN_PER_ROW);
        let windows = self.range.windows(self.sample.seed);
        if self.holds_no_more_than(wanted)? {
            return Ok(self.drawn(windows.len()));
        }
        (self.seen, self.least) = (0, BinaryHeap::new());
        let mut read = 0;
        for window in &windows {
            if self.seen >= wanted {
                break;
            }
            read += 1;
            if let Some(part) = self.range.in_window(window) {
                self.look_through(&self.range.spec(part), u64::MAX)?;
            }
        }
        Ok(self.drawn(read))
    }

    /// All windows together, if they hold no more rows than are to be seen: one question instead of a thousand.
    fn holds_no_more_than(&mut self, wanted: u64) -> Result<bool, StepError> {
        let spec = self.range.read.clone();
        let plan = self.range.source.plan(&spec, 1)?;
        if plan.rows_estimate.unwrap_or(0) > wanted {
            return Ok(false);
        }
        self.look_through(&spec, wanted)?;
        Ok(self.seen <= wanted)
    }

    /// Ends early once more rows than `most` were seen.
    fn look_through(&mut self, spec: &ReadSpec, most: u64) -> Result<(), StepError> {
        let source = &self.range.source;
        for portion in source.plan(spec, 1)?.portions {
            let mut reader = source.open(spec, &portion, None)?;
            loop {
                if (self.is_stopped)() {
                    return Err(StepError::stopped());
                }
                let Self {
                    sample,
                    least,
                    seen,
                    ..
                } = self;
                let end = reader.read_rows(SLICE, &mut |post, _| {
                    *seen += 1;
                    let key = RowKey::of_row(sample.seed, post.id);
                    let has_room = (least.len() as u64) < sample.rows;
                    if has_room || least.peek().is_some_and(|last| key < *last) {
                        least.push(key);
                    }
                    if least.len() as u64 > sample.rows {
                        least.pop();
                    }
                    post.id.len()
                })?;
                if end.finished {
                    break;
                }
                if self.seen > most {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    fn drawn(&self, windows: usize) -> Sampled {
        let is_full = self.least.len() as u64 >= self.sample.rows;
        Sampled {
            windows,
            last: self.least.peek().copied().filter(|_| is_full),
            seen: self.seen,
        }
    }
}
