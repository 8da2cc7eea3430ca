//! The tasks of services.

use entity::JobId;
use poem_openapi::param::Query;
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};

use super::{Groups, figures};
use crate::clock;
use crate::http::Who;
use crate::http::body::{Word, WordFilter};
use crate::http::error::Failure;
use crate::systems::dispatch::api::words::Statuses;
use crate::systems::dispatch::{Dispatch, DispatchFilter, Progress, TaskId, TaskRow, created_at};

/// The operations.
pub(crate) struct TasksApi(pub Dispatch);

/// Tasks, newest first.
#[derive(Object)]
struct TaskPage {
    tasks: Vec<TaskShown>,
    /// Give it as `after` to get the next page; null on the last one.
    next: Option<String>,
}

/// A task for an outside worker.
#[derive(Object)]
struct TaskShown {
    task_id: String,
    /// The job of the task, or the one that waits for it with a step.
    job_id: String,
    service: String,
    status: Word<Statuses>,
    /// The present attempt, from 1.
    attempt: i32,
    /// RFC 3339, like all times here.
    created_at: Option<String>,
    /// When its worker began.
    started_at: Option<String>,
    ended_at: Option<String>,
    /// How much is done, from 0 to 1, as its worker has said.
    progress: Option<f64>,
    /// The last message of its worker.
    message: Option<String>,
    /// Who works on it: `HTTP lease` with the first digits of its key, or `reported`; null: nobody does.
    worker: Option<String>,
    /// The last report or heartbeat of a worker.
    heard_at: Option<String>,
    /// When the lease or the patience of the service ends, if nothing is heard until then; null: there is
    /// no limit.
    deadline: Option<String>,
}

#[OpenApi(tag = "Groups::Dispatch")]
impl TasksApi {
    /// List tasks
    ///
    /// Newest first, a page at a time.
    #[oai(
        path = "/v1/dispatch/tasks",
        method = "get",
        operation_id = "list_tasks"
    )]
    async fn list_tasks(
        &self,
        who: Who,
        /// Only tasks of this service.
        service: Query<Option<String>>,
        /// Only tasks with this status.
        status: Query<Option<WordFilter<Statuses>>>,
        /// Tasks on a page.
        #[oai(
            default = "fifty",
            validator(minimum(value = "1"), maximum(value = "200"))
        )]
        limit: Query<u32>,
        /// `next` of the page before.
        after: Query<Option<String>>,
    ) -> poem::Result<Json<TaskPage>> {
        let scope = who.scope();
        let filter = DispatchFilter {
            service: service.0.filter(|service| !service.is_empty()),
            services: scope.services().map(<[String]>::to_vec),
            queues: scope.queues().map(<[String]>::to_vec),
            status: status.0.and_then(|WordFilter(status)| status),
        };
        let before = after.0.map(|after| cursor(&after)).transpose()?;
        if !scope.has_project(None) {
            let (tasks, next) = (Vec::new(), None);
            return Ok(Json(TaskPage { tasks, next }));
        }
        let limit = limit.0 as usize;
        // One more than asked for shows whether there is a next page.
        let found = self.0.tasks(&filter, before.as_ref(), limit as u64 + 1);
        let mut found = found.await.map_err(Failure::from)?;
        let more = found.len() > limit;
        found.truncate(limit);
        let next = found.last().filter(|_| more);
        let next = next.map(|task| task.job_id.to_string());
        let tasks = found.into_iter().map(TaskShown::from).collect();
        Ok(Json(TaskPage { tasks, next }))
    }
}

impl From<TaskRow> for TaskShown {
    fn from(task: TaskRow) -> Self {
        let id = TaskId {
            service: task.service.clone(),
            job: task.job_id.clone(),
        };
        Self {
            task_id: id.to_string(),
            created_at: created_at(&task.job_id).map(clock::rfc3339),
            job_id: task.for_job.unwrap_or(task.job_id).to_string(),
            attempt: task.attempt,
            service: task.service,
            status: Word(task.status),
            started_at: task.started_at.map(clock::rfc3339),
            ended_at: task.ended_at.map(clock::rfc3339),
            progress: task.progress_ppm.map(Progress::share),
            message: task.message,
            worker: figures::worker(task.status, task.holder.as_deref()),
            heard_at: task
                .reported_at
                .max(task.heartbeat_at)
                .map(clock::steady::rfc3339),
            deadline: task.deadline_at.map(clock::steady::rfc3339),
        }
    }
}

/// The id of a job, as the page before has it.
fn cursor(text: &str) -> Result<JobId, Failure> {
    text.parse().map_err(|_| {
        let expected = "after: expected the `next` value of an earlier page";
        Failure::invalid(expected)
    })
}

fn fifty() -> u32 {
    50
}
