//! Batches and the attempts at them.
//!
//! The step of a batch counts its batches by state, and each change here keeps the counters: what
//! a job costs must not grow with the number of its batches.

mod parking;
mod slices;

use entity::{AttemptOutcome, BatchState, JobId, attempt, batch, step};
use sea_orm::QuerySelect;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, DatabaseTransaction, DbBackend, EntityTrait,
    ExprTrait, QueryFilter, QueryOrder, QueryTrait, Select, Statement, UpdateMany,
};
use serde_json::json;

use super::changing::applied;
use super::events::NewEvent;
use super::for_job::ForJob;
use super::{Claim, Result, Store, events, query};
use crate::clock;
pub(super) use parking::notes_outage;
pub(crate) use parking::send as send_signal;
pub(super) use parking::unpark_job;
pub(in crate::engine) use parking::{OUTAGE, signals_of};
pub use parking::{Parking, Signalled};
pub(super) use slices::insertions;
pub use slices::{NewBatch, SliceRecord};

const READ: &str = "read the batches of a job";

/// Unfinished batches that are looked at to show how far a job has got.
const SHOWN_MAX: u64 = 1_000;

/// One batch of a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BatchKey {
    pub step_no: i32,
    pub no: i32,
}

/// How an attempt ended without completing its batch, and what follows.
#[derive(Clone, Debug)]
pub struct AttemptEnd {
    pub outcome: AttemptOutcome,
    pub error: Option<String>,
    pub failures: i32,
    pub outages: i32,
    pub not_before_at: Option<i64>,
    /// No further attempt is made.
    pub given_up: bool,
    /// The history has no event for it: it only shows that an outage is not over.
    pub quiet: bool,
}

/// Batches.
pub struct Batches<'a>(&'a Store);

impl Store {
    pub fn batches(&self) -> Batches<'_> {
        Batches(self)
    }
}

