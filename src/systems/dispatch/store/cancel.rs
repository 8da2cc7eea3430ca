//! Cancelling a task at once: its worker is outside, and hears of it with its next report.

use async_trait::async_trait;
use entity::{DispatchStatus, JobId, dispatch, job};
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QuerySelect};
use serde_json::json;

use super::DispatchStore;
use super::change::{Change, Message};
use super::lock;
use crate::clock;
use crate::engine::store::{ParkedFlow, Result, query};

/// The flow of tasks for outside workers.
pub(super) struct DispatchFlow;

const REASON: &str = "cancelled";

#[async_trait]
impl ParkedFlow for DispatchFlow {
    async fn cancel(&self, on: &DatabaseTransaction, job: &job::Model) -> Result<bool> {
        match lock::look(on, &job.id).await? {
            Some(task) if !task.status.has_ended() => cancel(on, &task).await.map(|()| true),
            _ => Ok(false),
        }
    }
}

impl DispatchStore {
    /// Cancels the tasks of a job's steps that have not ended: the job has ended without them.
    pub async fn cancel_tasks_of(&self, job: &JobId) -> Result<()> {
        let attempted = "look for the tasks of a job";
        let tasks = dispatch::Entity::find()
            .select_only()
            .column(dispatch::Column::JobId)
            .filter(dispatch::Column::ForJob.eq(job.clone()))
            .filter(dispatch::Column::EndedAt.is_null());
        let tasks: Vec<JobId> = tasks
            .into_tuple()
            .all(self.0.reader())
            .await
            .map_err(query(attempted))?;
        if tasks.is_empty() {
            return Ok(());
        }
        self.0
            .write(move |on| {
                Box::pin(async move {
                    for task in lock::look_at(on, &tasks).await? {
                        if !task.status.has_ended() {
                            cancel(on, &task).await?;
                        }
                    }
                    Ok(())
                })
            })
            .await
    }
}

async fn cancel(on: &DatabaseTransaction, before: &dispatch::Model) -> Result<()> {
    let mut change = Change::of(before);
    change.after.status = DispatchStatus::Failed;
    let now = clock::now_micros();
    change.after.ended_at = Some(now);
    change.after.cancelled_at = Some(now);
    change.after.deadline_at = None;
    change.after.message = Some(REASON.to_owned());
    change.after.message_failed = Some(REASON.to_owned());
    change.message = Message::Drop;
    change.cancelled = true;
    change.job_ends("job.cancelled", &json!({ "error": null }));
    change.store(on).await
}
