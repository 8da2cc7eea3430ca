//! Batches that wait for a time or a signal, and what wakes them.
//!
//! ```text
//! pending ──park──► parked ──its time, or a signal──► pending
//! ```
//!
//! A signal that arrives before the batch has parked is kept, and then the batch does not park.
//! Signals are kept until the batch has used them up, so none is lost with a process.

use entity::{AttemptOutcome, BatchState, JobId, JobState, batch, job, step};
use sea_orm::sea_query::{CaseStatement, Expr, SimpleExpr};
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QuerySelect};
use serde_json::{Value, json};

use super::slices::{SliceRecord, add, moved, store_beside};
use super::{BatchKey, Batches, change, close, count};
use crate::clock;
use crate::engine::store::changing::{applied, locked};
use crate::engine::store::{Claim, Result, Store, StoreError, events, query};

/// Signals that one batch keeps; more are refused.
const SIGNALS_MAX: usize = 1_000;

/// What became of a signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signalled {
    /// The batch was parked and may be started now.
    Woken,
    /// The batch finds it when it parks or is opened next.
    Kept,
    /// The batch has ended: the signal is not needed any more.
    Ended,
    /// There is no such batch, or not yet (its step is not planned): the signal is lost.
    Unknown,
}

impl Batches<'_> {
    /// Parks a batch after what its last slice left. `false`: something it waits for is there
    /// already, so it stays pending.
    pub async fn park(
        &self,
        claim: &Claim,
        key: BatchKey,
        attempt: (i32, i32),
        record: SliceRecord,
        wakes_at: Option<i64>,
        on_signal: bool,
    ) -> Result<bool> {
        self.0
            .write_for(claim, move |on, claim| {
                Box::pin(async move {
                    let update = moved(claim, key, &record);
                    if !applied(on, update, PARK).await? {
                        return Ok(false);
                    }
                    close(on, claim, key, attempt, AttemptOutcome::Parked, None).await?;
                    add(on, claim, key.step_no, &record).await?;
                    store_beside(on, &record).await?;
                    let left = use_up(on, claim, key, record.signals_used).await?;
                    if on_signal && left > 0 {
                        return Ok(false);
                    }
                    let update = change(claim, key)
                        .col_expr(batch::Column::State, Expr::value(BatchState::Parked))
                        .col_expr(batch::Column::NotBeforeAt, Expr::value(wakes_at))
                        .col_expr(batch::Column::WakesOnSignal, Expr::value(on_signal));
                    applied(on, update, PARK).await?;
                    let counters = [(step::Column::BatchesParked, 1)];
                    count(on, &claim.job, key.step_no, &counters).await?;
                    let data = json!({
                        "step": key.step_no, "batch": key.no, "progress": record.progress,
                        "until": wakes_at.map(clock::steady::rfc3339), "signal": on_signal,
                    });
                    events::record(on, &claim.job, "batch.parked", &data).await?;
                    Ok(true)
                })
            })
            .await
    }

    /// Makes the parked batches of a step pending whose time has come; returns how many.
    pub async fn wake_due(&self, claim: &Claim, step_no: i32, now: i64) -> Result<u64> {
        self.0
            .write_soon_for(claim, move |on, claim| {
                Box::pin(async move { wake_due(on, &claim.job, step_no, now).await })
            })
            .await
    }

    /// Sends a signal to a batch of a job, whichever process holds the job.
    pub async fn signal(&self, job: &JobId, key: BatchKey, signal: Value) -> Result<Signalled> {
        let job = job.clone();
        self.0
            .write(move |on| Box::pin(async move { send(on, &job, key, signal).await }))
            .await
    }
}

impl Store {
    /// Lets parked jobs continue whose time has come, and returns when the next one's will.
    pub async fn wake_parked(&self) -> Result<(Vec<JobId>, Option<i64>)> {
        const WAKE: &str = "wake parked jobs";
        let now = clock::steady::now_micros();
        let due: Vec<JobId> = job::Entity::find()
            .select_only()
            .column(job::Column::Id)
            .filter(job::Column::WakesAt.lte(now))
            .into_tuple()
            .all(&self.read)
            .await
            .map_err(query(WAKE))?;
        let mut woken = Vec::new();
        for job in due {
            let id = job.clone();
            let wakes = self
                .write(move |on| Box::pin(async move { unpark_job(on, &id).await }))
                .await?;
            if wakes {
                woken.push(job);
            }
        }
        let next: Option<Option<i64>> = job::Entity::find()
            .select_only()
            .column_as(job::Column::WakesAt.min(), "next")
            .filter(job::Column::WakesAt.gt(now))
            .into_tuple()
            .one(&self.read)
            .await
            .map_err(query(WAKE))?;
        Ok((woken, next.flatten()))
    }

