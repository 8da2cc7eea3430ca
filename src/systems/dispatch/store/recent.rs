//! What has become of recent tasks, and a list of tasks.

use entity::{DispatchStatus, JobId, dispatch};
use sea_orm::{ColumnTrait, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect};

use super::{DispatchFilter, DispatchStore, in_queues};
use crate::engine::store::{Result, query};

/// Tasks of one service that have the same status, of those that were created recently.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecentTasks {
    pub service: String,
    pub status: DispatchStatus,
    pub tasks: u64,
    /// The last report or heartbeat, by the steady clock.
    pub heard_at: Option<i64>,
}

/// A task in a list, without what may be long.
#[derive(Clone, Debug, FromQueryResult)]
pub struct TaskRow {
    pub job_id: JobId,
    /// The job that waits for it with a step.
    pub for_job: Option<JobId>,
    pub service: String,
    pub status: DispatchStatus,
    pub attempt: i32,
    pub message: Option<String>,
    pub started_at: Option<i64>,
    pub ended_at: Option<i64>,
    pub progress_ppm: Option<i64>,
    pub holder: Option<String>,
    /// By the steady clock, like the other two.
    pub reported_at: Option<i64>,
    pub heartbeat_at: Option<i64>,
    pub deadline_at: Option<i64>,
}

impl DispatchStore {
    /// What has become of the tasks that were created at this moment or later, in microseconds since
    /// 1970.
    pub async fn recent_tasks(
        &self,
        since: i64,
        queues: Option<&[String]>,
    ) -> Result<Vec<RecentTasks>> {
        // Service, status, number, last report, last heartbeat.
        type Row = (String, DispatchStatus, i64, Option<i64>, Option<i64>);
        let mut select = dispatch::Entity::find()
            .select_only()
            .columns([dispatch::Column::Service, dispatch::Column::Status])
            .column_as(dispatch::Column::JobId.count(), "tasks")
            .column_as(dispatch::Column::ReportedAt.max(), "reported_at")
            .column_as(dispatch::Column::HeartbeatAt.max(), "heartbeat_at")
            .filter(dispatch::Column::JobId.gte(JobId::first_at(since)))
            .group_by(dispatch::Column::Service)
            .group_by(dispatch::Column::Status);
        if let Some(queues) = queues {
            select = select.filter(in_queues(queues));
        }
        let found = select.into_tuple().all(self.0.reader()).await;
        let found: Vec<Row> = found.map_err(query("count recent tasks"))?;
        let tasks =
            found.into_iter().map(
                |(service, status, tasks, reported, heartbeat)| RecentTasks {
                    service,
                    status,
                    tasks: tasks.unsigned_abs(),
                    heard_at: reported.max(heartbeat),
                },
            );
        Ok(tasks.collect())
    }

    /// Those older than this one, newest first.
    pub async fn tasks(
        &self,
        filter: &DispatchFilter,
        before: Option<&JobId>,
        limit: u64,
    ) -> Result<Vec<TaskRow>> {
        let mut select = filter
            .on(dispatch::Entity::find())
            .select_only()
            .columns([
                dispatch::Column::JobId,
                dispatch::Column::ForJob,
                dispatch::Column::Service,
                dispatch::Column::Status,
                dispatch::Column::Attempt,
                dispatch::Column::Message,
                dispatch::Column::StartedAt,
                dispatch::Column::EndedAt,
                dispatch::Column::ProgressPpm,
                dispatch::Column::Holder,
                dispatch::Column::ReportedAt,
                dispatch::Column::HeartbeatAt,
                dispatch::Column::DeadlineAt,
            ])
            .order_by_desc(dispatch::Column::JobId)
            .limit(limit);
        if let Some(before) = before {
            select = select.filter(dispatch::Column::JobId.lt(before.clone()));
        }
        let found = select.into_model().all(self.0.reader()).await;
        found.map_err(query("list tasks"))
    }
}
