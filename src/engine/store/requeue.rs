//! Ended jobs that are to run again: from their checkpoints, or from the beginning.
//!
//! A job whose history was dropped can only be rerun: what a batch would continue from is dropped. Jobs
//! that were skipped because of it stay skipped, and one that never ran cannot run again. A job takes its
//! identity back, unless another unfinished job has it.

use entity::{BatchState, HistoryState, JobId, JobState, StepState, batch, job, step};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, ExprTrait, QueryFilter};
use serde_json::json;

use super::changing::locked;
use super::jobs::Jobs;
use super::{Result, StoreError, events, query};

impl Jobs<'_> {
    /// Queues a failed or cancelled job again, to continue at its checkpoints. `false`: it is in
    /// another state.
    pub async fn resume(&self, id: &JobId) -> Result<bool> {
        let write = || {
            let id = id.clone();
            self.0
                .write(move |on| Box::pin(async move { resume(on, &id).await }))
        };
        self.0.again(write).await
    }

    /// Queues an ended job again, to start over. `false`: it has not ended.
    pub async fn rerun(&self, id: &JobId) -> Result<bool> {
        let write = || {
            let id = id.clone();
            self.0
                .write(move |on| Box::pin(async move { rerun(on, &id, &ENDED).await }))
        };
        self.0.again(write).await
    }

    /// The same of a job that has ended as it was `seen`: of several that ask for it at once it is done
    /// for one.
    pub async fn rerun_as_seen(&self, seen: &job::Model) -> Result<bool> {
        let write = || {
            let (id, generation, ended_at) = (seen.id.clone(), seen.generation, seen.ended_at);
            self.0.write(move |on| {
                Box::pin(async move {
                    let job = locked(on, job::Entity::find_by_id(id.clone()))
                        .one(on)
                        .await;
                    let job = job.map_err(query("read a job"))?;
                    let is_same =
                        |job: job::Model| job.generation == generation && job.ended_at == ended_at;
                    match job.is_some_and(is_same) {
                        true => rerun(on, &id, &ENDED).await,
                        false => Ok(false),
                    }
                })
            })
        };
        self.0.again(write).await
    }

    /// Queues a failed or cancelled job again: to continue at its checkpoints, or to start over if
    /// they were dropped. `false`: it is in another state, maybe because somebody else has just
    /// done so.
    pub async fn resume_or_rerun(&self, id: &JobId) -> Result<bool> {
        let write = || {
            let id = id.clone();
            self.0.write(move |on| {
                Box::pin(async move {
                    Ok(resume(on, &id).await? || rerun(on, &id, &UNSUCCESSFUL).await?)
                })
            })
        };
        self.0.again(write).await
    }
}

/// Queues an ended job again, to start over, with what a system changes in the same transaction. `false`: it has
/// not ended. The engine is to be shown the job afterwards.
pub(crate) async fn rerun_in(on: &DatabaseTransaction, id: &JobId) -> Result<bool> {
    rerun(on, id, &ENDED).await
}

const ENDED: [JobState; 3] = [JobState::Succeeded, JobState::Failed, JobState::Cancelled];

const UNSUCCESSFUL: [JobState; 2] = [JobState::Failed, JobState::Cancelled];

async fn resume(on: &DatabaseTransaction, id: &JobId) -> Result<bool> {
    if !requeue(on, id, &UNSUCCESSFUL, 0).await? {
        return Ok(false);
    }
    reset_unfinished_steps(on, id).await?;
    events::record(on, id, "job.resumed", &json!({})).await?;
    Ok(true)
}

async fn rerun(on: &DatabaseTransaction, id: &JobId, from: &[JobState]) -> Result<bool> {
    if !requeue(on, id, from, 1).await? {
        return Ok(false);
    }
    reset_steps(on, id).await?;
    events::record(on, id, "job.rerun", &json!({})).await?;
    Ok(true)
}

/// Makes the steps of a job as they were when it was stored: without batches, and without those that
/// others have added.
pub(super) async fn reset_steps(on: &DatabaseTransaction, id: &JobId) -> Result<()> {
    batch::Entity::delete_many()
        .filter(batch::Column::JobId.eq(id.clone()))
        .exec(on)
        .await
        .map_err(query("clear the batches of a job"))?;
    step::Entity::delete_many()
        .filter(step::Column::JobId.eq(id.clone()))
        .filter(step::Column::AddedBy.is_not_null())
        .exec(on)
        .await
        .map_err(query("drop the added steps of a job"))?;
    step::Entity::update_many()
        .col_expr(step::Column::State, Expr::value(StepState::Pending))
        .col_expr(step::Column::NotBeforeAt, Expr::value(None::<i64>))
        .col_expr(step::Column::Failures, Expr::value(0))
        .col_expr(step::Column::LastError, Expr::value(None::<String>))
        .col_expr(step::Column::EndedAt, Expr::value(None::<i64>))
        .col_expr(step::Column::Output, Expr::value(None::<String>))
        .col_expr(step::Column::BatchesTotal, Expr::value(0))
        .col_expr(step::Column::BatchesDone, Expr::value(0))
        .col_expr(step::Column::BatchesFailed, Expr::value(0))
        .col_expr(step::Column::BatchesParked, Expr::value(0))
        .col_expr(step::Column::UnitsDone, Expr::value(0))
        .filter(step::Column::JobId.eq(id.clone()))
        .exec(on)
        .await
        .map_err(query("reset the steps of a job"))?;
    Ok(())
}

