//! Storing new jobs, any number at once.

use std::collections::HashMap;
use std::time::Duration;

use entity::{HistoryState, JobId, JobState, StepState, job, step};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, PaginatorTrait, QueryFilter,
    Statement,
};
use serde::Serialize;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::rows::{self, ColumnType};
use super::{
    Claimed, NewJob, Owner, Result, SetOperation, SetOutcome, StoreError, Submitted, blobs,
    inserting, query, take_turn,
};
use crate::clock;

/// How long the number of waiting jobs is believed: other processes store some, too.
const BELIEVED_FOR: Duration = Duration::from_secs(1);

/// A process stores one in so many of the jobs that may still wait without counting again.
const SHARE: u64 = 16;

/// A job to be stored, and how many may wait.
pub(super) struct Submission {
    pub new: NewJob,
    pub digest: String,
    pub queued_max: u64,
    /// The process that begins it at once, and the length of its lease in milliseconds.
    pub begin: Option<(Owner, u64)>,
    /// When it was submitted.
    pub at: i64,
}

impl Submission {
    pub(super) fn of(new: NewJob, queued_max: u64) -> Self {
        let digest = request_digest(&new);
        Self {
            new,
            digest,
            queued_max,
            begin: None,
            at: clock::now_micros(),
        }
    }

    /// The one description of a new job's row: it is stored as it stands here.
    pub(super) fn job(&self) -> job::Model {
        let new = &self.new;
        let (owner, lease_ms) = self.begin.clone().unzip();
        job::Model {
            id: new.id.clone(),
            flow: new.flow.clone(),
            state: self.first_state(),
            queue: new.queue.clone(),
            request: new.request.to_string(),
            request_digest: self.digest.clone(),
            idempotency_key: new.idempotency_key.clone(),
            body_digest: new.body_digest.clone(),
            cancel_requested: false,
            generation: 0,
            created_at: self.at,
            started_at: owner.is_some().then_some(self.at),
            ended_at: None,
            lease_epoch: i64::from(owner.is_some()),
            lease_owner: owner.map(|owner| owner.to_string()),
            // From the moment at which it is stored.
            lease_until_ms: lease_ms.map(|lease_ms| lease_ms as i64),
            waiting: new.parked.clone(),
            wakes_at: None,
            error: None,
            history: HistoryState::Kept,
            traceparent: new.traceparent.clone(),
        }
    }

    /// The one description of the rows of its steps.
    pub(super) fn steps(&self) -> impl Iterator<Item = step::Model> {
        let new = &self.new;
        (0..).zip(&new.steps).map(|(no, step)| step::Model {
            job_id: new.id.clone(),
            no,
            name: step.name.clone(),
            kind: step.kind.clone(),
            params: step.params.to_string(),
            after: json!(step.after).to_string(),
            delay_s: step.delay_s,
            state: StepState::Pending,
            not_before_at: None,
            failures: 0,
            last_error: None,
            notes: None,
            ended_at: None,
            policy: None,
            output: None,
            batches_total: 0,
            batches_done: 0,
            batches_failed: 0,
            batches_parked: 0,
            units_done: 0,
        })
    }

    fn first_state(&self) -> JobState {
        match &self.new.parked {
            Some(_) => JobState::Parked,
            None if self.begin.is_some() => JobState::Running,
            None => JobState::Queued,
        }
    }

    /// The job for the process that begins it at once, as if it had been found waiting.
    pub(super) fn claimed(&self) -> Claimed {
        let job = job::Model {
            state: JobState::Queued,
            lease_owner: None,
            lease_until_ms: None,
            lease_epoch: 0,
            ..self.job()
        };
        let steps = self.steps().collect();
        Claimed {
            steps,
            ..Claimed::of(job)
        }
    }
}

/// How many more jobs this process may store as waiting, at least: counting them all for each would
/// take long.
#[derive(Default)]
pub(super) struct Room(Option<(u64, u64, Instant)>);

