//! What becomes of a task, and how that is stored: with its job, its step, its message and its
//! history.

use entity::{DispatchStatus, JobId, JobState, StepState, dispatch};
use sea_orm::{ConnectionTrait, DatabaseTransaction};
use serde::Serialize;
use serde_json::{Value, json};

use super::Patience;
use crate::clock;
use crate::engine::store::events::{self, NewEvent};
use crate::engine::store::rows::{self, Column, ColumnType};
use crate::engine::store::{BatchKey, Result, query, send_signal};
use crate::telemetry::metrics::metrics;

/// What is to become of a task.
pub(super) struct Change {
    before: dispatch::Model,
    /// As it is to be stored.
    pub after: dispatch::Model,
    pub message: Message,
    pub events: Vec<NewEvent>,
    /// A caller, not a worker, has ended it.
    pub cancelled: bool,
}

/// What is to become of its message.
pub(super) enum Message {
    Keep,
    Drop,
    /// Not to be sent earlier; microseconds since 1970.
    Send {
        not_before_at: i64,
    },
}

impl Change {
    pub(super) fn of(before: &dispatch::Model) -> Self {
        Self {
            before: before.clone(),
            after: before.clone(),
            message: Message::Keep,
            events: Vec::new(),
            cancelled: false,
        }
    }

    pub(super) fn record(&mut self, kind: &str, data: &Value) {
        self.events
            .push(NewEvent::new(self.after.job(), kind, data));
    }

    /// A worker has begun, which it may report again before it ends.
    pub(super) fn begin(&mut self, message: Option<String>, deadline_at: Option<i64>) {
        let now = clock::now_micros();
        self.after.status = DispatchStatus::Running;
        self.after.started_at = Some(now);
        self.after.deadline_at = deadline_at;
        self.message = Message::Drop;
        self.say(message);
        let data = json!({ "attempt": self.after.attempt, "message": self.after.message_running });
        self.record("dispatch.running", &data);
    }

    pub(super) fn finish(&mut self, message: Option<String>, result: Option<String>) {
        self.after.status = DispatchStatus::Finished;
        self.end(result);
        self.say(message);
        let data = json!({ "attempt": self.after.attempt, "message": self.after.message_finished });
        self.record("dispatch.finished", &data);
        self.job_ends("job.succeeded", &json!({ "error": null }));
    }

    /// An attempt has failed: another one is made if the service is that patient.
    pub(super) fn fail(&mut self, reason: String, result: Option<String>, patience: &Patience) {
        let retries = patience.retries;
        if self.after.failures < retries {
            let pause = patience.pause(self.after.failures);
            let data = json!({
                "attempt": self.after.attempt, "error": reason, "retry_in_s": pause / 1_000_000,
            });
            self.record("dispatch.attempt_failed", &data);
            self.after.failures += 1;
            self.again(clock::now_micros() + pause, patience);
            self.after.message = Some(reason.clone());
            self.after.message_failed = Some(reason);
            return;
        }
        self.give_up(reason, result);
    }

    /// The task has failed, however patient its service is.
    pub(super) fn give_up(&mut self, reason: String, result: Option<String>) {
        self.after.status = DispatchStatus::Failed;
        self.end(result);
        self.say(Some(reason));
        let data = json!({ "attempt": self.after.attempt, "error": self.after.message_failed });
        self.record("dispatch.failed", &data);
        let error = json!({ "error": self.after.message_failed });
        self.job_ends("job.failed", &error);
    }

    /// The next attempt: its message is to be sent.
    pub(super) fn again(&mut self, not_before_at: i64, patience: &Patience) {
        self.after.status = DispatchStatus::Waiting;
        self.after.attempt += 1;
        self.after.started_at = None;
        self.after.ended_at = None;
        self.after.holder = None;
        self.after.deadline_at = patience.first_deadline(not_before_at);
        self.message = Message::Send { not_before_at };
    }

    /// Its job ends with it, unless the task belongs to a step of one.
    pub(super) fn job_ends(&mut self, kind: &str, data: &Value) {
        if self.after.for_job.is_none() {
            self.record(kind, data);
        }
    }

    fn end(&mut self, result: Option<String>) {
        self.after.ended_at = Some(clock::now_micros());
        self.after.deadline_at = None;
        self.message = Message::Drop;
        if result.is_some() {
            self.after.result = result;
        }
    }

    /// Keeps the last message of each status.
    fn say(&mut self, message: Option<String>) {
        if message.is_none() {
            return;
        }
        let of_status = match self.after.status {
            DispatchStatus::Running => &mut self.after.message_running,
            DispatchStatus::Finished => &mut self.after.message_finished,
            _ => &mut self.after.message_failed,
        };
        of_status.clone_from(&message);
        self.after.message = message;
    }