impl Batches<'_> {
    /// One batch.
    pub async fn find(&self, job: &JobId, key: BatchKey) -> Result<Option<batch::Model>> {
        batch::Entity::find_by_id((job.clone(), key.step_no, key.no))
            .one(&self.0.read)
            .await
            .map_err(query(READ))
    }

    /// The first batches of a step in a state, in their order.
    pub async fn first(
        &self,
        job: &JobId,
        step_no: i32,
        state: BatchState,
        limit: u64,
    ) -> Result<Vec<batch::Model>> {
        of_step(job, step_no, state)
            .order_by_asc(batch::Column::No)
            .limit(limit)
            .all(&self.0.read)
            .await
            .map_err(query(READ))
    }

    /// The first pending batches of a step that may be started by now.
    pub async fn due(
        &self,
        job: &JobId,
        step_no: i32,
        now: i64,
        limit: u64,
    ) -> Result<Vec<batch::Model>> {
        let not_before = batch::Column::NotBeforeAt;
        of_step(job, step_no, BatchState::Pending)
            .filter(not_before.is_null().or(not_before.lte(now)))
            .order_by_asc(batch::Column::No)
            .limit(limit)
            .all(&self.0.read)
            .await
            .map_err(query(READ))
    }

    /// When the first batch of a step in this state is to be looked at again.
    pub async fn next_time(
        &self,
        job: &JobId,
        step_no: i32,
        state: BatchState,
        after: i64,
    ) -> Result<Option<i64>> {
        let next: Option<Option<i64>> = of_step(job, step_no, state)
            .select_only()
            .column_as(batch::Column::NotBeforeAt.min(), "next")
            .filter(batch::Column::NotBeforeAt.gt(after))
            .into_tuple()
            .one(&self.0.read)
            .await
            .map_err(query(READ))?;
        Ok(next.flatten())
    }

    /// Whether an outage lies behind a batch of the job.
    pub async fn any_outage(&self, job: &JobId) -> Result<bool> {
        let found = batch::Entity::find()
            .filter(batch::Column::JobId.eq(job.clone()))
            .filter(batch::Column::Outages.gt(0))
            .limit(1)
            .one(&self.0.read)
            .await
            .map_err(query(READ))?;
        Ok(found.is_some())
    }

    /// Batches of a job that have begun and not ended, as far as they are to be shown.
    pub async fn under_way(&self, job: &JobId) -> Result<Vec<batch::Model>> {
        batch::Entity::find()
            .filter(batch::Column::JobId.eq(job.clone()))
            .filter(batch::Column::State.is_in([BatchState::Pending, BatchState::Parked]))
            .filter(batch::Column::Progress.is_not_null())
            .limit(SHOWN_MAX)
            .all(&self.0.read)
            .await
            .map_err(query(READ))
    }

    /// The outputs of the batches of a step, in their order; JSON.
    pub async fn outputs(&self, job: &JobId, step_no: i32) -> Result<Vec<String>> {
        batch::Entity::find()
            .select_only()
            .column(batch::Column::Output)
            .filter(batch::Column::JobId.eq(job.clone()))
            .filter(batch::Column::StepNo.eq(step_no))
            .filter(batch::Column::Output.is_not_null())
            .order_by_asc(batch::Column::No)
            .into_tuple()
            .all(&self.0.read)
            .await
            .map_err(query("read the outputs of batches"))
    }

    /// Attempts that were closed as crashed since then.
    pub async fn crashed(&self, job: &JobId, since: i64) -> Result<Vec<attempt::Model>> {
        attempt::Entity::find()
            .filter(attempt::Column::JobId.eq(job.clone()))
            .filter(attempt::Column::Outcome.eq(AttemptOutcome::Crashed))
            .filter(attempt::Column::EndedAt.gte(since))
            .all(&self.0.read)
            .await
            .map_err(query("read the attempts of a job"))
    }

    /// Opens the attempt after the `attempts` before it and returns its number; `None` if the
    /// batch is not pending, or another attempt was opened.
    ///
    /// `in_doubt`: it is not known whether the last call for this batch was stored. If so, the
    /// attempt that it opened is returned. `quiet`: the history has no event for it.
    pub async fn begin_attempt(
        &self,
        claim: &Claim,
        key: BatchKey,
        generation: i32,
        attempts: i32,
        in_doubt: bool,
        quiet: bool,
    ) -> Result<Option<i32>> {
        let no = attempts + 1;
        if in_doubt && self.is_open(claim, key, (generation, attempts)).await? {
            return Ok(Some(attempts));
        }
        let backend = self.0.backend();
        let guard = change(claim, key)
            .col_expr(batch::Column::Attempts, Expr::value(no))
            .filter(batch::Column::Attempts.eq(attempts));
        let mut then = vec![opening(backend, claim, key, (generation, no))];
        if !quiet {
            then.push(events::insertion(backend, &[begins(claim, key, no)])?);
        }
        let begun = self.0.change_for(ForJob {
            claim: claim.clone(),
            guard: guard.build(backend),
            rows: then.len() as u64,
            then,
            attempted: "begin an attempt",
        });
        Ok(begun.await?.then_some(no))
    }

    /// Whether the attempt was opened under this lease.
    async fn is_open(
        &self,
        claim: &Claim,
        key: BatchKey,
        (generation, no): (i32, i32),
    ) -> Result<bool> {
        let claim = claim.clone();
        self.0
            .write_soon_for(&claim, move |on, claim| {
                Box::pin(async move {
                    let open = attempt::Entity::find()
                        .filter(is_open(claim, key, (generation, no)))
                        .one(on)
                        .await
                        .map_err(query("look for an open attempt"))?;
                    Ok(open.is_some())
                })
            })
            .await
    }

    /// Closes an attempt that did not complete its batch. `false`: it was closed before, and
    /// nothing has changed.
    pub async fn end_attempt(
        &self,
        claim: &Claim,
        key: BatchKey,
        attempt: (i32, i32),
        end: &AttemptEnd,
    ) -> Result<bool> {
        let end = end.clone();
        self.0
            .write_soon_for(claim, move |on, claim| {
                Box::pin(async move {
                    if !close(on, claim, key, attempt, end.outcome, end.error.as_deref()).await? {
                        return Ok(false);
                    }
                    let state = if end.given_up {
                        BatchState::Failed
                    } else {
                        BatchState::Pending
                    };
                    let mut update = change(claim, key)
                        .col_expr(batch::Column::State, Expr::value(state))
                        .col_expr(batch::Column::Failures, Expr::value(end.failures))
                        .col_expr(batch::Column::Outages, Expr::value(end.outages))
                        .col_expr(batch::Column::NotBeforeAt, Expr::value(end.not_before_at));
                    if let Some(error) = &end.error {
                        update =
                            update.col_expr(batch::Column::LastError, Expr::value(error.clone()));
                    }
                    let changed = applied(on, update, "end an attempt").await?;
                    if changed && end.given_up {
                        count(
                            on,
                            &claim.job,
                            key.step_no,
                            &[(step::Column::BatchesFailed, 1)],
                        )
                        .await?;
                    }
                    if end.quiet {
                        return Ok(true);
                    }
                    let kind = format!("batch.{}", end.outcome.as_str());
                    let data = json!({
                        "step": key.step_no, "batch": key.no, "attempt": attempt.1,
                        "error": end.error, "given_up": end.given_up,
                        "until": end.not_before_at.map(clock::steady::rfc3339),
                    });
                    events::record(on, &claim.job, &kind, &data).await?;
                    Ok(true)
                })
            })
            .await
    }
}

