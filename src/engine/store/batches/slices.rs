//! What a slice leaves: progress, a checkpoint, an output, further batches; and the end of a batch.

use std::collections::BTreeSet;

use entity::{AttemptOutcome, BatchState, StepState, batch, step};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QuerySelect,
    UpdateMany,
};
use serde_json::{Value, json};

use super::parking::use_up;
use super::{BatchKey, Batches, change, close, count};
use crate::clock;
use crate::engine::store::changing::applied;
use crate::engine::store::{AddedSteps, Claim, Result, events, jobs, new_steps, query, rows};

/// A batch to be stored.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NewBatch {
    /// A step gets no second batch with the same key.
    pub key: Option<String>,
    pub spec: Value,
}

/// What a slice leaves.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SliceRecord {
    /// JSON.
    pub progress: Value,
    /// Units of work done so far.
    pub units_done: u64,
    pub checkpoint: Option<Value>,
    pub output: Option<Value>,
    pub add: Vec<NewBatch>,
    pub steps: AddedSteps,
    /// So many of the oldest signals have been used up.
    pub signals_used: usize,
    /// There is nothing in it for the history: only a checkpoint.
    pub is_silent: bool,
}

impl Batches<'_> {
    /// Stores what a slice leaves. The batch has moved, so its failures and crashes so far are
    /// forgiven: the limits are on those in a row.
    pub async fn progress(&self, claim: &Claim, key: BatchKey, record: SliceRecord) -> Result<()> {
        self.0
            .write_soon_for(claim, move |on, claim| {
                Box::pin(async move {
                    let update = moved(claim, key, &record);
                    if !applied(on, update, "note the progress of a batch").await? {
                        return Ok(());
                    }
                    if record.signals_used > 0 {
                        use_up(on, claim, key, record.signals_used).await?;
                    }
                    add(on, claim, key.step_no, &record).await?;
                    if record.is_silent {
                        return Ok(());
                    }
                    let progress = &record.progress;
                    let data =
                        json!({ "step": key.step_no, "batch": key.no, "progress": progress });
                    events::record(on, &claim.job, "progress", &data).await
                })
            })
            .await
    }

    /// Stores the last slice of a batch, and that the batch has completed.
    pub async fn complete(
        &self,
        claim: &Claim,
        key: BatchKey,
        attempt: (i32, i32),
        record: SliceRecord,
    ) -> Result<()> {
        self.0
            .write_soon_for(claim, move |on, claim| {
                Box::pin(async move {
                    let update = moved(claim, key, &record)
                        .col_expr(batch::Column::State, Expr::value(BatchState::Completed))
                        .col_expr(batch::Column::NotBeforeAt, Expr::value(None::<i64>))
                        .col_expr(batch::Column::Signals, Expr::value(None::<String>))
                        .col_expr(batch::Column::EndedAt, Expr::value(clock::now_micros()));
                    if !applied(on, update, "complete a batch").await? {
                        return Ok(());
                    }
                    close(on, claim, key, attempt, AttemptOutcome::Completed, None).await?;
                    add(on, claim, key.step_no, &record).await?;
                    let units = i64::try_from(record.units_done).unwrap_or(i64::MAX);
                    let counters = [
                        (step::Column::BatchesDone, 1),
                        (step::Column::UnitsDone, units),
                    ];
                    count(on, &claim.job, key.step_no, &counters).await?;
                    let progress = &record.progress;
                    let data =
                        json!({ "step": key.step_no, "batch": key.no, "progress": progress });
                    events::record(on, &claim.job, "batch.completed", &data).await
                })
            })
            .await
    }
}

