//! The second thread of a batch: groups and matches the rows of slices and hands on what is to be
//! staged.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, mpsc};

use super::authors::{AuthorSet, author_hash};
use super::buffers::Buffers;
use super::groups::Place;
use super::reader::ReadSlice;
use super::rows::RowBuffer;
use super::rules::{Hit, Matcher, Scratch};
use super::{GroupMap, StepError};
use crate::engine::seam::timed::{Stage, Timed};
use crate::systems::labelling::panels::{StagedRows, StorableRows};
use crate::systems::labelling::posts::{LeftOut, Post, SliceEnd, without_mark};

/// Rows of one slice, labelled, and what was counted on the way.
pub(super) struct LabelledSlice {
    pub(super) staged: StagedRows,
    pub(super) counts: SliceCounts,
    /// Distinct authors of the slice with their group.
    pub(super) authors: Vec<(u64, u16)>,
    pub(super) end: SliceEnd,
    /// Bytes that were read.
    pub(super) size: usize,
    pub(super) read: Timed,
    pub(super) matched: Timed,
    _in_flight: OwnedSemaphorePermit,
}

#[derive(Default)]
pub(super) struct SliceCounts {
    /// By number of the group.
    pub(super) received: Vec<u64>,
    pub(super) staged: Vec<u64>,
    pub(super) unmapped: u64,
    pub(super) skipped: u64,
    /// Rows that take no part because they can never be stored.
    pub(super) left_out: LeftOut,
}

/// What the thread needs.
pub(super) struct MatchLoop {
    pub(super) matcher: Arc<Matcher>,
    pub(super) groups: GroupMap,
    pub(super) group_count: usize,
    pub(super) storable: StorableRows,
    pub(super) rows: Buffers<RowBuffer>,
    pub(super) staged: Buffers<StagedRows>,
    /// What a buffer may keep of its room, in bytes.
    pub(super) bytes_kept: usize,
    pub(super) read: mpsc::Receiver<Result<ReadSlice, StepError>>,
    pub(super) labelled: mpsc::Sender<Result<LabelledSlice, StepError>>,
}

impl MatchLoop {
    /// Labels what is read until that ends or nobody wants the slices any more.
    pub(super) fn run(mut self) {
        let matcher = Arc::clone(&self.matcher);
        let mut labeller = Labeller::new(&matcher, self.group_count, self.storable.clone());
        while let Some(slice) = self.read.blocking_recv() {
            let slice = slice.and_then(|slice| self.label(&mut labeller, slice));
            let failed = slice.is_err();
            if self.labelled.blocking_send(slice).is_err() || failed {
                return;
            }
        }
    }

    fn label(
        &self,
        labeller: &mut Labeller<'_>,
        slice: ReadSlice,
    ) -> Result<LabelledSlice, StepError> {
        let stage = Stage::begin();
        for row in slice.rows.iter() {
            labeller.label(&self.groups, row)?;
        }
        let mut rows = slice.rows;
        rows.clear(self.bytes_kept);
        self.rows.give_back(rows);
        let next = self.staged.take().unwrap_or_default();
        let (staged, counts, authors) = labeller.finish(next);
        Ok(LabelledSlice {
            staged,
            counts,
            authors,
            end: slice.end,
            size: slice.size,
            read: slice.read,
            matched: stage.end(),
            _in_flight: slice.in_flight,
        })
    }
}

/// Labels the rows of one slice after the other, with buffers that it keeps.
struct Labeller<'m> {
    matcher: &'m Matcher,
    storable: StorableRows,
    scratch: Scratch,
    hits: Vec<Hit>,
    metas: Vec<(u16, String)>,
    source_author: String,
    staged: StagedRows,
    counts: SliceCounts,
    authors: Vec<(u64, u16)>,
    in_slice: AuthorSet,
}

impl<'m> Labeller<'m> {
    fn new(matcher: &'m Matcher, groups: usize, storable: StorableRows) -> Self {
        Self {
            matcher,
            storable,
            scratch: matcher.scratch(),
            hits: Vec::new(),
            metas: Vec::new(),
            source_author: String::new(),
            staged: StagedRows::default(),
            counts: SliceCounts::of(groups),
            authors: Vec::new(),
            in_slice: AuthorSet::default(),
        }
    }

    /// What was gathered since the last time; goes on with the buffer `next`.
    fn finish(&mut self, next: StagedRows) -> (StagedRows, SliceCounts, Vec<(u64, u16)>) {
        let groups = self.counts.received.len();
        self.in_slice.clear();
        (
            std::mem::replace(&mut self.staged, next),
            std::mem::replace(&mut self.counts, SliceCounts::of(groups)),
            std::mem::take(&mut self.authors),
        )
    }

    fn label(&mut self, groups: &GroupMap, row: Post<'_>) -> Result<(), StepError> {
        let (group, is_unmapped) = match groups.place(row.s_id) {
            Place::Group(group) => (group, false),
            Place::Other(group) => (group, true),
            Place::Skipped => {
                self.counts.unmapped += 1;
                self.counts.skipped += 1;
                return Ok(());
            }
            Place::Refused => {
                let reason = format!(
                    "s_id `{}` is in no group, and the setting `unmapped` is `fail`",
                    row.s_id
                );
                return Err(StepError::refused(reason)
                    .logged_as("an s_id is in no group, and the setting `unmapped` is `fail`"));
            }
        };
        self.matcher
            .find(row.text, &mut self.scratch, &mut self.hits);
        if !self.hits.is_empty() && !self.stage(group, row) {
            return Ok(());
        }
        self.counts.unmapped += u64::from(is_unmapped);
        self.counts.received[usize::from(group)] += 1;
        self.count_author(group, row);
        Ok(())
    }

    fn count_author(&mut self, group: u16, row: Post<'_>) {
        self.source_author.clear();
        self.source_author.push_str(row.s_id);
        self.source_author.push('_');
        self.source_author.push_str(row.author.trim());
        let hash = author_hash(group, &self.source_author);
        if self.in_slice.insert(hash) {
            self.authors.push((hash, group));
        }
    }

    /// Returns whether the row can be stored.
    fn stage(&mut self, group: u16, row: Post<'_>) -> bool {
        self.metas.clear();
        self.metas.extend(
            self.hits
                .iter()
                .map(|hit| (hit.label, self.matcher.meta(hit))),
        );
        let texts = (row.id, row.s_id, row.author.trim(), row.post_time, row.text);
        let panels = self.metas.iter();
        let panels = panels.map(|(label, meta)| (*label, meta.as_str()));
        if let Some(why) = self.storable.obstacle(group, texts, panels.clone()) {
            let name = || {
                (
                    row.id.to_owned(),
                    without_mark(row.post_time).to_owned(),
                    why,
                )
            };
            self.counts.left_out.count(name);
            return false;
        }
        self.counts.staged[usize::from(group)] += self.hits.len() as u64;
        self.staged.push(group, texts, panels);
        true
    }
}

impl SliceCounts {
    fn of(groups: usize) -> Self {
        Self {
            received: vec![0; groups],
            staged: vec![0; groups],
            ..Self::default()
        }
    }
}
