//! What `/v1/jobs/{job_id}` shows of a task besides what the engine knows of its job.

use std::collections::BTreeMap;

use entity::{DispatchStatus, dispatch, event};
use poem_openapi::Object;
use poem_openapi::types::ToJSON;
use serde_json::Value;

use crate::clock;
use crate::systems::dispatch::{Progress, TaskId};

/// Attempts that a task is shown with.
const ATTEMPTS_SHOWN: usize = 50;

/// Digits of a lease's key that are shown: the whole key lets everybody report.
const KEY_DIGITS_SHOWN: usize = 8;

/// Of a task for an outside worker: where it is.
#[derive(Object)]
pub(crate) struct DispatchFigures {
    task_id: String,
    service: String,
    /// `ready`, `waiting`, `running`, `finished` or `failed`.
    status: String,
    /// The present attempt, from 1.
    attempt: i32,
    /// RFC 3339. Without a report, or a heartbeat, until then the attempt has failed; null: there is no
    /// limit.
    deadline: Option<String>,
    /// Who works on it: `HTTP lease` with the first digits of its key, or `reported`; null: nobody has
    /// said so.
    holder: Option<String>,
    /// How much is done, from 0 to 1, as its worker has said.
    progress: Option<f64>,
    /// The last message of each status.
    status_message: StatusMessage,
    /// The newest 50, newest first.
    attempts: Vec<TaskAttempt>,
}

/// The last messages of a task.
#[derive(Object)]
struct StatusMessage {
    running: Option<String>,
    finished: Option<String>,
    failed: Option<String>,
}

/// One attempt at a task, as far as its history is kept.
#[derive(Default, Object)]
struct TaskAttempt {
    no: i64,
    /// When the broker had its message; RFC 3339, like all times here.
    sent_at: Option<String>,
    /// When a worker took it over HTTP.
    leased_at: Option<String>,
    /// When a worker began.
    started_at: Option<String>,
    ended_at: Option<String>,
    /// `finished`, `failed` or `cancelled`; null: it has not ended.
    outcome: Option<String>,
    error: Option<String>,
}

/// The view of a task with this history.
pub(crate) fn figures(id: &TaskId, task: &dispatch::Model, history: &[event::Model]) -> Value {
    let figures = DispatchFigures {
        task_id: id.to_string(),
        service: task.service.clone(),
        status: task.status.as_str().to_owned(),
        attempt: task.attempt,
        deadline: task.deadline_at.map(clock::steady::rfc3339),
        holder: worker(task.status, task.holder.as_deref()),
        progress: task.progress_ppm.map(Progress::share),
        status_message: StatusMessage {
            running: task.message_running.clone(),
            finished: task.message_finished.clone(),
            failed: task.message_failed.clone(),
        },
        attempts: attempts(task, history),
    };
    figures.to_json().unwrap_or_default()
}

/// Who works on a task with this status, that was leased with this key.
pub(super) fn worker(status: DispatchStatus, key: Option<&str>) -> Option<String> {
    if status != DispatchStatus::Running {
        return None;
    }
    Some(match key {
        Some(key) => {
            let digits: String = key.chars().take(KEY_DIGITS_SHOWN).collect();
            format!("HTTP lease {digits}…")
        }
        None => "reported".to_owned(),
    })
}

fn attempts(task: &dispatch::Model, history: &[event::Model]) -> Vec<TaskAttempt> {
    let mut attempts: BTreeMap<i64, TaskAttempt> = BTreeMap::new();
    let mut last = 1;
    for event in history {
        let data: Value = serde_json::from_str(&event.data).unwrap_or_default();
        let at = || Some(clock::rfc3339(event.at));
        let no = data["attempt"].as_i64().unwrap_or_else(|| {
            // What does not name an attempt is about the present one.
            let has_ended = attempts.get(&last).is_some_and(|one| one.outcome.is_some());
            last + i64::from(has_ended)
        });
        let error = data["error"].as_str().map(str::to_owned);
        let mut attempt = |change: &dyn Fn(&mut TaskAttempt)| {
            last = no;
            change(attempts.entry(no).or_default());
        };
        let ended = |outcome: &str| {
            let (at, outcome, error) = (at(), outcome.to_owned(), error.clone());
            move |attempt: &mut TaskAttempt| {
                attempt.ended_at = at.clone();
                attempt.outcome = Some(outcome.clone());
                attempt.error.clone_from(&error);
            }
        };
        match event.kind.as_str() {
            "dispatch.sent" => attempt(&|attempt| attempt.sent_at = at()),
            "dispatch.leased" => attempt(&|attempt| attempt.leased_at = at()),
            "dispatch.running" => attempt(&|attempt| attempt.started_at = at()),
            "dispatch.finished" => attempt(&ended("finished")),
            "dispatch.attempt_failed" | "dispatch.failed" => attempt(&ended("failed")),
            "job.cancelled" => attempt(&ended("cancelled")),
            _ => {}
        }
    }
    if task.status != DispatchStatus::Ready {
        attempts.entry(i64::from(task.attempt)).or_default();
    }
    let newest = attempts.into_iter().rev().take(ATTEMPTS_SHOWN);
    newest
        .map(|(no, attempt)| TaskAttempt { no, ..attempt })
        .collect()
}
