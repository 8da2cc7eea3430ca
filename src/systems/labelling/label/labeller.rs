//! The second thread of a batch: groups and matches the rows of slices and hands on what is to be
//! staged.

use tokio::sync::{OwnedSemaphorePermit, mpsc};

use super::buffers::Buffers;
use super::counting::GivenCounts;
use super::labelled_rows::{LabelledRows, Placed, SliceCounts};
use super::mixed::MixedLabeller;
use super::reader::ReadSlice;
use super::row_matcher::{RowMatcher, TextModel};
use super::rows::RowBuffer;
use super::rules::{Hit, Matcher, Scratch};
use super::{GroupMap, StepError};
use crate::engine::seam::timed::{Stage, Timed};
use crate::systems::labelling::panels::{BesideKind, StagedRows, StorableRows};
use crate::systems::labelling::posts::SliceEnd;

/// Texts that a model is given at once: enough that a call costs nothing, few enough that what it works with
/// stays small.
const TEXTS_AT_ONCE: usize = 256;
const TEXT_BYTES_AT_ONCE: usize = 1 << 20;

/// Rows of one slice, labelled, and what was counted on the way.
pub(super) struct LabelledSlice {
    pub(super) staged: StagedRows,
    pub(super) counts: SliceCounts,
    /// Distinct authors of the slice with their group.
    pub(super) authors: Vec<(u64, u16)>,
    /// What is stored beside the rows.
    pub(super) beside: Vec<(BesideKind, Vec<u8>)>,
    pub(super) end: SliceEnd,
    /// Bytes that were read.
    pub(super) size: usize,
    pub(super) read: Timed,
    pub(super) matched: Timed,
    _in_flight: OwnedSemaphorePermit,
}

/// What the thread needs.
pub(super) struct MatchLoop {
    pub(super) matcher: RowMatcher,
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
        let matcher = self.matcher.clone();
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
        labeller.label(&self.groups, &slice.rows)?;
        let mut rows = slice.rows;
        rows.clear(self.bytes_kept);
        self.rows.give_back(rows);
        let next = self.staged.take().unwrap_or_default();
        let (staged, counts, authors) = labeller.labelled.finish(next);
        let beside = match &mut labeller.by {
            By::Mixed(mixed) => mixed.beside(),
            By::Rules { given, .. } | By::Model { given, .. } => given.beside(),
        };
        Ok(LabelledSlice {
            staged,
            counts,
            authors,
            beside,
            end: slice.end,
            size: slice.size,
            read: slice.read,
            matched: stage.end(),
            _in_flight: slice.in_flight,
        })
    }
}

/// Labels the rows of one slice after the other.
struct Labeller<'m> {
    by: By<'m>,
    labelled: LabelledRows,
}

/// What finds labels, with the buffers of this thread.
enum By<'m> {
    Rules {
        matcher: &'m Matcher,
        scratch: Box<Scratch>,
        hits: Vec<Hit>,
        given: GivenCounts,
    },
    Mixed(Box<MixedLabeller<'m>>),
    Model {
        model: &'m TextModel,
        given: GivenCounts,
    },
}

impl<'m> Labeller<'m> {
    fn new(matcher: &'m RowMatcher, groups: usize, storable: StorableRows) -> Self {
        let by = match matcher {
            RowMatcher::Rules(matcher) => By::Rules {
                matcher,
                scratch: Box::new(matcher.scratch()),
                hits: Vec::new(),
                given: GivenCounts::new(matcher.rules_of_labels(), groups),
            },
            RowMatcher::Mixed(matcher) => By::Mixed(Box::new(MixedLabeller::new(matcher, groups))),
            RowMatcher::Model(model) => By::Model {
                model,
                given: GivenCounts::new((0..model.label_count()).map(|_| 0), groups),
            },
        };
        Self {
            by,
            labelled: LabelledRows::new(groups, storable),
        }
    }

    fn label(&mut self, groups: &GroupMap, rows: &RowBuffer) -> Result<(), StepError> {
        let labelled = &mut self.labelled;
        match &mut self.by {
            By::Rules {
                matcher,
                scratch,
                hits,
                given,
            } => {
                for row in rows.iter() {
                    let Some(placed) = labelled.place(groups, row)? else {
                        continue;
                    };
                    matcher.find(row.text, scratch, hits);
                    labelled.metas.clear();
                    let found = hits.iter().map(|hit| (hit.label, matcher.meta(hit)));
                    labelled.metas.extend(found);
                    if labelled.receive(placed) {
                        let found = hits.iter().map(|hit| (hit.label, Some(hit.rule)));
                        given.receive(placed.group, found);
                    }
                }
                Ok(())
            }
            By::Mixed(mixed) => mixed.label(groups, rows, labelled),
            By::Model { model, given } => label_by_model(model, groups, rows, labelled, given),
        }
    }
}

fn label_by_model(
    model: &TextModel,
    groups: &GroupMap,
    rows: &RowBuffer,
    labelled: &mut LabelledRows,
    given: &mut GivenCounts,
) -> Result<(), StepError> {
    let (mut placed, mut texts) = (Vec::new(), Vec::new());
    let mut bytes = 0;
    for row in rows.iter() {
        let Some(next) = labelled.place(groups, row)? else {
            continue;
        };
        bytes += row.text.len();
        placed.push(next);
        texts.push(row.text);
        if texts.len() == TEXTS_AT_ONCE || bytes >= TEXT_BYTES_AT_ONCE {
            label_texts(model, &placed, &texts, labelled, given)?;
            placed.clear();
            texts.clear();
            bytes = 0;
        }
    }
    label_texts(model, &placed, &texts, labelled, given)
}

fn label_texts(
    model: &TextModel,
    placed: &[Placed<'_>],
    texts: &[&str],
    labelled: &mut LabelledRows,
    given: &mut GivenCounts,
) -> Result<(), StepError> {
    if texts.is_empty() {
        return Ok(());
    }
    let scores = model.score(texts)?;
    for (text, placed) in placed.iter().enumerate() {
        if let Some(fault) = scores.faults.get(&text) {
            let why = || format!("the model has no answer: {fault}");
            labelled.leave_out(placed.row, why);
            continue;
        }
        model.find_labels(&scores, text, &mut labelled.metas);
        if labelled.receive(*placed) {
            let labels = labelled.metas.iter().map(|(label, _)| (*label, None));
            given.receive(placed.group, labels);
        }
    }
    Ok(())
}
