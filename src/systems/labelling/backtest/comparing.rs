//! The step `compare`: reads portions of the source and compares the sets row by row.
//!
//! ```text
//!  reading thread                              batch
//!  source ──► both sets ──► SliceFound ═══════► parts and checkpoint, one transaction of the engine
//! ```

use std::sync::Arc;
use std::time::Instant;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::sync::mpsc;
use tokio::task::{JoinHandle, spawn_blocking};

use super::params::Sample;
use super::range::Range;
use super::receiving::Receiving;
use super::sampling::Sampled;
use super::work::{Work, parts_of};
use super::{SAMPLE_STEP, kind::BacktestTools};
use crate::engine::seam::{
    Batch, BatchContext, Outputs, Progress, Said, Slice, StepError, StepPlan,
};
use crate::engine::store::SliceRows;
use crate::fault::FaultPoint;
use crate::systems::labelling::posts::{Moment, Portion, Position, ReadPlan, Reader, SliceLimits};
use crate::systems::labelling::rules::backtest::{Comparison, SliceParts, Tally};
use crate::systems::labelling::rules::preview::RowKey;
use crate::systems::labelling::store::{Part, PartKind, PartPlace, SliceOfBacktest};

/// A batch that is shorter than this is not worth its own beginning and end.
const SLICES_PER_BATCH: u64 = 5;

/// Slices that may wait to be stored.
const SLICES_WAITING: usize = 2;

/// What is stored of a batch.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct CompareSpec {
    segments: Vec<Segment>,
    /// Of a sample: rows behind this one do not count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    last: Option<RowKey>,
}

/// A part of the range.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Segment {
    start: Moment,
    end: Moment,
    /// `None`: all of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    portion: Option<Portion>,
}

/// How far a batch has got.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Reached {
    slices: i32,
    /// The segment that is being read.
    segment: usize,
    /// Where in it.
    position: Option<Position>,
    rows: u64,
    finished: bool,
}

/// Cuts the range into batches.
pub(super) fn plan(work: &Work, inputs: &Outputs) -> Result<StepPlan, StepError> {
    let read = &work.params.read;
    let whole = (read.start, read.end);
    let Some(sample) = work.params.sample else {
        let plan = portions(work)?;
        let segments = plan.portions.into_iter().map(|portion| CompareSpec {
            segments: vec![Segment::of(whole, Some(portion))],
            last: None,
        });
        return planned(segments.collect(), plan.warnings);
    };
    let sampled: Sampled = inputs.get(SAMPLE_STEP)?;
    let parts = sampled_parts(&work.range()?, sample, &sampled);
    let parts = parts.into_iter();
    let segments: Vec<Segment> = parts.map(|part| Segment::of(part, None)).collect();
    let last = sampled.last;
    let most = work.tools.limits.batches_per_step.max(1) as usize;
    let of_batch = segments.len().div_ceil(most).max(1);
    let specs = segments.chunks(of_batch).map(|segments| CompareSpec {
        segments: segments.to_vec(),
        last,
    });
    planned(specs.collect(), Vec::new())
}

/// The parts of a range that hold a sample, in the order of time.
pub(in crate::systems::labelling) fn sampled_parts(
    range: &Range,
    sample: Sample,
    sampled: &Sampled,
) -> Vec<(Moment, Moment)> {
    let drawn = range.windows(sample.seed);
    if sampled.windows >= drawn.len() {
        return vec![(range.read.start, range.read.end)];
    }
    let windows = drawn[..sampled.windows].iter();
    let mut parts: Vec<_> = windows
        .filter_map(|window| range.in_window(window))
        .collect();
    parts.sort_unstable();
    parts
}

fn planned(specs: Vec<CompareSpec>, notes: Vec<String>) -> Result<StepPlan, StepError> {
    let specs = specs.iter().map(serde_json::to_value);
    let specs: Result<Vec<_>, _> = specs.collect();
    Ok(StepPlan {
        notes,
        ..StepPlan::of(specs.map_err(StepError::refused)?)
    })
}