    /// Stores it in a transaction in which [`look`] found the task.
    pub(super) async fn store(self, on: &DatabaseTransaction) -> Result<()> {
        store_all(on, &[self]).await
    }

    fn row(&self) -> ChangeRow<'_> {
        let Self { before, after, .. } = self;
        let failed = after.status == DispatchStatus::Failed;
        let because = after.message_failed.as_deref().filter(|_| failed);
        let job = match self.cancelled {
            true => JobState::Cancelled,
            false => job_state(after.status),
        };
        let step = match after.status {
            // No process has planned it.
            DispatchStatus::Ready | DispatchStatus::Waiting | DispatchStatus::Running => {
                StepState::Pending
            }
            DispatchStatus::Finished => StepState::Completed,
            DispatchStatus::Failed => StepState::Failed,
        };
        let not_before = match self.message {
            Message::Send { not_before_at } => not_before_at,
            Message::Keep | Message::Drop => 0,
        };
        ChangeRow {
            id: after.job_id.as_str(),
            service: &after.service,
            was: before.attempt,
            becomes: after.status.as_str(),
            try_no: after.attempt,
            failed_before: after.failures,
            started: after.started_at,
            ended: after.ended_at,
            deadline: after.deadline_at,
            held_by: after.holder.as_deref(),
            said: after.message.as_deref(),
            on_running: after.message_running.as_deref(),
            on_finished: after.message_finished.as_deref(),
            on_failed: after.message_failed.as_deref(),
            handed_in: after.result.as_deref(),
            because,
            job: job.as_str(),
            waits: waits_for(after.status),
            step: step.as_str(),
            restarted: i32::from(before.status.has_ended() && !after.status.has_ended()),
            not_before,
            at: clock::now_micros(),
        }
    }

    /// Whether its job shows it, too.
    fn shows(&self) -> bool {
        let moved =
            self.before.status != self.after.status || self.before.attempt != self.after.attempt;
        moved && self.after.for_job.is_none()
    }

    /// The batch that waits for the end of the task, if it ends now.
    fn wakes(&self) -> Option<(&JobId, BatchKey)> {
        let ends = self.after.status.has_ended() && !self.before.status.has_ended();
        let key = BatchKey {
            step_no: self.after.step_no?,
            no: self.after.batch_no?,
        };
        Some((self.after.for_job.as_ref().filter(|_| ends)?, key))
    }
}

/// No name here is that of a column that is set: MySQL would not know which of the two is meant.
#[derive(Serialize)]
struct ChangeRow<'a> {
    id: &'a str,
    service: &'a str,
    was: i32,
    becomes: &'static str,
    try_no: i32,
    failed_before: i32,
    started: Option<i64>,
    ended: Option<i64>,
    deadline: Option<i64>,
    held_by: Option<&'a str>,
    said: Option<&'a str>,
    on_running: Option<&'a str>,
    on_finished: Option<&'a str>,
    on_failed: Option<&'a str>,
    handed_in: Option<&'a str>,
    because: Option<&'a str>,
    job: &'static str,
    waits: Option<&'static str>,
    step: &'static str,
    restarted: i32,
    not_before: i64,
    at: i64,
}

const TASK_COLUMNS: &[Column] = &[
    ("id", ColumnType::ShortText),
    ("was", ColumnType::Integer),
    ("becomes", ColumnType::ShortText),
    ("try_no", ColumnType::Integer),
    ("failed_before", ColumnType::Integer),
    ("started", ColumnType::Integer),
    ("ended", ColumnType::Integer),
    ("deadline", ColumnType::Integer),
    ("held_by", ColumnType::ShortText),
    ("said", ColumnType::Text),
    ("on_running", ColumnType::Text),
    ("on_finished", ColumnType::Text),
    ("on_failed", ColumnType::Text),
    ("handed_in", ColumnType::Text),
];

const TASK_SET: &str = "status = r.becomes, attempt = r.try_no, failures = r.failed_before, \
    started_at = r.started, ended_at = r.ended, deadline_at = r.deadline, holder = r.held_by, \
    message = r.said, message_running = r.on_running, message_finished = r.on_finished, \
    message_failed = r.on_failed, result = r.handed_in";

const TASK_ON: &str = "audience_dispatch.job_id = r.id AND audience_dispatch.attempt = r.was";

const JOB_COLUMNS: &[Column] = &[
    ("id", ColumnType::ShortText),
    ("job", ColumnType::ShortText),
    ("waits", ColumnType::ShortText),
    ("because", ColumnType::Text),
    ("started", ColumnType::Integer),
    ("ended", ColumnType::Integer),
    ("restarted", ColumnType::Integer),
];

