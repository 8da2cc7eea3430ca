//! Jobs that are with outside workers: cancelled at once, for nothing of this program runs for them.

use entity::{DispatchStatus, JobState, StepState, dispatch, job, outbox, step};
use sea_orm::sea_query::{Expr, LockType};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, DbBackend, EntityTrait, QueryFilter,
    QuerySelect,
};
use serde_json::json;

use super::{CancelOutcome, Result, events, query};
use crate::clock;

/// States of such jobs before they have ended.
const OUTSIDE: [JobState; 2] = [JobState::Held, JobState::Delegated];

const REASON: &str = "cancelled";

/// Cancels such a job; its worker hears of it with its next report. `None`: it is no such job.
pub(super) async fn cancel(
    on: &DatabaseTransaction,
    job: &job::Model,
) -> Result<Option<CancelOutcome>> {
    if !OUTSIDE.contains(&job.state) {
        return Ok(None);
    }
    let attempted = "cancel a task";
    let id = &job.id;
    let mut task = dispatch::Entity::find_by_id(id.clone());
    if on.get_database_backend() != DbBackend::Sqlite {
        QuerySelect::query(&mut task).lock(LockType::Update);
    }
    let Some(task) = task.one(on).await.map_err(query(attempted))? else {
        return Ok(None);
    };
    if task.status.has_ended() {
        let state = match task.status {
            DispatchStatus::Finished => JobState::Succeeded,
            _ => JobState::Failed,
        };
        return Ok(Some(CancelOutcome::AlreadyEnded(state)));
    }
    let now = clock::now_micros();
    dispatch::Entity::update_many()
        .col_expr(
            dispatch::Column::Status,
            Expr::value(DispatchStatus::Failed),
        )
        .col_expr(dispatch::Column::EndedAt, Expr::value(now))
        .col_expr(dispatch::Column::DeadlineAt, Expr::value(None::<i64>))
        .col_expr(dispatch::Column::Message, Expr::value(REASON))
        .col_expr(dispatch::Column::MessageFailed, Expr::value(REASON))
        .filter(dispatch::Column::JobId.eq(id.clone()))
        .exec(on)
        .await
        .map_err(query(attempted))?;
    job::Entity::update_many()
        .col_expr(job::Column::State, Expr::value(JobState::Cancelled))
        .col_expr(job::Column::Error, Expr::value(REASON))
        .col_expr(job::Column::EndedAt, Expr::value(now))
        .filter(job::Column::Id.eq(id.clone()))
        .exec(on)
        .await
        .map_err(query(attempted))?;
    step::Entity::update_many()
        .col_expr(step::Column::State, Expr::value(StepState::Failed))
        .col_expr(step::Column::LastError, Expr::value(REASON))
        .col_expr(step::Column::EndedAt, Expr::value(now))
        .filter(step::Column::JobId.eq(id.clone()))
        .exec(on)
        .await
        .map_err(query(attempted))?;
    outbox::Entity::delete_many()
        .filter(outbox::Column::JobId.eq(id.clone()))
        .exec(on)
        .await
        .map_err(query(attempted))?;
    events::record(on, id, "job.cancelled", &json!({ "error": null })).await?;
    Ok(Some(CancelOutcome::Requested))
}