fn of_step(job: &JobId, step_no: i32, state: BatchState) -> Select<batch::Entity> {
    batch::Entity::find()
        .filter(batch::Column::JobId.eq(job.clone()))
        .filter(batch::Column::StepNo.eq(step_no))
        .filter(batch::Column::State.eq(state))
}

/// Inserts an attempt that begins now.
pub(super) fn opening(
    backend: DbBackend,
    claim: &Claim,
    key: BatchKey,
    (generation, no): (i32, i32),
) -> Statement {
    let attempt = attempt::ActiveModel {
        job_id: Set(claim.job.clone()),
        step_no: Set(key.step_no),
        batch_no: Set(key.no),
        generation: Set(generation),
        no: Set(no),
        outcome: Set(AttemptOutcome::Running),
        started_at: Set(clock::now_micros()),
        ..Default::default()
    };
    attempt::Entity::insert(attempt).build(backend)
}

/// What the history says of an attempt that begins.
pub(super) fn begins(claim: &Claim, key: BatchKey, attempt: i32) -> NewEvent {
    let data = json!({ "step": key.step_no, "batch": key.no, "attempt": attempt });
    NewEvent::new(&claim.job, "batch.started", &data)
}

/// Changes the counters of a step by so much.
pub(super) async fn count(
    on: &DatabaseTransaction,
    job: &JobId,
    step_no: i32,
    changes: &[(step::Column, i64)],
) -> Result<()> {
    let counted = counting(job, step_no, changes).exec(on).await;
    counted
        .map(drop)
        .map_err(query("count the batches of a step"))
}

fn counting(
    job: &JobId,
    step_no: i32,
    changes: &[(step::Column, i64)],
) -> UpdateMany<step::Entity> {
    let mut update = step::Entity::update_many()
        .filter(step::Column::JobId.eq(job.clone()))
        .filter(step::Column::No.eq(step_no));
    for (column, by) in changes {
        update = update.col_expr(*column, Expr::col(*column).add(*by));
    }
    update
}

fn change(claim: &Claim, key: BatchKey) -> UpdateMany<batch::Entity> {
    batch::Entity::update_many()
        .filter(batch::Column::JobId.eq(claim.job.clone()))
        .filter(batch::Column::StepNo.eq(key.step_no))
        .filter(batch::Column::No.eq(key.no))
        .filter(batch::Column::State.eq(BatchState::Pending))
}

async fn close(
    on: &DatabaseTransaction,
    claim: &Claim,
    key: BatchKey,
    attempt: (i32, i32),
    outcome: AttemptOutcome,
    error: Option<&str>,
) -> Result<bool> {
    let closed = closing(claim, key, attempt, outcome, error).exec(on).await;
    Ok(closed.map_err(query("close an attempt"))?.rows_affected == 1)
}

/// The end of an open attempt.
fn closing(
    claim: &Claim,
    key: BatchKey,
    (generation, no): (i32, i32),
    outcome: AttemptOutcome,
    error: Option<&str>,
) -> UpdateMany<attempt::Entity> {
    attempt::Entity::update_many()
        .col_expr(attempt::Column::Outcome, Expr::value(outcome))
        .col_expr(attempt::Column::EndedAt, Expr::value(clock::now_micros()))
        .col_expr(
            attempt::Column::Error,
            Expr::value(error.map(str::to_owned)),
        )
        .filter(is_open(claim, key, (generation, no)))
}

/// What an attempt meets that has not ended.
fn is_open(claim: &Claim, key: BatchKey, (generation, no): (i32, i32)) -> Condition {
    Condition::all()
        .add(attempt::Column::JobId.eq(claim.job.clone()))
        .add(attempt::Column::StepNo.eq(key.step_no))
        .add(attempt::Column::BatchNo.eq(key.no))
        .add(attempt::Column::Generation.eq(generation))
        .add(attempt::Column::No.eq(no))
        .add(attempt::Column::Outcome.eq(AttemptOutcome::Running))
}
