//! The reading half of a batch: a thread that reads, groups and matches rows and hands on
//! slices of labelled ones.

use std::sync::Arc;

use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};

use super::authors::{AuthorSet, author_hash};
use super::groups::Place;
use super::rules::{Hit, Matcher, Scratch};
use super::{GroupMap, LabelLimits, StepError};
use crate::sinks::StagedRows;
use crate::sources::{Reader, Row, SliceEnd, SliceLimits};

/// The unit in which bytes in flight are counted.
const KIB: usize = 1024;

/// Rows of one slice, labelled, and what was counted on the way.
pub(super) struct LabelledSlice {
    pub(super) staged: StagedRows,
    pub(super) counts: SliceCounts,
    /// Distinct authors of the slice with their group.
    pub(super) authors: Vec<(u64, u16)>,
    pub(super) end: SliceEnd,
    /// Gives the bytes free when the slice is dropped, i.e. written.
    _in_flight: Option<OwnedSemaphorePermit>,
}

#[derive(Default)]
pub(super) struct SliceCounts {
    /// By number of the group.
    pub(super) received: Vec<u64>,
    pub(super) staged: Vec<u64>,
    pub(super) unmapped: u64,
    pub(super) skipped: u64,
}

/// What the thread needs.
pub(super) struct ReadLoop {
    pub(super) reader: Box<dyn Reader>,
    pub(super) matcher: Arc<Matcher>,
    pub(super) groups: GroupMap,
    pub(super) group_count: usize,
    pub(super) limits: LabelLimits,
    pub(super) slices: mpsc::Sender<Result<LabelledSlice, StepError>>,
    pub(super) in_flight: Arc<Semaphore>,
}

impl ReadLoop {
    /// Permits for the bytes that may be in flight.
    pub(super) fn semaphore(limits: &LabelLimits) -> Arc<Semaphore> {
        Arc::new(Semaphore::new(permits(limits.bytes_in_flight)))
    }

    /// Reads to the end of the portion or until nobody wants the slices any more.
    pub(super) fn run(mut self, runtime: &Handle) {
        let matcher = Arc::clone(&self.matcher);
        let mut labeller = Labeller::new(&matcher);
        loop {
            let slice = self.next(&mut labeller, runtime);
            let last = slice.as_ref().map_or(true, |slice| slice.end.finished);
            if self.slices.blocking_send(slice).is_err() || last {
                return;
            }
        }
    }

    fn next(
        &mut self,
        labeller: &mut Labeller<'_>,
        runtime: &Handle,
    ) -> Result<LabelledSlice, StepError> {
        // Room for an ordinary slice is taken before reading. A slice that turned out larger
        // takes the rest afterwards, so that nothing else is read while a huge row is written.
        let expected = permits(self.limits.bytes_per_slice);
        let total = permits(self.limits.bytes_in_flight);
        let mut permit = self.take(runtime, expected.min(total))?;
        labeller.begin(self.group_count);
        let limits = SliceLimits {
            rows: self.limits.rows_per_slice,
            bytes: self.limits.bytes_per_slice,
        };
        let groups = &self.groups;
        let end = self
            .reader
            .read_slice(limits, &mut |row| labeller.label(groups, row))?;
        if let Some(s_id) = labeller.refused.take() {
            let reason =
                format!("s_id `{s_id}` is in no group, and the setting `unmapped` is `fail`");
            return Err(StepError::Refused { reason });
        }
        let wanted = permits(labeller.staged.bytes()).min(total);
        if let Some(more) = wanted.checked_sub(expected).filter(|more| *more > 0) {
            permit.merge(self.take(runtime, more)?);
        }
        Ok(labeller.finish(end, permit))
    }

    fn take(&self, runtime: &Handle, count: usize) -> Result<OwnedSemaphorePermit, StepError> {
        let count = u32::try_from(count).unwrap_or(u32::MAX);
        let taken = runtime.block_on(Arc::clone(&self.in_flight).acquire_many_owned(count));
        taken.map_err(|_| StepError::ThreadLost)
    }
}

fn permits(bytes: usize) -> usize {
    bytes.div_ceil(KIB).clamp(1, u32::MAX as usize >> 3)
}

/// Labels the rows of one slice after the other, with buffers that it keeps.
struct Labeller<'m> {
    matcher: &'m Matcher,
    scratch: Scratch,
    hits: Vec<Hit>,
    metas: Vec<(u16, String)>,
    source_author: String,
    staged: StagedRows,
    counts: SliceCounts,
    authors: Vec<(u64, u16)>,
    in_slice: AuthorSet,
    refused: Option<String>,
}

impl<'m> Labeller<'m> {
    fn new(matcher: &'m Matcher) -> Self {
        Self {
            matcher,
            scratch: matcher.scratch(),
            hits: Vec::new(),
            metas: Vec::new(),
            source_author: String::new(),
            staged: StagedRows::default(),
            counts: SliceCounts::default(),
            authors: Vec::new(),
            in_slice: AuthorSet::default(),
            refused: None,
        }
    }

    fn begin(&mut self, groups: usize) {
        self.counts = SliceCounts {
            received: vec![0; groups],
            staged: vec![0; groups],
            ..SliceCounts::default()
        };
        self.staged = StagedRows::default();
        self.authors = Vec::new();
        self.in_slice.clear();
    }

    fn finish(&mut self, end: SliceEnd, permit: OwnedSemaphorePermit) -> LabelledSlice {
        LabelledSlice {
            staged: std::mem::take(&mut self.staged),
            counts: std::mem::take(&mut self.counts),
            authors: std::mem::take(&mut self.authors),
            end,
            _in_flight: Some(permit),
        }
    }

    /// Answers how many bytes of the row were kept.
    fn label(&mut self, groups: &GroupMap, row: Row<'_>) -> usize {
        let group = match groups.place(row.s_id) {
            Place::Group(group) => group,
            Place::Other(group) => {
                self.counts.unmapped += 1;
                group
            }
            Place::Skipped => {
                self.counts.unmapped += 1;
                self.counts.skipped += 1;
                return 0;
            }
            Place::Refused => {
                self.refused = Some(row.s_id.to_owned());
                // Ends the slice.
                return usize::MAX;
            }
        };
        self.counts.received[usize::from(group)] += 1;
        self.count_author(group, row);
        self.matcher
            .find(row.text, &mut self.scratch, &mut self.hits);
        if self.hits.is_empty() {
            0
        } else {
            self.stage(group, row)
        }
    }

    fn count_author(&mut self, group: u16, row: Row<'_>) {
        self.source_author.clear();
        self.source_author.push_str(row.s_id);
        self.source_author.push('_');
        self.source_author.push_str(row.author.trim());
        let hash = author_hash(group, &self.source_author);
        if self.in_slice.insert(hash) {
            self.authors.push((hash, group));
        }
    }

    fn stage(&mut self, group: u16, row: Row<'_>) -> usize {
        self.metas.clear();
        self.metas.extend(
            self.hits
                .iter()
                .map(|hit| (hit.label, self.matcher.meta(hit))),
        );
        self.counts.staged[usize::from(group)] += self.hits.len() as u64;
        let before = self.staged.bytes();
        self.staged.push(
            group,
            (row.id, row.s_id, row.author.trim(), row.post_time, row.text),
            self.metas
                .iter()
                .map(|(label, meta)| (*label, meta.as_str())),
        );
        self.staged.bytes() - before
    }
}