    /// Gives a running job up of which nothing can run now. `false`: a signal has arrived, or it
    /// is to be cancelled.
    pub async fn park_job(&self, claim: &Claim, parking: Parking) -> Result<bool> {
        self.write_for(claim, move |on, claim| {
            Box::pin(async move { park_job(on, claim, parking).await })
        })
        .await
    }
}

/// How a job that is given up waits.
#[derive(Clone, Debug, Default)]
pub struct Parking {
    /// It is woken then, if no parked batch wakes it before.
    pub until: Option<i64>,
    /// Its parked batches, as its holder has seen them.
    pub batches_parked: i32,
    /// Why it waits, where that is not a parked batch.
    pub waiting: Option<String>,
}

/// Every note of an outage begins so, and only such a note does; see `OutageNote` of the runtime.
pub(in crate::engine) const OUTAGE: &str = "waiting for ";

/// Whether a job waits for something that is away. Until that is over its history has one event for it,
/// however often it is looked at.
pub(in crate::engine::store) fn notes_outage(note: Option<&str>) -> bool {
    note.is_some_and(|note| note.starts_with(OUTAGE))
}

/// The note of an outage stays with a job until it is over.
const OUTAGE_ONLY: &str = "CASE WHEN waiting LIKE 'waiting for %' THEN waiting END";

const PARK: &str = "park a batch";
const SIGNAL: &str = "send a signal to a batch";

async fn park_job(on: &DatabaseTransaction, claim: &Claim, parking: Parking) -> Result<bool> {
    const PARK_JOB: &str = "park a job";
    let parked: Vec<i32> = step::Entity::find()
        .select_only()
        .column(step::Column::BatchesParked)
        .filter(step::Column::JobId.eq(claim.job.clone()))
        .into_tuple()
        .all(on)
        .await
        .map_err(query(PARK_JOB))?;
    let parked: i32 = parked.into_iter().sum();
    if parked != parking.batches_parked {
        // A signal has woken one.
        return Ok(false);
    }
    let wakes_at: Option<Option<i64>> = batch::Entity::find()
        .filter(batch::Column::JobId.eq(claim.job.clone()))
        .filter(batch::Column::State.eq(BatchState::Parked))
        .select_only()
        .column_as(batch::Column::NotBeforeAt.min(), "next")
        .into_tuple()
        .one(on)
        .await
        .map_err(query(PARK_JOB))?;
    let wakes_at = wakes_at.flatten().into_iter().chain(parking.until).min();
    let waiting = parking.waiting.unwrap_or_else(|| {
        let until = wakes_at.map(clock::steady::rfc3339);
        match (until, parked) {
            (Some(until), 0) => format!("parked until {until}"),
            (Some(until), _) => format!("parked until {until} or a signal"),
            (None, _) => "parked until a signal arrives".to_owned(),
        }
    });
    let is_outage = notes_outage(Some(&waiting));
    let parked = job::Entity::update_many()
        .col_expr(job::Column::State, Expr::value(JobState::Parked))
        .col_expr(job::Column::WakesAt, Expr::value(wakes_at))
        .col_expr(job::Column::Waiting, Expr::value(waiting))
        .col_expr(job::Column::LeaseOwner, Expr::value(None::<String>))
        .col_expr(job::Column::LeaseUntilMs, Expr::value(None::<i64>))
        .filter(job::Column::Id.eq(claim.job.clone()))
        .filter(job::Column::State.eq(JobState::Running))
        .filter(job::Column::CancelRequested.eq(false))
        .exec(on)
        .await
        .map_err(query(PARK_JOB))?;
    if parked.rows_affected == 0 {
        return Ok(false);
    }
    if !is_outage {
        let data = json!({ "until": wakes_at.map(clock::steady::rfc3339) });
        events::record(on, &claim.job, "job.parked", &data).await?;
    }
    Ok(true)
}

/// Lets a parked job continue: some process will claim it. `false`: it is not parked.
pub(in crate::engine::store) async fn unpark_job(
    on: &DatabaseTransaction,
    job: &JobId,
) -> Result<bool> {
    const UNPARK: &str = "wake a parked job";
    let note: Option<Option<String>> = job::Entity::find_by_id(job.clone())
        .select_only()
        .column(job::Column::Waiting)
        .into_tuple()
        .one(on)
        .await
        .map_err(query(UNPARK))?;
    let woken = job::Entity::update_many()
        .col_expr(job::Column::State, woken_state())
        .col_expr(job::Column::WakesAt, Expr::value(None::<i64>))
        .col_expr(job::Column::Waiting, Expr::cust(OUTAGE_ONLY))
        .filter(job::Column::Id.eq(job.clone()))
        .filter(job::Column::State.eq(JobState::Parked))
        .exec(on)
        .await
        .map_err(query(UNPARK))?;
    if woken.rows_affected == 0 {
        return Ok(false);
    }
    if !notes_outage(note.flatten().as_deref()) {
        events::record(on, job, "job.woken", &json!({})).await?;
    }
    Ok(true)
}

