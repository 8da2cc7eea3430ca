//! Batches and the attempts at them.

use entity::{AttemptOutcome, BatchState, JobId, attempt, batch};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, DatabaseTransaction, EntityTrait, ExprTrait, QueryFilter,
    QueryOrder, UpdateMany,
};
use serde_json::{Value, json};

use super::{Claim, Result, Store, events, query};
use crate::clock;

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
}

/// Batches.
pub struct Batches<'a>(&'a Store);

impl Store {
    pub fn batches(&self) -> Batches<'_> {
        Batches(self)
    }
}

impl Batches<'_> {
    pub async fn of(&self, job: &JobId) -> Result<Vec<batch::Model>> {
        batch::Entity::find()
            .filter(batch::Column::JobId.eq(job.clone()))
            .order_by_asc(batch::Column::StepNo)
            .order_by_asc(batch::Column::No)
            .all(&self.0.read)
            .await
            .map_err(query("read the batches of a job"))
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

    /// Opens an attempt and answers its number; `None` if the batch is not pending.
    pub async fn begin_attempt(
        &self,
        claim: &Claim,
        key: BatchKey,
        generation: i32,
    ) -> Result<Option<i32>> {
        let attempted = "begin an attempt";
        self.0
            .write_for(claim, move |on, claim| {
                Box::pin(async move {
                    let update = change(claim, key).col_expr(
                        batch::Column::Attempts,
                        Expr::col(batch::Column::Attempts).add(1),
                    );
                    if !applied(on, update, attempted).await? {
                        return Ok(None);
                    }
                    let batch = batch::Entity::find_by_id((claim.job.clone(), key.step_no, key.no))
                        .one(on)
                        .await
                        .map_err(query(attempted))?;
                    let Some(no) = batch.map(|batch| batch.attempts) else {
                        return Ok(None);
                    };
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
                    attempt::Entity::insert(attempt)
                        .exec_without_returning(on)
                        .await
                        .map_err(query(attempted))?;
                    let data = json!({ "step": key.step_no, "batch": key.no, "attempt": no });
                    events::record(on, &claim.job, "batch.started", &data).await?;
                    Ok(Some(no))
                })
            })
            .await
    }

    /// Keeps what a batch says of itself. It has moved, so its failures and crashes so far are
    /// forgiven: the limits are on those in a row.
    pub async fn progress(&self, claim: &Claim, key: BatchKey, progress: &Value) -> Result<()> {
        let progress = progress.clone();
        self.0
            .write_for(claim, move |on, claim| {
                Box::pin(async move {
                    let update = change(claim, key)
                        .col_expr(batch::Column::Progress, Expr::value(progress.to_string()))
                        .col_expr(batch::Column::Failures, Expr::value(0))
                        .col_expr(batch::Column::Outages, Expr::value(0))
                        .col_expr(batch::Column::Crashes, Expr::value(0));
                    applied(on, update, "note the progress of a batch").await?;
                    let data =
                        json!({ "step": key.step_no, "batch": key.no, "progress": progress });
                    events::record(on, &claim.job, "progress", &data).await?;
                    Ok(())
                })
            })
            .await
    }

    pub async fn complete(
        &self,
        claim: &Claim,
        key: BatchKey,
        attempt: (i32, i32),
        progress: &Value,
    ) -> Result<()> {
        let progress = progress.clone();
        self.0
            .write_for(claim, move |on, claim| {
                Box::pin(async move {
                    let update = change(claim, key)
                        .col_expr(batch::Column::State, Expr::value(BatchState::Completed))
                        .col_expr(batch::Column::Progress, Expr::value(progress.to_string()))
                        .col_expr(batch::Column::Failures, Expr::value(0))
                        .col_expr(batch::Column::Outages, Expr::value(0))
                        .col_expr(batch::Column::Crashes, Expr::value(0))
                        .col_expr(batch::Column::NotBeforeAt, Expr::value(None::<i64>))
                        .col_expr(batch::Column::EndedAt, Expr::value(clock::now_micros()));
                    if applied(on, update, "complete a batch").await? {
                        close(on, claim, key, attempt, AttemptOutcome::Completed, None).await?;
                        let data =
                            json!({ "step": key.step_no, "batch": key.no, "progress": progress });
                        events::record(on, &claim.job, "batch.completed", &data).await?;
                    }
                    Ok(())
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
            .write_for(claim, move |on, claim| {
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
                    applied(on, update, "end an attempt").await?;
                    let kind = format!("batch.{}", end.outcome.as_str());
                    let data = json!({
                        "step": key.step_no, "batch": key.no, "attempt": attempt.1,
                        "error": end.error, "given_up": end.given_up,
                    });
                    events::record(on, &claim.job, &kind, &data).await?;
                    Ok(true)
                })
            })
            .await
    }
}

fn change(claim: &Claim, key: BatchKey) -> UpdateMany<batch::Entity> {
    batch::Entity::update_many()
        .filter(batch::Column::JobId.eq(claim.job.clone()))
        .filter(batch::Column::StepNo.eq(key.step_no))
        .filter(batch::Column::No.eq(key.no))
        .filter(batch::Column::State.eq(BatchState::Pending))
}

async fn applied(
    on: &DatabaseTransaction,
    update: UpdateMany<batch::Entity>,
    attempted: &'static str,
) -> Result<bool> {
    let result = update.exec(on).await.map_err(query(attempted))?;
    Ok(result.rows_affected == 1)
}

async fn close(
    on: &DatabaseTransaction,
    claim: &Claim,
    key: BatchKey,
    (generation, no): (i32, i32),
    outcome: AttemptOutcome,
    error: Option<&str>,
) -> Result<bool> {
    let closed = attempt::Entity::update_many()
        .col_expr(attempt::Column::Outcome, Expr::value(outcome))
        .col_expr(attempt::Column::EndedAt, Expr::value(clock::now_micros()))
        .col_expr(
            attempt::Column::Error,
            Expr::value(error.map(str::to_owned)),
        )
        .filter(attempt::Column::JobId.eq(claim.job.clone()))
        .filter(attempt::Column::StepNo.eq(key.step_no))
        .filter(attempt::Column::BatchNo.eq(key.no))
        .filter(attempt::Column::Generation.eq(generation))
        .filter(attempt::Column::No.eq(no))
        .filter(attempt::Column::Outcome.eq(AttemptOutcome::Running))
        .exec(on)
        .await
        .map_err(query("close an attempt"))?;
    Ok(closed.rows_affected == 1)
}