/// As many portions as the settings say, fewer for a range that holds few rows.
fn portions(work: &Work) -> Result<ReadPlan, StepError> {
    let BacktestTools { limits, .. } = &work.tools;
    let most = limits.batches_per_step;
    let Range { source, read } = work.range()?;
    let plan = source.plan(&read, most)?;
    let rows_per_batch = SLICES_PER_BATCH * u64::from(limits.rows_per_slice);
    let worthwhile = plan
        .rows_estimate
        .map_or(u64::from(most), |rows| rows / rows_per_batch);
    let enough = worthwhile.clamp(1, u64::from(most)) as u32;
    if plan.portions.len() > enough as usize {
        return Ok(source.plan(&read, enough)?);
    }
    Ok(plan)
}

impl Segment {
    fn of((start, end): (Moment, Moment), portion: Option<Portion>) -> Self {
        Self {
            start,
            end,
            portion,
        }
    }
}

/// What was found in some rows, and where the reader is behind them.
struct SliceFound {
    parts: SliceParts,
    reached: Reached,
}

/// One batch while it is worked on.
pub(super) struct CompareBatch {
    context: BatchContext,
    slices: mpsc::Receiver<Result<SliceFound, StepError>>,
    thread: Option<JoinHandle<()>>,
    work: Arc<Work>,
    segments: usize,
    /// What is stored.
    reached: Reached,
    opened: Instant,
    rows_when_opened: u64,
}

impl CompareBatch {
    pub async fn open(
        work: &Arc<Work>,
        context: &BatchContext,
        spec: CompareSpec,
    ) -> Result<Self, StepError> {
        let reached: Reached = match &context.checkpoint {
            Some(checkpoint) => {
                let reached = Reached::deserialize(checkpoint);
                reached.map_err(|_| StepError::refused("the checkpoint cannot be read"))?
            }
            None => Reached::default(),
        };
        let (send, slices) = mpsc::channel(SLICES_WAITING);
        let segments = spec.segments.len();
        let thread = match reached.finished {
            true => None,
            false => {
                let comparison = work.comparison(context.cancel.clone()).await?;
                let reading = Reading {
                    work: Arc::clone(work),
                    comparison,
                    spec,
                    reached: reached.clone(),
                    send,
                };
                let log = tracing::Span::current();
                // It ends by itself once all is read or this batch is dropped.
                Some(spawn_blocking(move || log.in_scope(|| reading.run())))
            }
        };
        Ok(Self {
            context: context.clone(),
            slices,
            thread,
            work: Arc::clone(work),
            segments,
            opened: Instant::now(),
            rows_when_opened: reached.rows,
            reached,
        })
    }

    /// It ends without a last slice only when it panics: the panic goes on here.
    async fn why_the_slices_ended(&mut self) -> StepError {
        if let Some(thread) = self.thread.take()
            && let Err(error) = thread.await
            && let Ok(panic) = error.try_into_panic()
        {
            std::panic::resume_unwind(panic);
        }
        StepError::thread_lost()
    }

    fn progress(&self) -> Progress {
        let rows = self.reached.rows;
        let seconds = self.opened.elapsed().as_secs_f64().max(0.001);
        let per_s = ((rows - self.rows_when_opened) as f64 / seconds).round();
        let fraction = match self.reached.finished {
            true => 1.0,
            false => self.reached.segment as f64 / self.segments.max(1) as f64,
        };
        Progress::rows(rows, per_s, fraction)
    }

    fn stored(&self, parts: SliceParts) -> SliceOfBacktest {
        let place = |partition: i32| PartPlace {
            partition,
            batch: self.context.batch_no,
            slice: self.reached.slices,
        };
        let part = |kind, partition, body| Part {
            kind,
            place: place(partition),
            body,
        };
        let mut stored = vec![part(PartKind::Sums, 0, parts.sums)];
        if !parts.rows.is_empty() {
            stored.push(part(PartKind::Rows, 0, parts.rows));
        }
        for (partition, votes) in parts.votes {
            stored.push(part(PartKind::Votes, i32::from(partition), votes));
        }
        SliceOfBacktest {
            of: parts_of(&self.context.job),
            parts: stored,
            settled: None,
            ends: false,
        }
    }
}