/// A job with slots has given them up: it is queued, to get them in its turn.
fn woken_state() -> SimpleExpr {
    CaseStatement::new()
        .case(job::Column::SlotKey.eq(""), JobState::Running)
        .finally(JobState::Queued)
        .into()
}

async fn wake_due(on: &DatabaseTransaction, job: &JobId, step_no: i32, now: i64) -> Result<u64> {
    let woken = batch::Entity::update_many()
        .col_expr(batch::Column::State, Expr::value(BatchState::Pending))
        .filter(batch::Column::JobId.eq(job.clone()))
        .filter(batch::Column::StepNo.eq(step_no))
        .filter(batch::Column::State.eq(BatchState::Parked))
        .filter(batch::Column::NotBeforeAt.lte(now))
        .exec(on)
        .await
        .map_err(query("wake parked batches"))?
        .rows_affected;
    if woken > 0 {
        let fewer = i64::try_from(woken).unwrap_or(i64::MAX);
        let counters = [(step::Column::BatchesParked, -fewer)];
        count(on, job, step_no, &counters).await?;
    }
    Ok(woken)
}

/// The same in a transaction of the caller.
pub(crate) async fn send(
    on: &DatabaseTransaction,
    job: &JobId,
    key: BatchKey,
    signal: Value,
) -> Result<Signalled> {
    // First the job, like everybody who changes its batches: its holder may be parking it now.
    lock_job(on, job).await?;
    let Some(batch) = lock_batch(on, job, key).await? else {
        return Ok(Signalled::Unknown);
    };
    if matches!(batch.state, BatchState::Completed | BatchState::Failed) {
        return Ok(Signalled::Ended);
    }
    let mut signals = signals_of(&batch)?;
    if signals.len() >= SIGNALS_MAX {
        let reason = format!("batch {} has {SIGNALS_MAX} signals that wait", key.no);
        let job = job.clone();
        return Err(StoreError::Corrupt { job, reason });
    }
    signals.push(signal);
    let wakes = batch.state == BatchState::Parked && batch.wakes_on_signal;
    let mut update = batch::Entity::update_many()
        .col_expr(
            batch::Column::Signals,
            Expr::value(Value::Array(signals).to_string()),
        )
        .filter(batch::Column::JobId.eq(job.clone()))
        .filter(batch::Column::StepNo.eq(key.step_no))
        .filter(batch::Column::No.eq(key.no));
    if wakes {
        update = update
            .col_expr(batch::Column::State, Expr::value(BatchState::Pending))
            .col_expr(batch::Column::NotBeforeAt, Expr::value(None::<i64>));
    }
    update.exec(on).await.map_err(query(SIGNAL))?;
    if !wakes {
        return Ok(Signalled::Kept);
    }
    let counters = [(step::Column::BatchesParked, -1)];
    count(on, job, key.step_no, &counters).await?;
    unpark_job(on, job).await?;
    Ok(Signalled::Woken)
}

/// Waits for the holder of the job to finish what it is storing.
async fn lock_job(on: &DatabaseTransaction, id: &JobId) -> Result<Option<job::Model>> {
    let select = job::Entity::find_by_id(id.clone());
    locked(on, select)
        .one(on)
        .await
        .map_err(query("lock a job"))
}

/// The batch, locked until the end of this transaction.
async fn lock_batch(
    on: &DatabaseTransaction,
    job: &JobId,
    key: BatchKey,
) -> Result<Option<batch::Model>> {
    let select = batch::Entity::find_by_id((job.clone(), key.step_no, key.no));
    locked(on, select).one(on).await.map_err(query(SIGNAL))
}

/// The signals that a batch has not used up, oldest first.
pub(in crate::engine) fn signals_of(batch: &batch::Model) -> Result<Vec<Value>> {
    let Some(text) = &batch.signals else {
        return Ok(Vec::new());
    };
    serde_json::from_str(text).map_err(|error| StoreError::Corrupt {
        job: batch.job_id.clone(),
        reason: error.to_string(),
    })
}

/// Drops the oldest signals and returns how many are left.
pub(super) async fn use_up(
    on: &DatabaseTransaction,
    claim: &Claim,
    key: BatchKey,
    used: usize,
) -> Result<usize> {
    let Some(batch) = lock_batch(on, &claim.job, key).await? else {
        return Ok(0);
    };
    let mut signals = signals_of(&batch)?;
    if used == 0 {
        return Ok(signals.len());
    }
    signals.drain(..used.min(signals.len()));
    let left = signals.len();
    let text = (left > 0).then(|| Value::Array(signals).to_string());
    let update = change(claim, key).col_expr(batch::Column::Signals, Expr::value(text));
    applied(on, update, PARK).await?;
    Ok(left)
}
