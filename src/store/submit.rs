//! Storing new jobs, any number at once.

use std::collections::HashMap;
use std::time::Duration;

use entity::{DispatchStatus, JobId, JobState, job};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, DbBackend, EntityTrait, PaginatorTrait,
    QueryFilter, Statement,
};
use serde::Serialize;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::rows::{self, Column, Kind};
use super::{NewJob, Result, StoreError, Submitted, blobs, events, query};
use crate::clock;

/// How long the number of waiting jobs is believed: other processes store some, too.
const BELIEVED_FOR: Duration = Duration::from_secs(1);

/// A job to be stored, and how many may wait.
pub(super) struct Submission {
    pub new: NewJob,
    pub digest: String,
    pub queued_max: u64,
}

impl Submission {
    pub(super) fn of(new: NewJob, queued_max: u64) -> Self {
        let digest = request_digest(&new);
        Self {
            new,
            digest,
            queued_max,
        }
    }
}

/// How many more jobs may wait, at least: counting them all for each would take long.
#[derive(Default)]
pub(super) struct Room(Option<(u64, u64, Instant)>);

impl Room {
    /// To be counted again.
    pub(super) fn forget(&mut self) {
        self.0 = None;
    }

    /// `new` jobs have a place already and are not stored yet.
    async fn take_one(
        &mut self,
        on: &DatabaseTransaction,
        queued_max: u64,
        new: usize,
    ) -> Result<bool> {
        let known = self.0.as_mut().filter(|(left, of, counted_at)| {
            *left > 0 && *of == queued_max && counted_at.elapsed() < BELIEVED_FOR
        });
        if let Some((left, _, _)) = known {
            *left -= 1;
            return Ok(true);
        }
        let queued = count_queued(on).await? + new as u64;
        let left = queued_max.saturating_sub(queued);
        self.0 = Some((left.saturating_sub(1), queued_max, Instant::now()));
        Ok(left > 0)
    }
}

/// What two submissions must share to count as the same.
fn request_digest(new: &NewJob) -> String {
    let steps: Vec<Value> = new
        .steps
        .iter()
        .map(|step| json!([step.name, step.kind, step.params, step.after, step.delay_s]))
        .collect();
    blobs::digest(json!([new.flow, new.queue, steps]).to_string().as_bytes())
}

async fn count_queued(on: &DatabaseTransaction) -> Result<u64> {
    job::Entity::find()
        .filter(job::Column::State.eq(JobState::Queued))
        .count(on)
        .await
        .map_err(query("count the waiting jobs"))
}

#[derive(Serialize)]
struct IdRow<'a> {
    id: &'a str,
}

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
}

const JOB_COLUMNS: &[Column] = &[
    ("id", Kind::Word),
    ("flow", Kind::Word),
    ("state", Kind::Word),
    ("queue", Kind::Word),
    ("request", Kind::Text),
    ("digest", Kind::Word),
    ("idem", Kind::Word),
    ("at", Kind::Number),
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
    ("id", Kind::Word),
    ("no", Kind::Number),
    ("name", Kind::Word),
    ("kind", Kind::Word),
    ("params", Kind::Text),
    ("after", Kind::Text),
    ("delay", Kind::Number),
];

/// What is known of jobs by id and by idempotency key: the id and the digest of the request.
#[derive(Default)]
struct Known {
    by_id: HashMap<String, String>,
    by_key: HashMap<String, (JobId, String)>,
}

/// Stores new jobs with their steps and inputs, in order, and finds those that were submitted
/// before. An error is one of the whole set.
pub(super) async fn all(
    on: &DatabaseTransaction,
    set: &[&Submission],
    room: &mut Room,
) -> Result<Vec<Result<Submitted>>> {
    let mut known = Known::of(on, set).await?;
    let mut outcomes = Vec::with_capacity(set.len());
    let mut fresh = Vec::with_capacity(set.len());
    for submission in set {
        let id = &submission.new.id;
        let outcome = match known.find(submission) {
            Some(before) => same_request(submission, before),
            // What is for outside workers takes no place here.
            None if submission.new.dispatch.is_some()
                || room
                    .take_one(on, submission.queued_max, fresh.len())
                    .await? =>
            {
                known.add(&submission.new, submission.digest.clone());
                fresh.push(*submission);
                Ok(Submitted::New(id.clone()))
            }
            None => Err(StoreError::QueueFull {
                limit: submission.queued_max,
            }),
        };
        outcomes.push(outcome);
    }
    if !fresh.is_empty() {
        insert(on, &fresh).await?;
    }
    Ok(outcomes)
}

impl Known {
    async fn of(on: &DatabaseTransaction, set: &[&Submission]) -> Result<Self> {
        let ids = set.iter().map(|submission| IdRow {
            id: submission.new.id.as_str(),
        });
        let keys = set.iter().filter_map(|submission| {
            let id = submission.new.idempotency_key.as_deref()?;
            Some(IdRow { id })
        });
        let (ids, keys): (Vec<_>, Vec<_>) = (ids.collect(), keys.collect());
        let mut known = Self::default();
        known.look(on, "id", &ids).await?;
        known.look(on, "idempotency_key", &keys).await?;
        Ok(known)
    }