impl Room {
    /// Takes a place for a job. A parked one needs none.
    async fn take(
        &mut self,
        on: &DatabaseTransaction,
        submission: &Submission,
        new: usize,
    ) -> Result<()> {
        let limit = submission.queued_max;
        if submission.new.parked.is_some() || self.take_one(on, limit, new).await? {
            return Ok(());
        }
        Err(StoreError::QueueFull { limit })
    }

    /// `new` jobs have a place already and are not stored yet.
    async fn take_one(
        &mut self,
        on: &DatabaseTransaction,
        queued_max: u64,
        new: usize,
    ) -> Result<bool> {
        let known = self.0.as_mut().filter(|(share, limit, counted_at)| {
            *share > 0 && *limit == queued_max && counted_at.elapsed() < BELIEVED_FOR
        });
        if let Some((share, _, _)) = known {
            *share -= 1;
            return Ok(true);
        }
        let new = new as u64;
        let mut left = queued_max.saturating_sub(count_queued(on).await? + new);
        if (1..SHARE).contains(&left) {
            // One process at a time stores the last ones.
            if !take_turn(on, "jobs.queued").await? {
                return Err(StoreError::Contended);
            }
            left = queued_max.saturating_sub(count_queued(on).await? + new);
        }
        self.0 = Some((left / SHARE, queued_max, Instant::now()));
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

/// What is known of jobs by id and by idempotency key: the id and the digest of the request.
#[derive(Default)]
struct Known {
    by_id: HashMap<String, String>,
    by_key: HashMap<String, (JobId, String)>,
}

impl SetOperation for Submission {
    type Outcome = Submitted;

    type Memory = Room;

    async fn all(
        on: &DatabaseTransaction,
        set: &[&Self],
        room: &mut Room,
    ) -> Result<SetOutcome<Submitted>> {
        let (outcomes, statements) = prepare(on, set, room).await?;
        if !statements.is_empty() {
            let stored = rows::execute_all(on, statements).await;
            stored.map_err(query("store a job"))?;
        }
        Ok(SetOutcome::Keep(outcomes))
    }
}

/// Finds those of the jobs that were submitted before, and makes the statements that store the
/// others with their steps and inputs, in order. An error is one of the whole set.
pub(super) async fn prepare(
    on: &DatabaseTransaction,
    set: &[&Submission],
    room: &mut Room,
) -> Result<(Vec<Result<Submitted>>, Vec<Statement>)> {
    let mut known = Known::of(on, set).await?;
    let mut outcomes = Vec::with_capacity(set.len());
    let mut fresh = Vec::with_capacity(set.len());
    for submission in set {
        let id = &submission.new.id;
        let outcome = match known.find(submission) {
            Some(before) => same_request(submission, before),
            None => match room.take(on, submission, fresh.len()).await {
                Ok(()) => {
                    known.add(&submission.new, submission.digest.clone());
                    fresh.push(*submission);
                    Ok(Submitted::New(id.clone()))
                }
                Err(error @ (StoreError::QueueFull { .. } | StoreError::Contended)) => Err(error),
                Err(error) => return Err(error),
            },
        };
        outcomes.push(outcome);
    }
    if fresh.is_empty() {
        return Ok((outcomes, Vec::new()));
    }
    // In one order, like all processes: two that store the same keys must not wait for each other.
    fresh.sort_by(|one, other| one.new.idempotency_key.cmp(&other.new.idempotency_key));
    let inputs = fresh.iter().map(|submission| &submission.new);
    let inputs: Vec<_> = inputs.map(|new| (&new.id, &*new.blobs)).collect();
    let links = blobs::put_all(on, &inputs).await?;
    let mut statements = inserting::statements(on.get_database_backend(), &fresh)?;
    statements.extend(links);
    Ok((outcomes, statements))
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
        let columns = [("id", ColumnType::ShortText)];
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
