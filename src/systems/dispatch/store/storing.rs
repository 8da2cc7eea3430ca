//! Stores what tasks become, with their jobs, their steps, their messages and their histories.

use entity::{DispatchStatus, JobId, JobState, StepState};
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, Statement};
use serde::Serialize;
use serde_json::json;

use super::change::{Change, Message, job_state, waits_for};
use crate::clock;
use crate::engine::store::events::{self, NewEvent};
use crate::engine::store::notifications::note_ends;
use crate::engine::store::rows::{self, Column, ColumnType};
use crate::engine::store::{BatchKey, Result, query, send_signal, settle_needs};

impl Change {
    /// Stores it in a transaction in which [`look`] found the task.
    pub(super) async fn store(self, on: &DatabaseTransaction) -> Result<()> {
        store_all(on, &[self]).await
    }

    fn task_row(&self) -> TaskRow<'_> {
        let Self { before, after, .. } = self;
        TaskRow {
            id: after.job_id.as_str(),
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
            done_ppm: after.progress_ppm,
            called_off: after.cancelled_at,
            sent: after.sent_at,
            reported: after.reported_at,
            digest: after.report_digest,
            beat: after.heartbeat_at,
        }
    }

    fn job_row(&self) -> JobRow<'_> {
        let Self { before, after, .. } = self;
        JobRow {
            id: after.job_id.as_str(),
            job: self.job_state().as_str(),
            waits: waits_for(after.status),
            because: self.error(),
            started: after.started_at,
            ended: after.ended_at,
            restarted: i32::from(before.status.has_ended() && !after.status.has_ended()),
        }
    }

    fn job_state(&self) -> JobState {
        match self.cancelled {
            true => JobState::Cancelled,
            false => job_state(self.after.status),
        }
    }

    fn step_row(&self) -> StepRow<'_> {
        let state = match self.after.status {
            // No process has planned it.
            DispatchStatus::Ready | DispatchStatus::Waiting | DispatchStatus::Running => {
                StepState::Pending
            }
            DispatchStatus::Finished => StepState::Completed,
            DispatchStatus::Failed => StepState::Failed,
        };
        StepRow {
            id: self.after.job_id.as_str(),
            step: state.as_str(),
            because: self.error(),
            ended: self.after.ended_at,
        }
    }

    /// `None`: there is nothing to send.
    fn message_row(&self) -> Option<MessageRow<'_>> {
        let Message::Send { not_before_at } = self.message else {
            return None;
        };
        Some(MessageRow {
            id: self.after.job_id.as_str(),
            service: &self.after.service,
            try_no: self.after.attempt,
            not_before: not_before_at,
            at: clock::now_micros(),
        })
    }

    /// Why the task has failed, if it has.
    fn error(&self) -> Option<&str> {
        let failed = self.after.status == DispatchStatus::Failed;
        self.after.message_failed.as_deref().filter(|_| failed)
    }

    /// Whether its job shows it, too.
    fn shows(&self) -> bool {
        let moved =
            self.before.status != self.after.status || self.before.attempt != self.after.attempt;
        moved && self.after.for_job.is_none()
    }

    /// Whether its job ends with it, unless a process holds that.
    fn ends_job(&self) -> bool {
        self.shows() && self.after.status.has_ended() && !self.before.status.has_ended()
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

/// A row for a statement has what that statement reads and nothing else: the server reads all of it.
/// No name here is that of a column that is set: MySQL would not know which of the two is meant.
#[derive(Serialize)]
struct TaskRow<'a> {
    id: &'a str,
    was: i32,
    becomes: &'static str,
    try_no: i32,
    failed_before: i32,
    #[serde(skip_serializing_if = "Option::is_none")]
    started: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ended: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    deadline: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    held_by: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    said: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    on_running: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    on_finished: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    on_failed: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    handed_in: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    done_ppm: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    called_off: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sent: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reported: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    digest: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    beat: Option<i64>,
}

#[derive(Serialize)]
struct JobRow<'a> {
    id: &'a str,
    job: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    waits: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    because: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    started: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ended: Option<i64>,
    restarted: i32,
}

