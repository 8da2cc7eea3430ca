//! The labelled rows of one slice, and what is counted of all rows on the way.

use super::authors::{AuthorSet, author_hash};
use super::groups::Place;
use super::{GroupMap, StepError};
use crate::systems::labelling::panels::{StagedRows, StorableRows};
use crate::systems::labelling::posts::{LeftOut, Post, without_mark};
use crate::systems::labelling::rules::matching;
use crate::systems::labelling::rules::set::Field;

#[derive(Default)]
pub(super) struct SliceCounts {
    /// By number of the group.
    pub(super) received: Vec<u64>,
    pub(super) staged: Vec<u64>,
    pub(super) unmapped: u64,
    pub(super) skipped: u64,
    /// Rows that take no part because they can never be stored, or because a model has no answer to them.
    pub(super) left_out: LeftOut,
}

/// A row that takes part, unless it cannot be stored.
#[derive(Clone, Copy)]
pub(super) struct Placed<'r> {
    pub(super) group: u16,
    is_unmapped: bool,
    pub(super) row: Post<'r>,
}

/// A label that a row gets from rules that look at several fields.
pub(super) struct GivenLabel {
    pub(super) label: u16,
    /// The one in which the rule was found; its text is published.
    pub(super) field: Field,
    pub(super) meta: String,
}

/// Gathers what is to be staged of one slice after the other, with buffers that it keeps.
pub(super) struct LabelledRows {
    /// The labels of the row in hand, each with what is recorded of it.
    pub(super) metas: Vec<(u16, String)>,
    storable: StorableRows,
    source_author: String,
    staged: StagedRows,
    counts: SliceCounts,
    authors: Vec<(u64, u16)>,
    in_slice: AuthorSet,
}

impl LabelledRows {
    pub(super) fn new(groups: usize, storable: StorableRows) -> Self {
        Self {
            metas: Vec::new(),
            storable,
            source_author: String::new(),
            staged: StagedRows::default(),
            counts: SliceCounts::of(groups),
            authors: Vec::new(),
            in_slice: AuthorSet::default(),
        }
    }

    /// What was gathered since the last time, and the distinct authors with their groups; continues with the
    /// buffer `next`.
    pub(super) fn finish(
        &mut self,
        next: StagedRows,
    ) -> (StagedRows, SliceCounts, Vec<(u64, u16)>) {
        let groups = self.counts.received.len();
        self.in_slice.clear();
        (
            std::mem::replace(&mut self.staged, next),
            std::mem::replace(&mut self.counts, SliceCounts::of(groups)),
            std::mem::take(&mut self.authors),
        )
    }

    /// Where a row goes; `None`: nowhere.
    pub(super) fn place<'r>(
        &mut self,
        groups: &GroupMap,
        row: Post<'r>,
    ) -> Result<Option<Placed<'r>>, StepError> {
        let (group, is_unmapped) = match groups.place(row.s_id) {
            Place::Group(group) => (group, false),
            Place::Other(group) => (group, true),
            Place::Skipped => {
                self.counts.unmapped += 1;
                self.counts.skipped += 1;
                return Ok(None);
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
        Ok(Some(Placed {
            group,
            is_unmapped,
            row,
        }))
    }

    /// Counts a row whose labels stand in `metas`, and stages it if it has any; returns whether it was counted.
    pub(super) fn receive(&mut self, placed: Placed<'_>) -> bool {
        let is_received = self.metas.is_empty() || self.stage(placed.group, placed.row);
        if is_received {
            self.count(placed);
        }
        is_received
    }

    /// The same with these labels, each for a text of its own; returns whether the row was counted.
    pub(super) fn receive_fields(
        &mut self,
        placed: Placed<'_>,
        fields: matching::Row<'_>,
        given: &[GivenLabel],
    ) -> bool {
        let is_received =
            given.is_empty() || self.stage_fields(placed.group, placed.row, fields, given);
        if is_received {
            self.count(placed);
        }
        is_received
    }

    fn count(&mut self, placed: Placed<'_>) {
        let Placed {
            group,
            is_unmapped,
            row,
        } = placed;
        self.counts.unmapped += u64::from(is_unmapped);
        self.counts.received[usize::from(group)] += 1;
        self.count_author(group, row);
    }

    /// Counts a row that takes no part, and names it as long as there are few.
    pub(super) fn leave_out(&mut self, row: Post<'_>, why: impl FnOnce() -> String) {
        let name = || {
            let time = without_mark(row.post_time).to_owned();
            (row.id.to_owned(), time, why())
        };
        self.counts.left_out.count(name);
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
        let texts = (row.id, row.s_id, row.author.trim(), row.post_time, row.text);
        let panels = self.metas.iter();
        let panels = panels.map(|(label, meta)| (*label, meta.as_str()));
        if let Some(why) = self.storable.obstacle(group, texts, panels.clone()) {
            self.leave_out(row, || why);
            return false;
        }
        self.counts.staged[usize::from(group)] += self.metas.len() as u64;
        self.staged.push(group, texts, panels);
        true
    }

    /// The same with labels that follow one another in the order of the set.
    fn stage_fields(
        &mut self,
        group: u16,
        row: Post<'_>,
        fields: matching::Row<'_>,
        given: &[GivenLabel],
    ) -> bool {
        // Those of one text share it.
        let runs = || {
            let runs = given.chunk_by(|one, other| one.field == other.field);
            runs.map(|run| {
                let text = fields.text(run[0].field).unwrap_or_default();
                let texts = (row.id, row.s_id, row.author.trim(), row.post_time, text);
                let panels = run.iter().map(|given| (given.label, given.meta.as_str()));
                (texts, panels)
            })
        };
        for (texts, panels) in runs() {
            if let Some(why) = self.storable.obstacle(group, texts, panels) {
                self.leave_out(row, || why);
                return false;
            }
        }
        self.counts.staged[usize::from(group)] += given.len() as u64;
        for (texts, panels) in runs() {
            self.staged.push(group, texts, panels);
        }
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
