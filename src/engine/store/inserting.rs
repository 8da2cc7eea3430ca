//! What a new job is stored with, any number of jobs at once.

use entity::{DispatchStatus, JobState, job, step};
use sea_orm::{DbBackend, Statement};
use serde::Serialize;
use serde_json::json;

use super::events::{self, NewEvent};
use super::rows::{self, Column, ColumnType};
use super::submit::Submission;
use super::{Result, leases, models};

/// Jobs with their steps, their messages and the beginning of their histories.
pub(super) fn statements(backend: DbBackend, fresh: &[&Submission]) -> Result<Vec<Statement>> {
    let jobs: Vec<job::Model> = fresh.iter().map(|new| new.job()).collect();
    let steps: Vec<step::Model> = fresh.iter().flat_map(|new| new.steps()).collect();
    let events: Vec<NewEvent> = fresh.iter().flat_map(|new| first_events(new)).collect();
    let lease = format!("{} + r.lease_until_ms", leases::now_ms_text(backend));
    let lease = [(job::Column::LeaseUntilMs, lease.as_str())];
    let mut statements = Vec::new();
    statements.extend(models::insertion(backend, &jobs, &lease)?);
    statements.extend(models::insertion(backend, &steps, &[])?);
    statements.push(events::insertion(backend, &events)?);
    let tasks: Vec<_> = fresh.iter().filter_map(|new| TaskRow::of(new)).collect();
    if !tasks.is_empty() {
        let (task, message) = (INSERT_TASKS, INSERT_MESSAGES);
        statements.push(rows::statement(backend, task, TASK_COLUMNS, &tasks)?);
        statements.push(rows::statement(backend, message, TASK_COLUMNS, &tasks)?);
    }
    Ok(statements)
}

fn first_events(submission: &Submission) -> Vec<NewEvent> {
    let id = &submission.new.id;
    let first = match submission.first_state() {
        JobState::Held => "job.held",
        JobState::Delegated => "job.delegated",
        _ => "job.queued",
    };
    let mut events = vec![NewEvent::new(id, first, &json!({}))];
    if submission.begin.is_some() {
        events.push(NewEvent::new(id, "job.started", &json!({ "epoch": 1 })));
    }
    events
}

/// What a task for an outside worker needs besides.
#[derive(Serialize)]
struct TaskRow<'a> {
    id: &'a str,
    service: &'a str,
    status: &'static str,
    deadline: Option<i64>,
    at: i64,
}

const TASK_COLUMNS: &[Column] = &[
    ("id", ColumnType::ShortText),
    ("service", ColumnType::ShortText),
    ("status", ColumnType::ShortText),
    ("deadline", ColumnType::Integer),
    ("at", ColumnType::Integer),
];

impl<'a> TaskRow<'a> {
    fn of(submission: &'a Submission) -> Option<Self> {
        let new = &submission.new;
        let dispatch = new.dispatch.as_ref()?;
        let status = match dispatch.start {
            true => DispatchStatus::Waiting,
            false => DispatchStatus::Ready,
        };
        Some(Self {
            id: new.id.as_str(),
            service: &dispatch.service,
            status: status.as_str(),
            deadline: dispatch.deadline_at,
            at: submission.at,
        })
    }
}

const INSERT_TASKS: &str = "\
    INSERT INTO audience_dispatch (job_id, service, status, attempt, failures, deadline_at) \
    SELECT r.id, r.service, r.status, 1, 0, r.deadline FROM {rows}";

const INSERT_MESSAGES: &str = "\
    INSERT INTO audience_outbox (job_id, service, attempt, not_before_at, stored_at) \
    SELECT r.id, r.service, 1, 0, r.at FROM {rows} WHERE r.status = 'waiting'";
