//! What callers do with their tasks: start them, again, and change what they ask for.

use entity::{DispatchStatus, JobId, dispatch, job};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::{Value, json};

use super::change::{Change, Message};
use super::lock;
use super::{DispatchStore, Patience};
use crate::engine::store::{Result, events, query};

/// What became of a request to start a task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Started {
    Yes,
    /// It waits or runs already.
    Already(DispatchStatus),
    Unknown,
}

/// What became of a request to change what a task asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Updated {
    Yes,
    /// A worker may be working on it.
    InWork(DispatchStatus),
    Unknown,
}

impl DispatchStore {
    /// Starts a task that is ready, or runs one that has ended again.
    pub async fn start(&self, id: &JobId, service: &str, patience: &Patience) -> Result<Started> {
        let (id, service, patience) = (id.clone(), service.to_owned(), *patience);
        self.0
            .write(move |on| {
                Box::pin(async move {
                    let Some(before) = lock::look_of(on, &id, &service).await? else {
                        return Ok(Started::Unknown);
                    };
                    let mut change = Change::of(&before);
                    match before.status {
                        DispatchStatus::Waiting | DispatchStatus::Running => {
                            return Ok(Started::Already(before.status));
                        }
                        DispatchStatus::Ready => {
                            change.after.status = DispatchStatus::Waiting;
                            change.after.deadline_at = patience.first_deadline(0);
                            change.message = Message::Send { not_before_at: 0 };
                            change
                                .record("dispatch.started", &json!({ "attempt": before.attempt }));
                        }
                        // The job that waited for it has continued without it.
                        DispatchStatus::Finished | DispatchStatus::Failed
                            if before.for_job.is_some() =>
                        {
                            return Ok(Started::Already(before.status));
                        }
                        DispatchStatus::Finished | DispatchStatus::Failed => {
                            let earlier = json!({
                                "attempt": before.attempt, "status": before.status.as_str(),
                                "started_at": before.started_at, "ended_at": before.ended_at,
                                "message": before.message,
                                "result": before.result.as_deref().map(parsed),
                            });
                            change.record("dispatch.restarted", &json!({ "earlier": earlier }));
                            change.again(0, &patience);
                            change.after.failures = 0;
                            change.after.message = None;
                            change.after.message_running = None;
                            change.after.message_finished = None;
                            change.after.message_failed = None;
                            change.after.result = None;
                        }
                    }
                    change.store(on).await?;
                    Ok(Started::Yes)
                })
            })
            .await
    }

    /// Changes the request of a task that nobody works on.
    pub async fn update(&self, id: &JobId, service: &str, request: &Value) -> Result<Updated> {
        let (id, service, request) = (id.clone(), service.to_owned(), request.clone());
        self.0
            .write(move |on| {
                Box::pin(async move {
                    let Some(before) = lock::look_of(on, &id, &service).await? else {
                        return Ok(Updated::Unknown);
                    };
                    if matches!(
                        before.status,
                        DispatchStatus::Waiting | DispatchStatus::Running
                    ) {
                        return Ok(Updated::InWork(before.status));
                    }
                    let text = Expr::value(request.to_string());
                    let attempted = query("change the request of a task");
                    match &before.for_job {
                        None => {
                            let update = job::Entity::update_many()
                                .col_expr(job::Column::Request, text)
                                .filter(job::Column::Id.eq(id));
                            update.exec(on).await.map_err(attempted)?
                        }
                        Some(_) => {
                            let update = dispatch::Entity::update_many()
                                .col_expr(dispatch::Column::Request, text)
                                .filter(dispatch::Column::JobId.eq(id));
                            update.exec(on).await.map_err(attempted)?
                        }
                    };
                    events::record(on, before.job(), "dispatch.updated", &request).await?;
                    Ok(Updated::Yes)
                })
            })
            .await
    }
}

/// What a worker handed in was checked to be JSON.
fn parsed(result: &str) -> Value {
    serde_json::from_str(result).unwrap_or_else(|_| result.into())
}
