//! Reads a sample: windows of the range in the order of their hashes, and of what they hold the rows with the least.

use super::bounds::{ROWS_MAX, SEEN_PER_ROW};
use super::error::PreviewError;
use super::kept::{KeptRows, ReadEnd};
use super::reading::{ReadClock, Visitor, visit_rows};
use super::room::Taken;
use super::rows_asked::{RowsAsked, SampleAsked};
use crate::systems::labelling::posts::{Moment, Post, ReadSpec};
use crate::systems::labelling::rules::matching::Row;
use crate::systems::labelling::rules::preview::{LeastRows, RowKey, Rows, Window, windows};

const MICROS: i64 = 1_000_000;

/// Rows that travel together.
const ROWS_TOGETHER: usize = 1_024;

/// In one window there may be all rows of a table.
const SEEN_MAX: usize = 2 * ROWS_MAX;

pub(super) fn read_sample(
    asked: &RowsAsked,
    sample: SampleAsked,
    kept: &KeptRows,
    clock: &mut ReadClock,
) -> Result<(Vec<Rows>, ReadEnd), PreviewError> {
    let seconds = |moment: Moment| moment.micros().div_euclid(MICROS);
    let (first, last) = (seconds(asked.spec.start), seconds(asked.spec.end));
    let windows = windows(first, last, sample.seed);
    let (sampled, end) = match all_at_once(asked, sample, kept, clock, windows.len())? {
        Some(all) => all,
        None => by_windows(asked, sample, kept, clock, &windows)?,
    };
    let rows = sampled.least.into_rows();
    let rows: Vec<Rows> = rows.chunks(ROWS_TOGETHER).map(Rows::from).collect();
    if let Some(taken) = sampled.taken {
        kept.keep(asked.key(), rows.clone(), end, taken);
    }
    Ok((rows, end))
}

/// All windows together, if they hold no more rows than are to be seen: that is one question instead of a
/// thousand. `None`: they hold more.
fn all_at_once<'a>(
    asked: &'a RowsAsked,
    sample: SampleAsked,
    kept: &'a KeptRows,
    clock: &mut ReadClock,
    windows: usize,
) -> Result<Option<(Sampled<'a>, ReadEnd)>, PreviewError> {
    let mut sampled = Sampled::new(asked, sample, kept);
    sampled.seen_max = sampled.wanted;
    let plan = clock.measure(|| asked.plan(&asked.spec))?;
    let expected = plan.rows_estimate.unwrap_or(0);
    if usize::try_from(expected).is_ok_and(|expected| expected > sampled.wanted) {
        return Ok(None);
    }
    let is_whole = visit_rows(asked, (&asked.spec, &plan), clock, &mut sampled)?;
    if sampled.seen > sampled.seen_max {
        return Ok(None);
    }
    let end = ReadEnd {
        windows: windows as u32,
        is_cut: !is_whole,
    };
    Ok(Some((sampled, end)))
}

fn by_windows<'a>(
    asked: &'a RowsAsked,
    sample: SampleAsked,
    kept: &'a KeptRows,
    clock: &mut ReadClock,
    windows: &[Window],
) -> Result<(Sampled<'a>, ReadEnd), PreviewError> {
    let mut sampled = Sampled::new(asked, sample, kept);
    let mut end = ReadEnd::default();
    for window in windows {
        if sampled.seen >= sampled.wanted {
            break;
        }
        if sampled.seen >= ROWS_MAX || clock.is_over() {
            end.is_cut = true;
            break;
        }
        let Some(spec) = spec_of(&asked.spec, window) else {
            continue;
        };
        let plan = clock.measure(|| asked.plan(&spec))?;
        end.windows += 1;
        if !visit_rows(asked, (&spec, &plan), clock, &mut sampled)? {
            end.is_cut = true;
            break;
        }
    }
    Ok((sampled, end))
}

/// The part of the range that is in a window.
fn spec_of(whole: &ReadSpec, window: &Window) -> Option<ReadSpec> {
    let moment = |micros: i64| Moment::from_micros(micros);
    let start = moment(window.start * MICROS).map_or(whole.start, |start| start.max(whole.start));
    let end = moment(window.end * MICROS - 1).map_or(whole.end, |end| end.min(whole.end));
    let spec = ReadSpec {
        start,
        end,
        ..whole.clone()
    };
    (start <= end).then_some(spec)
}

/// The least of the rows that were seen.
struct Sampled<'a> {
    asked: &'a RowsAsked,
    kept: &'a KeptRows,
    seed: u64,
    least: LeastRows,
    seen: usize,
    /// Rows that are to be seen.
    wanted: usize,
    seen_max: usize,
    /// `None`: there was no room for one of them.
    taken: Option<Taken>,
    refused: Option<PreviewError>,
}

impl<'a> Sampled<'a> {
    fn new(asked: &'a RowsAsked, sample: SampleAsked, kept: &'a KeptRows) -> Self {
        let rows = usize::try_from(sample.rows).unwrap_or(usize::MAX);
        Self {
            asked,
            kept,
            seed: sample.seed,
            least: LeastRows::new(rows),
            seen: 0,
            wanted: rows.saturating_mul(SEEN_PER_ROW),
            seen_max: SEEN_MAX,
            taken: Some(kept.begin()),
            refused: None,
        }
    }

    fn offer(&mut self, post: &Post<'_>, fields: Row<'_>) -> Result<(), PreviewError> {
        let key = RowKey::of_row(self.seed, post.id);
        let Some(taken) = &mut self.taken else {
            return Ok(());
        };
        if !self.least.wants(key) {
            return Ok(());
        }
        let row = self.asked.row(post, fields)?;
        if !self.kept.grow(taken, row.bytes()) {
            self.taken = None;
            return Ok(());
        }
        if let Some(out) = self.least.offer(key, row) {
            taken.shrink(out.bytes());
        }
        Ok(())
    }
}

impl Visitor for Sampled<'_> {
    fn row(&mut self, post: Post<'_>, fields: Row<'_>) -> usize {
        self.seen += 1;
        if let Err(error) = self.offer(&post, fields) {
            self.refused.get_or_insert(error);
        }
        post.id.len()
    }

    fn slice_ended(&mut self) -> Result<bool, PreviewError> {
        match self.refused.take() {
            Some(refused) => Err(refused),
            None => Ok(self.seen <= self.seen_max && self.taken.is_some()),
        }
    }
}
