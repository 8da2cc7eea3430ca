//! What `/v1/dispatch` answers, as far as pages show it.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// What cannot be read is shown as nothing.
pub(super) fn read<T: DeserializeOwned + Default>(answer: Value) -> T {
    serde_json::from_value(answer).unwrap_or_default()
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct ServiceList {
    pub services: Vec<Service>,
    pub troubles: Vec<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Service {
    pub service: String,
    pub topic: String,
    pub waiting: u64,
    pub running: u64,
    pub waiting_since: Option<String>,
    pub running_since: Option<String>,
    pub last_hour: LastHour,
    pub troubles: Vec<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct LastHour {
    pub created: u64,
    pub finished: u64,
    pub failed: u64,
    pub heard_at: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct LetterPage {
    pub dead_letters: Vec<Letter>,
    pub next: Option<i64>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Letter {
    pub seq: i64,
    pub kind: String,
    pub at: String,
    pub service: Option<String>,
    pub task_id: Option<String>,
    pub payload: Option<String>,
    pub reason: String,
    pub replayed_at: Option<String>,
}

impl Letter {
    /// The job of its task.
    pub(super) fn job(&self) -> Option<&str> {
        let (_, job) = self.task_id.as_deref()?.rsplit_once('_')?;
        Some(job)
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct TaskPage {
    pub tasks: Vec<Task>,
    pub next: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Task {
    pub task_id: String,
    pub job_id: String,
    pub status: String,
    pub attempt: u64,
    pub created_at: Option<String>,
    pub started_at: Option<String>,
    pub ended_at: Option<String>,
    pub progress: Option<f64>,
    pub message: Option<String>,
    pub worker: Option<String>,
    pub heard_at: Option<String>,
    pub deadline: Option<String>,
}
