//! What a slice leaves: progress, a checkpoint, an output, further batches; and the end of a batch.

use std::collections::BTreeSet;

use entity::{AttemptOutcome, BatchState, JobId, StepState, batch, step};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, DbBackend, EntityTrait, QueryFilter,
    QuerySelect, QueryTrait, Statement, UpdateMany,
};
use serde_json::{Value, json};

use super::parking::use_up;
use super::{BatchKey, Batches, change, closing, counting};
use crate::clock;
use crate::engine::store::events::NewEvent;
use crate::engine::store::for_job::ForJob;
use crate::engine::store::{
    AddedSteps, Claim, Result, SliceRows, events, models, new_steps, query, rows,
};

/// Rows of one statement: a server takes so many bytes at once.
const ROWS_PER_INSERT: usize = 500;

/// A batch to be stored.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NewBatch {
    /// A step gets no second batch with the same key.
    pub key: Option<String>,
    pub spec: Value,
    pub checkpoint: Option<Value>,
}

impl NewBatch {
    /// As it is stored: nothing has been done about it.
    pub fn row(&self, job: &JobId, key: BatchKey) -> batch::Model {
        batch::Model {
            job_id: job.clone(),
            step_no: key.step_no,
            no: key.no,
            spec: self.spec.to_string(),
            state: BatchState::Pending,
            attempts: 0,
            failures: 0,
            outages: 0,
            crashes: 0,
            not_before_at: None,
            last_error: None,
            progress: None,
            ended_at: None,
            dedup_key: self.key.clone(),
            checkpoint: self.checkpoint.as_ref().map(Value::to_string),
            output: None,
            signals: None,
            wakes_on_signal: false,
        }
    }
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
    pub rows: Option<SliceRows>,
    /// So many of the oldest signals have been used up.
    pub signals_used: usize,
    /// There is nothing in it for the history: only a checkpoint.
    pub is_silent: bool,
}

impl SliceRecord {
    /// Whether it can be stored without reading what is there.
    fn is_plain(&self) -> bool {
        self.add.is_empty() && self.steps.steps.is_empty() && self.signals_used == 0
    }
}

impl Batches<'_> {
    /// Stores what a slice leaves. The batch has moved, so its failures and crashes so far are
    /// forgiven: the limits are on those in a row.
    pub async fn progress(&self, claim: &Claim, key: BatchKey, record: SliceRecord) -> Result<()> {
        let backend = self.0.backend();
        let mut then = beside(backend, &record)?;
        if !record.is_silent {
            then.push(says(backend, claim, key, "progress", &record)?);
        }
        let change = ForJob {
            claim: claim.clone(),
            guard: moved(claim, key, &record).build(backend),
            rows: then.len() as u64,
            then,
            attempted: "note the progress of a batch",
        };
        self.store_slice(change, key, record).await
    }

    /// Stores the last slice of a batch, and that the batch has completed.
    pub async fn complete(
        &self,
        claim: &Claim,
        key: BatchKey,
        attempt: (i32, i32),
        record: SliceRecord,
    ) -> Result<()> {
        let backend = self.0.backend();
        let update = moved(claim, key, &record)
            .col_expr(batch::Column::State, Expr::value(BatchState::Completed))
            .col_expr(batch::Column::NotBeforeAt, Expr::value(None::<i64>))
            .col_expr(batch::Column::Signals, Expr::value(None::<String>))
            .col_expr(batch::Column::EndedAt, Expr::value(clock::now_micros()));
        let units = i64::try_from(record.units_done).unwrap_or(i64::MAX);
        let counters = [
            (step::Column::BatchesDone, 1),
            (step::Column::UnitsDone, units),
        ];
        let mut then = beside(backend, &record)?;
        then.extend([
            closing(claim, key, attempt, AttemptOutcome::Completed, None).build(backend),
            counting(&claim.job, key.step_no, &counters).build(backend),
            says(backend, claim, key, "batch.completed", &record)?,
        ]);
        let change = ForJob {
            claim: claim.clone(),
            guard: update.build(backend),
            rows: then.len() as u64,
            then,
            attempted: "complete a batch",
        };
        let record = SliceRecord {
            // They are dropped with the batch.
            signals_used: 0,
            ..record
        };
        self.store_slice(change, key, record).await
    }

    /// Each statement that follows meets one row.
    async fn store_slice(&self, change: ForJob, key: BatchKey, record: SliceRecord) -> Result<()> {
        if record.is_plain() {
            return self.0.change_for(change).await.map(drop);
        }
        let claim = change.claim.clone();
        self.0
            .write_soon_for(&claim, move |on, claim| {
                Box::pin(async move {
                    let failed = query(change.attempted);
                    let met = rows::execute_all(on, vec![change.guard]).await;
                    if met.map_err(failed)? == 0 {
                        return Ok(());
                    }
                    if record.signals_used > 0 {
                        use_up(on, claim, key, record.signals_used).await?;
                    }
                    add(on, claim, key.step_no, &record).await?;
                    let followed = rows::execute_all(on, change.then).await;
                    followed.map(drop).map_err(query(change.attempted))
                })
            })
            .await
    }
}

/// What the history says of a slice.
fn says(
    backend: DbBackend,
    claim: &Claim,
    key: BatchKey,
    kind: &str,
    record: &SliceRecord,
) -> Result<Statement> {
    let data = json!({ "step": key.step_no, "batch": key.no, "progress": record.progress });
    events::insertion(backend, &[NewEvent::new(&claim.job, kind, &data)])
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

/// The rows of the system.
fn beside(backend: DbBackend, record: &SliceRecord) -> Result<Vec<Statement>> {
    let rows = record.rows.as_ref();
    rows.map_or_else(|| Ok(Vec::new()), |rows| rows.statements(backend))
}

pub(super) async fn store_beside(on: &DatabaseTransaction, record: &SliceRecord) -> Result<()> {
    let statements = beside(on.get_database_backend(), record)?;
    if !statements.is_empty() {
        let stored = rows::execute_all(on, statements).await;
        stored.map_err(query("store the rows of a slice"))?;
    }
    Ok(())
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
    let fresh = (step.batches_total..)
        .zip(fresh)
        .map(|(no, batch)| batch.row(&claim.job, BatchKey { step_no, no }));
    let fresh: Vec<batch::Model> = fresh.collect();
    let backend = on.get_database_backend();
    let added = fresh.len() as i64;
    let mut statements = insertions(backend, &fresh)?;
    let counters = [(step::Column::BatchesTotal, added)];
    statements.push(counting(&claim.job, step_no, &counters).build(backend));
    let data = json!({ "step": step_no, "batches": added });
    let event = NewEvent::new(&claim.job, "step.batches_added", &data);
    statements.push(events::insertion(backend, &[event])?);
    let added = rows::execute_all(on, statements).await;
    added.map(drop).map_err(query(ADD))
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

/// Statements that insert batches, some rows each.
pub(in crate::engine::store) fn insertions(
    backend: DbBackend,
    batches: &[batch::Model],
) -> Result<Vec<Statement>> {
    let some = batches.chunks(ROWS_PER_INSERT);
    let statements = some.map(|some| models::insertion(backend, some, &[]));
    let statements: Result<Vec<Option<Statement>>> = statements.collect();
    Ok(statements?.into_iter().flatten().collect())
}
