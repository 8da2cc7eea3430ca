//! What a new job is stored with, any number of jobs at once.

use entity::{DispatchStatus, JobState};
use sea_orm::{DbBackend, Statement};
use serde::Serialize;
use serde_json::json;

use super::events::{self, NewEvent};
use super::rows::{self, Column, ColumnType};
use super::submit::Submission;
use super::{Result, leases};

#[derive(Serialize)]
struct JobRow<'a> {
    id: &'a str,
    flow: &'a str,
    state: &'static str,
    queue: &'a str,
    request: String,
    digest: &'a str,
    idem: Option<&'a str>,
    at: i64,
    started: Option<i64>,
    owner: Option<&'a str>,
    lease: Option<u64>,
    epoch: i64,
    parent: Option<&'a str>,
}

const JOB_COLUMNS: &[Column] = &[
    ("id", ColumnType::ShortText),
    ("flow", ColumnType::ShortText),
    ("state", ColumnType::ShortText),
    ("queue", ColumnType::ShortText),
    ("request", ColumnType::Text),
    ("digest", ColumnType::ShortText),
    ("idem", ColumnType::ShortText),
    ("at", ColumnType::Integer),
    ("started", ColumnType::Integer),
    ("owner", ColumnType::ShortText),
    ("lease", ColumnType::Integer),
    ("epoch", ColumnType::Integer),
    ("parent", ColumnType::ShortText),
];

#[derive(Serialize)]
struct StepRow<'a> {
    id: &'a str,
    no: usize,
    name: &'a str,
    kind: &'a str,
    params: String,
    after: String,
    delay: i64,
}

const STEP_COLUMNS: &[Column] = &[
    ("id", ColumnType::ShortText),
    ("no", ColumnType::Integer),
    ("name", ColumnType::ShortText),
    ("kind", ColumnType::ShortText),
    ("params", ColumnType::Text),
    ("after", ColumnType::Text),
    ("delay", ColumnType::Integer),
];

/// Jobs with their steps, their messages and the beginning of their histories.
pub(super) fn statements(backend: DbBackend, fresh: &[&Submission]) -> Result<Vec<Statement>> {
    let jobs = fresh.iter().map(|submission| JobRow {
        id: submission.new.id.as_str(),
        flow: &submission.new.flow,
        state: first_state(submission).as_str(),
        queue: &submission.new.queue,
        request: submission.new.request.to_string(),
        digest: &submission.digest,
        idem: submission.new.idempotency_key.as_deref(),
        at: submission.at,
        started: submission.begin.as_ref().map(|_| submission.at),
        owner: submission.begin.as_ref().map(|(owner, _)| owner.as_str()),
        lease: submission.begin.as_ref().map(|(_, lease_ms)| *lease_ms),
        epoch: i64::from(submission.begin.is_some()),
        parent: submission.new.traceparent.as_deref(),
    });
    let steps = fresh.iter().flat_map(|submission| {
        let id = submission.new.id.as_str();
        submission
            .new
            .steps
            .iter()
            .enumerate()
            .map(move |(no, step)| StepRow {
                id,
                no,
                name: &step.name,
                kind: &step.kind,
                params: step.params.to_string(),
                after: json!(step.after).to_string(),
                delay: step.delay_s,
            })
    });
    let events: Vec<NewEvent> = fresh.iter().flat_map(|new| first_events(new)).collect();
    let (jobs, steps): (Vec<_>, Vec<_>) = (jobs.collect(), steps.collect());
    let mut statements = vec![
        rows::statement(backend, &insert_jobs(backend), JOB_COLUMNS, &jobs)?,
        rows::statement(backend, INSERT_STEPS, STEP_COLUMNS, &steps)?,
        events::insertion(backend, &events)?,
    ];
    let tasks: Vec<_> = fresh.iter().filter_map(|new| TaskRow::of(new)).collect();
    if !tasks.is_empty() {
        let (task, message) = (INSERT_TASKS, INSERT_MESSAGES);
        statements.push(rows::statement(backend, task, TASK_COLUMNS, &tasks)?);
        statements.push(rows::statement(backend, message, TASK_COLUMNS, &tasks)?);
    }
    Ok(statements)
}

fn first_state(submission: &Submission) -> JobState {
    match &submission.new.dispatch {
        None if submission.begin.is_some() => JobState::Running,
        None => JobState::Queued,
        Some(dispatch) if dispatch.start => JobState::Delegated,
        Some(_) => JobState::Held,
    }
}

fn first_events(submission: &Submission) -> Vec<NewEvent> {
    let id = &submission.new.id;
    let first = match first_state(submission) {
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

fn insert_jobs(backend: DbBackend) -> String {
    format!(
        "INSERT INTO audience_job (id, flow, state, queue, request, request_digest, \
             idempotency_key, cancel_requested, generation, created_at, started_at, lease_owner, \
             lease_until_ms, lease_epoch, traceparent) \
         SELECT r.id, r.flow, r.state, r.queue, r.request, r.digest, r.idem, FALSE, 0, r.at, \
             r.started, r.owner, {} + r.lease, r.epoch, r.parent FROM {{rows}}",
        leases::now_ms_text(backend)
    )
}

const INSERT_STEPS: &str = "\
    INSERT INTO audience_step (job_id, no, name, kind, params, after, delay_s, state, failures) \
    SELECT r.id, r.no, r.name, r.kind, r.params, r.after, r.delay, 'pending', 0 \
    FROM {rows}";