#[derive(Serialize)]
struct StepRow<'a> {
    id: &'a str,
    step: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    because: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ended: Option<i64>,
}

#[derive(Serialize)]
struct IdRow<'a> {
    id: &'a str,
}

#[derive(Serialize)]
struct MessageRow<'a> {
    id: &'a str,
    service: &'a str,
    try_no: i32,
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
    ("done_ppm", ColumnType::Integer),
    ("called_off", ColumnType::Integer),
    ("sent", ColumnType::Integer),
    ("reported", ColumnType::Integer),
    ("digest", ColumnType::Integer),
    ("beat", ColumnType::Integer),
];

const TASK_SET: &str = "status = r.becomes, attempt = r.try_no, failures = r.failed_before, \
    started_at = r.started, ended_at = r.ended, deadline_at = r.deadline, holder = r.held_by, \
    message = r.said, message_running = r.on_running, message_finished = r.on_finished, \
    message_failed = r.on_failed, result = r.handed_in, sent_at = r.sent, reported_at = r.reported, \
    report_digest = r.digest, heartbeat_at = r.beat, \
    progress_ppm = r.done_ppm, cancelled_at = r.called_off";

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
    let update =
        |table: &str, set: &str, condition: &str| rows::update(backend, table, set, condition);
    // A job that a process holds, or is to hold, is not ours to change.
    let job_on = "audience_job.id = r.id \
                  AND coalesce(audience_job.state, '') NOT IN ('queued', 'running')";
    let step_on = "audience_step.job_id = r.id";
    let changed = changes
        .iter()
        .filter(|change| change.before != change.after);
    let shown = changes.iter().filter(|change| change.shows());
    let unsent = changes
        .iter()
        .filter(|change| !matches!(change.message, Message::Keep));
    let unsent = unsent.map(|change| IdRow {
        id: change.after.job_id.as_str(),
    });
    let mut statements = Statements {
        backend,
        all: Vec::new(),
    };
    let sql = update("audience_dispatch", TASK_SET, TASK_ON);
    statements.add(&sql, TASK_COLUMNS, changed.map(Change::task_row))?;
    let sql = update("audience_job", JOB_SET, job_on);
    statements.add(&sql, JOB_COLUMNS, shown.clone().map(Change::job_row))?;
    let sql = update("audience_step", STEP_SET, step_on);
    statements.add(&sql, STEP_COLUMNS, shown.map(Change::step_row))?;
    let sql = rows::deletion(backend, "audience_outbox", "job_id", "id");
    statements.add(&sql, ID_COLUMNS, unsent)?;
    let messages = changes.iter().filter_map(Change::message_row);
    statements.add(ADD_MESSAGES, MESSAGE_COLUMNS, messages)?;
    let mut statements = statements.all;
    let events: Vec<&NewEvent> = changes.iter().flat_map(|change| &change.events).collect();
    if !events.is_empty() {
        statements.push(events::insertion(backend, &events)?);
    }
    if !statements.is_empty() {
        let changed = rows::execute_all(on, statements).await;
        changed.map_err(query("change tasks"))?;
    }
    let ended = changes.iter().filter(|change| change.ends_job());
    let noted = ended.clone().map(|change| {
        let job = &change.after.job_id;
        (
            job.clone(),
            change.job_state(),
            change.error().map(str::to_owned),
        )
    });
    note_ends(on, noted).await?;
    let ended: Vec<JobId> = ended.map(|change| change.after.job_id.clone()).collect();
    if !ended.is_empty() {
        settle_needs(on, &ended).await?.count();
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

/// Statements that are executed together.
struct Statements {
    backend: DbBackend,
    all: Vec<Statement>,
}

impl Statements {
    /// Unless there are no rows for it.
    fn add<T: Serialize>(
        &mut self,
        sql: &str,
        columns: &[Column],
        rows: impl Iterator<Item = T>,
    ) -> Result<()> {
        let rows: Vec<T> = rows.collect();
        if !rows.is_empty() {
            self.all
                .push(rows::statement(self.backend, sql, columns, &rows)?);
        }
        Ok(())
    }
}