/// The change of a pending batch by a slice.
pub(super) fn moved(
    claim: &Claim,
    key: BatchKey,
    record: &SliceRecord,
) -> UpdateMany<batch::Entity> {
    let mut update = change(claim, key)
        .col_expr(
            batch::Column::Progress,
            Expr::value(record.progress.to_string()),
        )
        .col_expr(batch::Column::Failures, Expr::value(0))
        .col_expr(batch::Column::Outages, Expr::value(0))
        .col_expr(batch::Column::Crashes, Expr::value(0));
    for (column, value) in [
        (batch::Column::Checkpoint, &record.checkpoint),
        (batch::Column::Output, &record.output),
    ] {
        if let Some(value) = value {
            update = update.col_expr(column, Expr::value(value.to_string()));
        }
    }
    update
}

/// Stores the batches and steps that a slice adds.
pub(super) async fn add(
    on: &DatabaseTransaction,
    claim: &Claim,
    step_no: i32,
    record: &SliceRecord,
) -> Result<()> {
    add_batches(on, claim, step_no, &record.add).await?;
    new_steps::add(on, claim, step_no, &record.steps).await
}

/// Adds batches to a step that runs; those whose keys it has already are left out.
async fn add_batches(
    on: &DatabaseTransaction,
    claim: &Claim,
    step_no: i32,
    new: &[NewBatch],
) -> Result<()> {
    const ADD: &str = "add batches to a step";
    if new.is_empty() {
        return Ok(());
    }
    let step = step::Entity::find_by_id((claim.job.clone(), step_no));
    let step = step.one(on).await.map_err(query(ADD))?;
    let Some(step) = step.filter(|step| step.state == StepState::Running) else {
        return Ok(());
    };
    let mut keys = present_keys(on, claim, step_no, new).await?;
    let fresh = new
        .iter()
        .filter(|batch| batch.key.clone().is_none_or(|key| keys.insert(key)));
    let fresh: Vec<&NewBatch> = fresh.collect();
    insert(on, claim, step_no, step.batches_total, &fresh).await?;
    let added = fresh.len() as i64;
    let counters = [(step::Column::BatchesTotal, added)];
    count(on, &claim.job, step_no, &counters).await?;
    let data = json!({ "step": step_no, "batches": added });
    events::record(on, &claim.job, "step.batches_added", &data).await
}

/// Which of the keys of these batches the step has already.
async fn present_keys(
    on: &DatabaseTransaction,
    claim: &Claim,
    step_no: i32,
    new: &[NewBatch],
) -> Result<BTreeSet<String>> {
    /// Well below the number of bound values SQLite allows.
    const KEYS_AT_ONCE: usize = 500;
    let keys: Vec<&String> = new.iter().filter_map(|batch| batch.key.as_ref()).collect();
    let mut present = BTreeSet::new();
    for keys in keys.chunks(KEYS_AT_ONCE) {
        let found: Vec<String> = batch::Entity::find()
            .select_only()
            .column(batch::Column::DedupKey)
            .filter(batch::Column::JobId.eq(claim.job.clone()))
            .filter(batch::Column::StepNo.eq(step_no))
            .filter(batch::Column::DedupKey.is_in(rows::padded(keys.iter().copied())))
            .into_tuple()
            .all(on)
            .await
            .map_err(query("look for batches with the same keys"))?;
        present.extend(found);
    }
    Ok(present)
}

/// Inserts batches with numbers from `first`.
pub(in crate::engine::store) async fn insert(
    on: &DatabaseTransaction,
    claim: &Claim,
    step_no: i32,
    first: i32,
    new: &[&NewBatch],
) -> Result<()> {
    let batches = (first..).zip(new).map(|(no, new)| batch::ActiveModel {
        job_id: Set(claim.job.clone()),
        step_no: Set(step_no),
        no: Set(no),
        dedup_key: Set(new.key.clone()),
        spec: Set(new.spec.to_string()),
        state: Set(BatchState::Pending),
        attempts: Set(0),
        failures: Set(0),
        outages: Set(0),
        crashes: Set(0),
        wakes_on_signal: Set(false),
        ..Default::default()
    });
    let batches = batches.collect();
    jobs::insert_all::<batch::Entity, _>(on, batches, "store the batches").await
}