async fn requeue(
    on: &DatabaseTransaction,
    id: &JobId,
    from: &[JobState],
    generations: i32,
) -> Result<bool> {
    let histories = match generations {
        0 => &[HistoryState::Kept][..],
        // One that is being dropped has lost a part of itself.
        _ => &[
            HistoryState::Kept,
            HistoryState::Sweeping,
            HistoryState::Swept,
        ],
    };
    refuse_second_identity(on, id).await?;
    // What is measured of a job that starts over does not include the run before.
    let started_at = match generations {
        0 => Expr::col(job::Column::StartedAt),
        _ => Expr::value(None::<i64>),
    };
    let requeued = job::Entity::update_many()
        .col_expr(job::Column::StartedAt, started_at)
        .col_expr(job::Column::State, Expr::value(JobState::Queued))
        .col_expr(job::Column::CancelRequested, Expr::value(false))
        .col_expr(job::Column::EndedAt, Expr::value(None::<i64>))
        .col_expr(job::Column::Error, Expr::value(None::<String>))
        .col_expr(job::Column::Waiting, Expr::value(None::<String>))
        .col_expr(job::Column::WakesAt, Expr::value(None::<i64>))
        .col_expr(job::Column::History, Expr::value(HistoryState::Kept))
        .col_expr(job::Column::LiveKey, Expr::col(job::Column::Identity))
        .col_expr(
            job::Column::Generation,
            Expr::col(job::Column::Generation).add(generations),
        )
        .filter(job::Column::Id.eq(id.clone()))
        .filter(job::Column::State.is_in(from.to_vec()))
        // What no process has run is not for the processes here.
        .filter(job::Column::LeaseEpoch.gt(0))
        .filter(job::Column::History.is_in(histories.to_vec()))
        .exec(on)
        .await
        .map_err(query("queue a job again"))?;
    Ok(requeued.rows_affected == 1)
}

/// If another process stores such a job at this moment, the column is unique.
async fn refuse_second_identity(on: &DatabaseTransaction, id: &JobId) -> Result<()> {
    let attempted = "look for a job with the same identity";
    let job = job::Entity::find_by_id(id.clone()).one(on).await;
    let Some(identity) = job.map_err(query(attempted))?.and_then(|job| job.identity) else {
        return Ok(());
    };
    let other = job::Entity::find()
        .filter(job::Column::LiveKey.eq(identity))
        .filter(job::Column::Id.ne(id.clone()))
        .one(on)
        .await
        .map_err(query(attempted))?;
    match other {
        Some(other) => Err(StoreError::IdentityLive {
            job: id.clone(),
            other: other.id,
        }),
        None => Ok(()),
    }
}

/// An unfinished step that was planned continues with its batches; any other is planned again.
async fn reset_unfinished_steps(on: &DatabaseTransaction, id: &JobId) -> Result<()> {
    let attempted = "reset the steps of a job";
    let unfinished = step::Entity::find()
        .filter(step::Column::JobId.eq(id.clone()))
        .filter(step::Column::State.ne(StepState::Completed))
        .all(on)
        .await
        .map_err(query(attempted))?;
    for step in unfinished {
        let state = match step.state {
            StepState::Pending => StepState::Pending,
            _ if step.batches_total == 0 => StepState::Pending,
            _ => StepState::Running,
        };
        reset_batches(on, id, step.no).await?;
        step::Entity::update_many()
            .col_expr(step::Column::State, Expr::value(state))
            .col_expr(step::Column::Failures, Expr::value(0))
            .col_expr(step::Column::NotBeforeAt, Expr::value(None::<i64>))
            .col_expr(step::Column::EndedAt, Expr::value(None::<i64>))
            .col_expr(step::Column::BatchesFailed, Expr::value(0))
            .filter(step::Column::JobId.eq(id.clone()))
            .filter(step::Column::No.eq(step.no))
            .exec(on)
            .await
            .map_err(query(attempted))?;
    }
    Ok(())
}

/// Batches that have neither completed nor parked are attempted again, as if for the first time.
async fn reset_batches(on: &DatabaseTransaction, id: &JobId, step_no: i32) -> Result<()> {
    batch::Entity::update_many()
        .col_expr(batch::Column::State, Expr::value(BatchState::Pending))
        .col_expr(batch::Column::Failures, Expr::value(0))
        .col_expr(batch::Column::Outages, Expr::value(0))
        .col_expr(batch::Column::Crashes, Expr::value(0))
        .col_expr(batch::Column::NotBeforeAt, Expr::value(None::<i64>))
        .filter(batch::Column::JobId.eq(id.clone()))
        .filter(batch::Column::StepNo.eq(step_no))
        .filter(batch::Column::State.is_in([BatchState::Pending, BatchState::Failed]))
        .exec(on)
        .await
        .map_err(query("reset the batches of a job"))?;
    Ok(())
}