#[async_trait]
impl Batch for CompareBatch {
    async fn next_slice(&mut self) -> Result<Slice, StepError> {
        if self.reached.finished {
            return Ok(Slice::Done(self.progress().into()));
        }
        let found = match self.slices.recv().await {
            Some(found) => found.map_err(|error| self.work.naming(error))?,
            None => return Err(self.why_the_slices_ended().await),
        };
        self.context.job.faults.pass(FaultPoint::BeforeCheckpoint)?;
        self.reached = found.reached;
        let stored = self.stored(found.parts);
        let said = Said {
            checkpoint: Some(json!(self.reached)),
            rows: Some(SliceRows::of(stored)),
            ..self.progress().into()
        };
        Ok(match self.reached.finished {
            true => Slice::Done(said),
            false => Slice::More(said),
        })
    }
}

/// The thread that reads and compares.
struct Reading {
    work: Arc<Work>,
    comparison: Arc<Comparison>,
    spec: CompareSpec,
    reached: Reached,
    send: mpsc::Sender<Result<SliceFound, StepError>>,
}

impl Reading {
    fn run(mut self) {
        if let Err(error) = self.read() {
            // Fails if nobody waits any more.
            self.send.blocking_send(Err(error)).ok();
        }
    }

    fn read(&mut self) -> Result<(), StepError> {
        let groups = self.work.params.group_names();
        let comparison = Arc::clone(&self.comparison);
        let mut tally = Tally::new(&comparison, &groups, self.work.params.seed());
        let mut rows_handed_on = self.reached.rows;
        let rows_per_slice = u64::from(self.work.tools.limits.rows_per_slice);
        loop {
            let is_over = self.reached.segment >= self.spec.segments.len();
            // Small windows are stored together.
            let is_enough = self.reached.rows - rows_handed_on >= rows_per_slice;
            if is_over || is_enough {
                rows_handed_on = self.reached.rows;
                if !self.hand_on(tally.take(), is_over) || is_over {
                    return Ok(());
                }
            }
            let Some(mut reader) = self.open_segment()? else {
                self.next_segment();
                continue;
            };
            loop {
                let end = self.read_some(&mut reader, &mut tally)?;
                if end {
                    self.next_segment();
                    break;
                }
                rows_handed_on = self.reached.rows;
                if !self.hand_on(tally.take(), false) {
                    return Ok(());
                }
            }
        }
    }

    /// A reader of the segment that is next; `None`: there is nothing in it.
    fn open_segment(&mut self) -> Result<Option<Reader>, StepError> {
        let Segment {
            start,
            end,
            portion,
        } = &self.spec.segments[self.reached.segment];
        let position = self.reached.position.take();
        let range = self.work.range()?;
        range.open((*start, *end), portion.as_ref(), position.as_ref())
    }

    fn next_segment(&mut self) {
        self.reached.segment += 1;
        self.reached.position = None;
    }

    /// Reads and compares some rows; returns whether there are no more in the segment.
    fn read_some(&mut self, reader: &mut Reader, tally: &mut Tally<'_>) -> Result<bool, StepError> {
        let limits = &self.work.tools.limits;
        let limits = SliceLimits {
            rows: limits.rows_per_slice,
            bytes: limits.bytes_per_slice,
        };
        let seed = self.work.params.seed();
        let mut receiving = Receiving::new(&self.work.groups, seed, self.spec.last);
        let end = reader.read_rows(limits, &mut |post, texts| {
            receiving.receive(tally, &post, texts)
        })?;
        receiving.refused()?;
        self.reached.rows += end.rows_scanned;
        self.reached.position = Some(end.position);
        Ok(end.finished)
    }

    /// Returns whether anybody waits for more.
    fn hand_on(&mut self, parts: SliceParts, finished: bool) -> bool {
        self.reached.slices += 1;
        self.reached.finished = finished;
        let found = SliceFound {
            parts,
            reached: self.reached.clone(),
        };
        self.send.blocking_send(Ok(found)).is_ok()
    }
}