    async fn look(
        &mut self,
        on: &DatabaseTransaction,
        column: &str,
        texts: &[IdRow<'_>],
    ) -> Result<()> {
        let attempted = "look for an earlier request";
        if texts.is_empty() {
            return Ok(());
        }
        let sql = format!(
            "SELECT j.id, j.idempotency_key, j.request_digest FROM {{rows}} \
             JOIN audience_job AS j ON j.{column} = r.id"
        );
        let columns = [("id", Kind::Word)];
        let statement = rows::statement(on.get_database_backend(), &sql, &columns, texts)?;
        for row in on
            .query_all_raw(statement)
            .await
            .map_err(query(attempted))?
        {
            let (id, key, digest): (JobId, Option<String>, String) = (
                row.try_get("", "id").map_err(query(attempted))?,
                row.try_get("", "idempotency_key")
                    .map_err(query(attempted))?,
                row.try_get("", "request_digest")
                    .map_err(query(attempted))?,
            );
            self.by_id.insert(id.to_string(), digest.clone());
            if let Some(key) = key {
                self.by_key.insert(key, (id, digest));
            }
        }
        Ok(())
    }

    /// The key counts before the id.
    fn find(&self, submission: &Submission) -> Option<(JobId, &str)> {
        let new = &submission.new;
        let by_key = new
            .idempotency_key
            .as_ref()
            .and_then(|key| self.by_key.get(key));
        if let Some((id, digest)) = by_key {
            return Some((id.clone(), digest));
        }
        let digest = self.by_id.get(new.id.as_str())?;
        Some((new.id.clone(), digest))
    }

    fn add(&mut self, new: &NewJob, digest: String) {
        if let Some(key) = &new.idempotency_key {
            self.by_key
                .insert(key.clone(), (new.id.clone(), digest.clone()));
        }
        self.by_id.insert(new.id.to_string(), digest);
    }
}

fn same_request(submission: &Submission, (id, digest): (JobId, &str)) -> Result<Submitted> {
    if submission.digest == digest {
        Ok(Submitted::Existing(id))
    } else if id == submission.new.id {
        Err(StoreError::OtherRequest { job: id })
    } else {
        Err(StoreError::KeyReused)
    }
}

async fn insert(on: &DatabaseTransaction, fresh: &[&Submission]) -> Result<()> {
    for submission in fresh {
        for body in &submission.new.blobs {
            blobs::put(on, body).await?;
        }
    }
    let inserts = inserts(on.get_database_backend(), fresh)?;
    let inserted = rows::execute_all(on, inserts).await;
    inserted.map(drop).map_err(query("store a job"))
}

fn inserts(backend: DbBackend, fresh: &[&Submission]) -> Result<Vec<Statement>> {
    let now = clock::now_micros();
    let jobs = fresh.iter().map(|submission| JobRow {
        id: submission.new.id.as_str(),
        flow: &submission.new.flow,
        state: first_state(&submission.new).as_str(),
        queue: &submission.new.queue,
        request: submission.new.request.to_string(),
        digest: &submission.digest,
        idem: submission.new.idempotency_key.as_deref(),
        at: now,
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
    let told = fresh.iter().map(|submission| {
        events::told(&submission.new.id, first_event(&submission.new), &json!({}))
    });
    let (jobs, steps): (Vec<_>, Vec<_>) = (jobs.collect(), steps.collect());
    let mut statements = vec![
        rows::statement(backend, INSERT_JOBS, JOB_COLUMNS, &jobs)?,
        rows::statement(backend, INSERT_STEPS, STEP_COLUMNS, &steps)?,
        events::recording(backend, &told.collect::<Vec<_>>())?,
    ];
    let tasks: Vec<_> = fresh
        .iter()
        .filter_map(|new| TaskRow::of(&new.new))
        .collect();
    if !tasks.is_empty() {
        let (task, message) = (INSERT_TASKS, INSERT_MESSAGES);
        statements.push(rows::statement(backend, task, TASK_COLUMNS, &tasks)?);
        statements.push(rows::statement(backend, message, TASK_COLUMNS, &tasks)?);
    }
    Ok(statements)
}

fn first_state(new: &NewJob) -> JobState {
    match &new.dispatch {
        None => JobState::Queued,
        Some(dispatch) if dispatch.start => JobState::Delegated,
        Some(_) => JobState::Held,
    }
}

fn first_event(new: &NewJob) -> &'static str {
    match first_state(new) {
        JobState::Held => "job.held",
        JobState::Delegated => "job.delegated",
        _ => "job.queued",
    }
}

/// What a task for an outside worker needs besides.
#[derive(Serialize)]
struct TaskRow<'a> {
    id: &'a str,
    service: &'a str,
    status: &'static str,
    deadline: Option<i64>,
}

const TASK_COLUMNS: &[Column] = &[
    ("id", Kind::Word),
    ("service", Kind::Word),
    ("status", Kind::Word),
    ("deadline", Kind::Number),
];

impl<'a> TaskRow<'a> {
    fn of(new: &'a NewJob) -> Option<Self> {
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
        })
    }
}

const INSERT_TASKS: &str = "\
    INSERT INTO audience_dispatch (job_id, service, status, attempt, failures, deadline_at) \
    SELECT r.id, r.service, r.status, 1, 0, r.deadline FROM {rows}";

const INSERT_MESSAGES: &str = "\
    INSERT INTO audience_outbox (job_id, service, attempt, not_before_at) \
    SELECT r.id, r.service, 1, 0 FROM {rows} WHERE r.status = 'waiting'";

const INSERT_JOBS: &str = "\
    INSERT INTO audience_job (id, flow, state, queue, request, request_digest, idempotency_key, \
        cancel_requested, generation, created_at, lease_epoch) \
    SELECT r.id, r.flow, r.state, r.queue, r.request, r.digest, r.idem, FALSE, 0, r.at, 0 \
    FROM {rows}";

const INSERT_STEPS: &str = "\
    INSERT INTO audience_step (job_id, no, name, kind, params, after, delay_s, state, failures) \
    SELECT r.id, r.no, r.name, r.kind, r.params, r.after, r.delay, 'pending', 0 \
    FROM {rows}";
