//! The bodies of answers about tasks for outside workers.

use poem_openapi::Object;
use serde_json::Value;

use crate::http::body::Word;
use crate::systems::dispatch::api::words::Statuses;

/// A task that was created.
#[derive(Object)]
pub(crate) struct TaskCreated {
    /// `ok`
    result: String,
    task_id: String,
}

/// Where tasks are.
#[derive(Object)]
pub(crate) struct TaskStatuses {
    /// `ok`
    result: String,
    /// In the order asked.
    status: Vec<TaskStatus>,
}

/// Where a task is.
#[derive(Object)]
struct TaskStatus {
    task_id: String,
    /// ready, waiting, running, finished, failed; `Invalid`: there is no such task.
    status: String,
    /// The last one.
    message: Option<String>,
    /// `YYYY-MM-DD HH:MM:SS` in the configured zone.
    start_time: Option<String>,
    end_time: Option<String>,
    /// How much is done, from 0 to 1, as its worker has said.
    progress: Option<f64>,
    status_message: StatusMessage,
}

/// The last message of each status.
#[derive(Object)]
struct StatusMessage {
    running: Option<String>,
    finished: Option<String>,
    failed: Option<String>,
}

/// A report that was taken.
#[derive(Object)]
pub(crate) struct TaskReported {
    /// `ok`
    result: String,
    status: ReportedAs,
    /// `true`: a caller has cancelled the task; a refusal says so, too.
    #[oai(skip_serializing_if_is_none)]
    cancelled: Option<bool>,
}

/// What the task is now.
#[derive(Object)]
struct ReportedAs {
    task_id: String,
    status: String,
}

/// What a worker handed in.
#[derive(Object)]
pub(crate) struct TaskResult {
    /// `ok`
    result: String,
    data: Value,
    start_time: Option<String>,
    end_time: Option<String>,
    /// Whole seconds between the two.
    spend_time: String,
}

/// A page of tasks.
#[derive(Object)]
pub(crate) struct TaskList {
    /// `ok`
    result: String,
    /// Tasks on all pages.
    total: u64,
    /// Tasks on this one.
    count: u64,
    data: Vec<TaskListed>,
}

/// A task in a list.
#[derive(Object)]
struct TaskListed {
    task_id: String,
    service: String,
    status: Word<Statuses>,
    condition: Value,
    create_time: String,
}

/// A task that was started or changed.
#[derive(Object)]
pub(crate) struct TaskAccepted {
    /// `ok`
    result: String,
    task_id: String,
}

/// The services that tasks can be created for.
#[derive(Object)]
pub(crate) struct ServiceList {
    /// `ok`
    result: String,
    count: u64,
    data: Vec<String>,
}
