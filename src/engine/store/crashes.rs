//! Processes that ended under a batch, counted apart from its failures.
//!
//! The process that claims a job next finds the attempts that its former process left open. That such a
//! process ended says little: it may have been killed from outside. A batch that was under it
//! several times in a row without having moved is run in a process of its own, and what ends
//! that one while its parent looks on is the batch.

use entity::{AttemptOutcome, BatchState, JobId, attempt, batch, job, step};
use sea_orm::sea_query::{Expr, Query};
use sea_orm::{ColumnTrait, Condition, DatabaseTransaction, EntityTrait, ExprTrait, QueryFilter};
use serde_json::json;

use super::owner::Owner;
use super::{Result, Store, batches, events, query, rows};
use crate::clock;

/// What is said of an attempt whose process ended.
pub(super) const PROCESS_ENDED: &str = "the process ended under it";

/// What ends processes.
pub struct Crashes<'a>(&'a Store);

impl Store {
    pub fn crashes(&self) -> Crashes<'_> {
        Crashes(self)
    }
}

impl Crashes<'_> {
    /// Notes that a job ended the process which it had of its own; `how` says by what. A batch
    /// that has now done so `crashes_max` times is given up. `false`: the job was not under it.
    pub async fn witnessed(&self, job: &JobId, how: &str, crashes_max: u32) -> Result<bool> {
        let (job, how) = (job.clone(), how.to_owned());
        self.0
            .write(move |on| Box::pin(async move { witnessed(on, &job, &how, crashes_max).await }))
            .await
    }
}

async fn witnessed(
    on: &DatabaseTransaction,
    job: &JobId,
    how: &str,
    crashes_max: u32,
) -> Result<bool> {
    let attempted = "note what ended a process";
    let found = job::Entity::find_by_id(job.clone()).one(on).await;
    let Some(owner) = found
        .map_err(query(attempted))?
        .and_then(|job| job.lease_owner)
    else {
        return Ok(false);
    };
    if !Owner::stored(owner.clone()).is_dead() {
        return Ok(false);
    }
    let alone = std::slice::from_ref(job);
    count(on, alone).await?;
    let reason = format!("it ended its process: {how}");
    let crashed = batch::Entity::find()
        .filter(under_open_attempts(alone))
        .filter(batch::Column::Crashes.gte(crashes_max))
        .all(on)
        .await
        .map_err(query(attempted))?;
    for batch in crashed {
        let times = format!("{reason} ({} times in a row)", batch.crashes);
        batch::Entity::update_many()
            .col_expr(batch::Column::State, Expr::value(BatchState::Failed))
            .col_expr(batch::Column::LastError, Expr::value(times.clone()))
            .filter(batch::Column::JobId.eq(job.clone()))
            .filter(batch::Column::StepNo.eq(batch.step_no))
            .filter(batch::Column::No.eq(batch.no))
            .filter(batch::Column::State.eq(BatchState::Pending))
            .exec(on)
            .await
            .map_err(query(attempted))?;
        let counters = [(step::Column::BatchesFailed, 1)];
        batches::count(on, job, batch.step_no, &counters).await?;
        let data = json!({ "step": batch.step_no, "batch": batch.no, "error": times });
        events::record(on, job, "batch.quarantined", &data).await?;
    }
    close_attempts(on, alone, &reason).await?;
    job::Entity::update_many()
        .col_expr(job::Column::LeaseOwner, Expr::value(None::<String>))
        .col_expr(job::Column::LeaseUntilMs, Expr::value(None::<i64>))
        .filter(job::Column::Id.eq(job.clone()))
        .filter(job::Column::LeaseOwner.eq(owner))
        .exec(on)
        .await
        .map_err(query(attempted))?;
    events::record(on, job, "job.crashed", &json!({ "reason": reason })).await?;
    Ok(true)
}

/// Counts a crash of each batch that an ended process had in work.
pub(super) async fn count(on: &DatabaseTransaction, jobs: &[JobId]) -> Result<()> {
    batch::Entity::update_many()
        .col_expr(
            batch::Column::Crashes,
            Expr::col(batch::Column::Crashes).add(1),
        )
        .filter(under_open_attempts(jobs))
        .exec(on)
        .await
        .map_err(query("count the crashes of batches"))?;
    Ok(())
}

/// Pending batches of these jobs with an open attempt.
fn under_open_attempts(jobs: &[JobId]) -> Condition {
    let same = |attempt_column: attempt::Column, batch_column: batch::Column| {
        Expr::col((attempt::Entity, attempt_column)).equals((batch::Entity, batch_column))
    };
    let open = Query::select()
        .expr(Expr::val(1))
        .from(attempt::Entity)
        .and_where(same(attempt::Column::JobId, batch::Column::JobId))
        .and_where(same(attempt::Column::StepNo, batch::Column::StepNo))
        .and_where(same(attempt::Column::BatchNo, batch::Column::No))
        .and_where(
            Expr::col((attempt::Entity, attempt::Column::Outcome))
                .eq(AttemptOutcome::Running.as_str()),
        )
        .to_owned();
    Condition::all()
        .add(batch::Column::JobId.is_in(rows::padded(jobs.iter().cloned())))
        .add(batch::Column::State.eq(BatchState::Pending))
        .add(Expr::exists(open))
}

/// Closes attempts of jobs of which nothing runs: those that the process before has left open.
pub(super) async fn close_attempts(
    on: &DatabaseTransaction,
    jobs: &[JobId],
    why: &str,
) -> Result<()> {
    attempt::Entity::update_many()
        .col_expr(
            attempt::Column::Outcome,
            Expr::value(AttemptOutcome::Crashed),
        )
        .col_expr(attempt::Column::EndedAt, Expr::value(clock::now_micros()))
        .col_expr(attempt::Column::Error, Expr::value(why))
        .filter(attempt::Column::JobId.is_in(rows::padded(jobs.iter().cloned())))
        .filter(attempt::Column::Outcome.eq(AttemptOutcome::Running))
        .exec(on)
        .await
        .map_err(query("close the attempts of a dead process"))?;
    Ok(())
}