const JOB_SET: &str = "state = r.job, waiting = r.waits, error = r.because, ended_at = r.ended, history = 'kept', \
    started_at = coalesce(audience_job.started_at, r.started), \
    generation = audience_job.generation + r.restarted";

const STEP_COLUMNS: &[Column] = &[
    ("id", ColumnType::ShortText),
    ("step", ColumnType::ShortText),
    ("because", ColumnType::Text),
    ("ended", ColumnType::Integer),
];

const STEP_SET: &str = "state = r.step, last_error = r.because, ended_at = r.ended";

const ID_COLUMNS: &[Column] = &[("id", ColumnType::ShortText)];

const MESSAGE_COLUMNS: &[Column] = &[
    ("id", ColumnType::ShortText),
    ("service", ColumnType::ShortText),
    ("try_no", ColumnType::Integer),
    ("not_before", ColumnType::Integer),
    ("at", ColumnType::Integer),
];

const ADD_MESSAGES: &str = "\
    INSERT INTO audience_outbox (job_id, service, attempt, not_before_at, stored_at) \
    SELECT r.id, r.service, r.try_no, r.not_before, r.at FROM {rows}";

/// Stores changes of different tasks, with their jobs, steps, messages and histories.
pub(super) async fn store_all(on: &DatabaseTransaction, changes: &[Change]) -> Result<()> {
    let backend = on.get_database_backend();
    let rows_of = |which: &dyn Fn(&&Change) -> bool| -> Vec<ChangeRow<'_>> {
        changes.iter().filter(which).map(Change::row).collect()
    };
    let update =
        |table: &str, set: &str, condition: &str| rows::update(backend, table, set, condition);
    let events: Vec<&NewEvent> = changes.iter().flat_map(|change| &change.events).collect();
    // A job that a process holds, or is to hold, is not ours to change.
    let job_on = "audience_job.id = r.id \
                  AND coalesce(audience_job.state, '') NOT IN ('queued', 'running')";
    let step_on = "audience_step.job_id = r.id";
    let all = rows_of(&|change| change.before != change.after);
    let shown = rows_of(&|change| change.shows());
    let unsent = rows_of(&|change| !matches!(change.message, Message::Keep));
    let sent = rows_of(&|change| matches!(change.message, Message::Send { .. }));
    let mut statements = Vec::new();
    for (sql, columns, rows) in [
        (
            update("audience_dispatch", TASK_SET, TASK_ON),
            TASK_COLUMNS,
            &all,
        ),
        (update("audience_job", JOB_SET, job_on), JOB_COLUMNS, &shown),
        (
            update("audience_step", STEP_SET, step_on),
            STEP_COLUMNS,
            &shown,
        ),
        (
            rows::deletion(backend, "audience_outbox", "job_id", "id"),
            ID_COLUMNS,
            &unsent,
        ),
        (ADD_MESSAGES.to_owned(), MESSAGE_COLUMNS, &sent),
    ] {
        if !rows.is_empty() {
            statements.push(rows::statement(backend, &sql, columns, rows)?);
        }
    }
    if !events.is_empty() {
        statements.push(events::insertion(backend, &events)?);
    }
    if !statements.is_empty() {
        let changed = rows::execute_all(on, statements).await;
        changed.map_err(query("change tasks"))?;
    }
    for change in changes {
        if let Some((job, key)) = change.wakes() {
            let signal = json!({ "task": change.after.job_id });
            // A batch that has ended needs it no more.
            send_signal(on, job, key, signal).await?;
        }
    }
    Ok(())
}

/// Counts a task that has ended, once that is committed.
pub(super) fn count_ended(status: DispatchStatus) {
    let labels = [("flow", "dispatch"), ("state", job_state(status).as_str())];
    metrics().jobs_ended.add(1, &labels);
}

/// What the job of a task waits for.
pub(super) fn waits_for(status: DispatchStatus) -> Option<&'static str> {
    match status {
        DispatchStatus::Ready => Some("waits to be started"),
        DispatchStatus::Waiting | DispatchStatus::Running => Some("waits for an outside worker"),
        DispatchStatus::Finished | DispatchStatus::Failed => None,
    }
}

fn job_state(status: DispatchStatus) -> JobState {
    match status {
        DispatchStatus::Ready | DispatchStatus::Waiting | DispatchStatus::Running => {
            JobState::Parked
        }
        DispatchStatus::Finished => JobState::Succeeded,
        DispatchStatus::Failed => JobState::Failed,
    }
}
