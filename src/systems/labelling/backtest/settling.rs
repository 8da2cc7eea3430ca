//! The step `settle`: votes of authors become members, one partition after the other; then all sums, the report.

use std::sync::Arc;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::work::{Work, parts_of};
use crate::engine::seam::{Batch, BatchContext, Progress, Said, Slice, StepError, Unit, blocking};
use crate::engine::store::SliceRows;
use crate::fault::FaultPoint;
use crate::systems::labelling::rules::backtest::{
    ChangedMember, Comparison, Examples, MemberCounts, PARTITIONS, Report, SliceParts, Sums, Votes,
    settle,
};
use crate::systems::labelling::store::{
    LabellingStore, Part, PartKind, PartPlace, PartsOf, SliceOfBacktest,
};

/// Parts that are read at once.
const PARTS_AT_ONCE: u64 = 64;

/// Members of one part.
const MEMBERS_OF_PART: usize = 2_000;

/// How far it has got.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Reached {
    /// The partition that comes next.
    partition: u16,
    members: MemberCounts,
}

pub(super) struct SettleBatch {
    work: Arc<Work>,
    comparison: Arc<Comparison>,
    store: LabellingStore,
    context: BatchContext,
    of: PartsOf,
    reached: Reached,
}

impl SettleBatch {
    pub async fn open(work: &Arc<Work>, context: &BatchContext) -> Result<Self, StepError> {
        let reached = match &context.checkpoint {
            Some(checkpoint) => {
                let reached = Reached::deserialize(checkpoint);
                reached.map_err(|_| StepError::refused("the checkpoint cannot be read"))?
            }
            None => Reached::default(),
        };
        Ok(Self {
            comparison: work.comparison(context.cancel.clone()).await?,
            store: LabellingStore::new(work.tools.store.clone()),
            work: Arc::clone(work),
            context: context.clone(),
            of: parts_of(&context.job),
            reached,
        })
    }

    /// Settles the authors of one partition.
    async fn settle_some(&mut self) -> Result<Slice, StepError> {
        let partition = i32::from(self.reached.partition);
        let votes = self.votes(partition).await?;
        let comparison = Arc::clone(&self.comparison);
        let groups = self.work.params.group_names();
        let settled = blocking(move || {
            let mut changed = Vec::new();
            let (settling, labels) = (comparison.settling(), comparison.labels());
            let counts = settle(votes, &settling, labels, &groups, |member| {
                changed.push(member);
            });
            let packed = changed.chunks(MEMBERS_OF_PART).map(ChangedMember::pack);
            Ok((counts, packed.collect::<Vec<_>>()))
        });
        let (counts, packed) = settled.await?;
        self.context.job.faults.pass(FaultPoint::BeforeCheckpoint)?;
        let parts = (0..).zip(packed).map(|(slice, body)| Part {
            kind: PartKind::Members,
            place: PartPlace {
                partition,
                batch: 0,
                slice,
            },
            body,
        });
        let stored = SliceOfBacktest {
            of: self.of.clone(),
            parts: parts.collect(),
            settled: Some(partition),
            ends: false,
        };
        self.reached.members.add(counts);
        self.reached.partition += 1;
        Ok(Slice::More(Said {
            checkpoint: Some(json!(self.reached)),
            rows: Some(SliceRows::of(stored)),
            ..self.progress().into()
        }))
    }

    async fn votes(&self, partition: i32) -> Result<Votes, StepError> {
        let mut votes = Votes::default();
        let mut behind = None;
        loop {
            let parts = self.store.backtest_parts(
                &self.of,
                PartKind::Votes,
                Some(partition),
                behind,
                PARTS_AT_ONCE,
            );
            let parts = parts.await?;
            let Some((last, _)) = parts.last() else {
                return Ok(votes);
            };
            behind = Some(*last);
            for (_, body) in &parts {
                votes.add(body).map_err(StepError::refused)?;
            }
        }
    }

    async fn report(&self) -> Result<Slice, StepError> {
        let mut sums = Sums::default();
        let mut examples = Examples::new(self.work.params.seed());
        let mut behind = None;
        loop {
            let parts =
                self.store
                    .backtest_parts(&self.of, PartKind::Sums, None, behind, PARTS_AT_ONCE);
            let parts = parts.await?;
            let Some((last, _)) = parts.last() else {
                break;
            };
            behind = Some(*last);
            for (_, body) in &parts {
                let added = SliceParts::add_sums(body, &mut sums, &mut examples);
                added.map_err(StepError::refused)?;
            }
        }
        let params = &self.work.params;
        let names = [params.base.set_name(), params.candidate.set_name()];
        let members = self.reached.members;
        let report = Report::of(&self.comparison, names, &sums, members, &examples);
        let stored = SliceOfBacktest {
            of: self.of.clone(),
            parts: Vec::new(),
            settled: None,
            ends: true,
        };
        Ok(Slice::Done(Said {
            output: Some(serde_json::to_value(report).map_err(StepError::refused)?),
            rows: Some(SliceRows::of(stored)),
            ..self.progress().into()
        }))
    }

    fn progress(&self) -> Progress {
        let (done, total) = (u64::from(self.reached.partition), u64::from(PARTITIONS));
        Progress {
            done,
            total: Some(total),
            unit: Unit::Items,
            ..Progress::default()
        }
    }
}

#[async_trait]
impl Batch for SettleBatch {
    async fn next_slice(&mut self) -> Result<Slice, StepError> {
        match self.reached.partition < PARTITIONS {
            true => self.settle_some().await,
            false => self.report().await,
        }
    }
}
