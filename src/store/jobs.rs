//! Jobs: submitting, finding, ending, cancelling, resuming.

use entity::{AttemptOutcome, JobId, JobState, StepState, attempt, job, step};
use sea_orm::sea_query::{Expr, Func};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter,
    QueryOrder, QuerySelect, SqlErr,
};
use serde_json::{Value, json};

use super::{Claim, Result, Store, StoreError, Write, blobs, events, query};
use crate::clock;

/// Rows a single INSERT may carry; well below the number of bound values SQLite allows.
const ROWS_PER_INSERT: usize = 500;

/// A job to be stored.
#[derive(Clone, Debug)]
pub struct NewJob {
    pub id: JobId,
    pub flow: String,
    pub queue: String,
    pub request: Value,
    pub idempotency_key: Option<String>,
    pub steps: Vec<NewStep>,
    /// Large inputs that the steps name by digest.
    pub blobs: Vec<Vec<u8>>,
}

/// A step of a job to be stored; its number is its place in the list.
#[derive(Clone, Debug)]
pub struct NewStep {
    pub name: String,
    pub kind: String,
    pub params: Value,
    pub after: Vec<i32>,
    pub delay_s: i64,
}

/// What became of a submission.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Submitted {
    New(JobId),
    /// The same request was submitted before, under the same key or id.
    Existing(JobId),
}

/// Which jobs to list.
#[derive(Clone, Debug, Default)]
pub struct JobFilter {
    pub state: Option<JobState>,
    pub flow: Option<String>,
    pub queue: Option<String>,
    /// Only jobs older than this one.
    pub before: Option<JobId>,
}

/// What became of a request to cancel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CancelOutcome {
    Requested,
    AlreadyEnded(JobState),
    Unknown,
}

/// Jobs.
pub struct Jobs<'a>(pub(super) &'a Store);

impl Store {
    pub fn jobs(&self) -> Jobs<'_> {
        Jobs(self)
    }
}

impl Jobs<'_> {
    /// Stores a job with its steps and inputs, or finds the one submitted before.
    pub async fn submit(&self, new: NewJob, queued_max: u64) -> Result<Submitted> {
        let digest = request_digest(&new);
        let write = self.0.write().await?;
        if let Some(before) = find_before(&write, &new).await? {
            return same_request(&new, &before, &digest);
        }
        if count_queued(&write).await? >= queued_max {
            return Err(StoreError::QueueFull { limit: queued_max });
        }
        insert(&write, &new, digest).await?;
        events::record(&write, &new.id, "job.queued", &json!({})).await?;
        write.commit().await?;
        Ok(Submitted::New(new.id))
    }

    pub async fn find(&self, id: &JobId) -> Result<Option<job::Model>> {
        job::Entity::find_by_id(id.clone())
            .one(&self.0.read)
            .await
            .map_err(query("read a job"))
    }

    /// The job that was submitted under an idempotency key.
    pub async fn find_by_key(&self, key: &str) -> Result<Option<job::Model>> {
        job::Entity::find()
            .filter(job::Column::IdempotencyKey.eq(key))
            .one(&self.0.read)
            .await
            .map_err(query("look for an earlier request"))
    }

    /// Whether any job waits or runs.
    pub async fn any_unfinished(&self) -> Result<bool> {
        let found = job::Entity::find()
            .filter(job::Column::State.is_in([JobState::Queued, JobState::Running]))
            .limit(1)
            .one(&self.0.read)
            .await
            .map_err(query("look for unfinished jobs"))?;
        Ok(found.is_some())
    }

    /// Jobs newest first.
    pub async fn page(&self, filter: &JobFilter, limit: u64) -> Result<Vec<job::Model>> {
        let mut select = job::Entity::find()
            .order_by_desc(job::Column::Id)
            .limit(limit);
        if let Some(state) = filter.state {
            select = select.filter(job::Column::State.eq(state));
        }
        if let Some(flow) = &filter.flow {
            select = select.filter(job::Column::Flow.eq(flow.clone()));
        }
        if let Some(queue) = &filter.queue {
            select = select.filter(job::Column::Queue.eq(queue.clone()));
        }
        if let Some(before) = &filter.before {
            select = select.filter(job::Column::Id.lt(before.clone()));
        }
        select.all(&self.0.read).await.map_err(query("list jobs"))
    }

    pub async fn attempts(&self, id: &JobId, limit: u64) -> Result<Vec<attempt::Model>> {
        attempt::Entity::find()
            .filter(attempt::Column::JobId.eq(id.clone()))
            .order_by_desc(attempt::Column::StartedAt)
            .limit(limit)
            .all(&self.0.read)
            .await
            .map_err(query("read the attempts of a job"))
    }

    /// Marks a claimed job as begun; `false` if it had begun before.
    pub async fn start(&self, claim: &Claim) -> Result<bool> {
        let write = self.0.write_for(claim).await?;
        let started = job::Entity::update_many()
            .col_expr(job::Column::State, Expr::value(JobState::Running))
            .col_expr(
                job::Column::StartedAt,
                // A job that was resumed began long ago.
                Func::coalesce([
                    Expr::col(job::Column::StartedAt),
                    Expr::value(clock::now_micros()),
                ])
                .into(),
            )
            .filter(job::Column::Id.eq(claim.job.clone()))
            .filter(job::Column::State.eq(JobState::Queued))
            .exec(&write.transaction)
            .await
            .map_err(query("start a job"))?;
        let first_time = started.rows_affected == 1;
        let kind = if first_time {
            "job.started"
        } else {
            "job.adopted"
        };
        events::record(&write, &claim.job, kind, &json!({ "epoch": claim.epoch })).await?;
        write.commit().await?;
        Ok(first_time)
    }

    /// Ends a running job and gives up its lease.
    pub async fn end(&self, claim: &Claim, state: JobState, error: Option<&str>) -> Result<()> {
        let write = self.0.write_for(claim).await?;
        job::Entity::update_many()
            .col_expr(job::Column::State, Expr::value(state))
            .col_expr(job::Column::Error, Expr::value(error.map(str::to_owned)))
            .col_expr(job::Column::Waiting, Expr::value(None::<String>))
            .col_expr(job::Column::EndedAt, Expr::value(clock::now_micros()))
            .col_expr(job::Column::LeaseOwner, Expr::value(None::<String>))
            .col_expr(job::Column::LeaseUntilMs, Expr::value(None::<i64>))
            .filter(job::Column::Id.eq(claim.job.clone()))
            .filter(job::Column::State.is_in([JobState::Queued, JobState::Running]))
            .exec(&write.transaction)
            .await
            .map_err(query("end a job"))?;
        let kind = format!("job.{}", state.as_str());
        events::record(&write, &claim.job, &kind, &json!({ "error": error })).await?;
        write.commit().await
    }

    /// Says why a running job stands still, or that it no longer does.
    pub async fn set_waiting(&self, claim: &Claim, reason: Option<&str>) -> Result<()> {
        let write = self.0.write_for(claim).await?;
        job::Entity::update_many()
            .col_expr(job::Column::Waiting, Expr::value(reason.map(str::to_owned)))
            .filter(job::Column::Id.eq(claim.job.clone()))
            .filter(job::Column::State.eq(JobState::Running))
            .exec(&write.transaction)
            .await
            .map_err(query("note why a job waits"))?;
        let kind = if reason.is_some() {
            "job.waiting"
        } else {
            "job.going_on"
        };
        events::record(&write, &claim.job, kind, &json!({ "reason": reason })).await?;
        write.commit().await
    }

    /// Asks whoever runs the job to stop it.
    pub async fn request_cancel(&self, id: &JobId) -> Result<CancelOutcome> {
        let write = self.0.write().await?;
        let asked = job::Entity::update_many()
            .col_expr(job::Column::CancelRequested, Expr::value(true))
            .filter(job::Column::Id.eq(id.clone()))
            .filter(job::Column::State.is_in([JobState::Queued, JobState::Running]))
            .exec(&write.transaction)
            .await
            .map_err(query("ask a job to stop"))?;
        if asked.rows_affected == 1 {
            events::record(&write, id, "job.cancel_requested", &json!({})).await?;
            write.commit().await?;
            return Ok(CancelOutcome::Requested);
        }
        let found = find_in(&write, id).await?;
        Ok(found.map_or(CancelOutcome::Unknown, |job| {
            CancelOutcome::AlreadyEnded(job.state)
        }))
    }

    /// Closes attempts that a dead process left open.
    pub async fn close_crashed_attempts(&self, claim: &Claim) -> Result<u64> {
        let write = self.0.write_for(claim).await?;
        let closed = attempt::Entity::update_many()
            .col_expr(
                attempt::Column::Outcome,
                Expr::value(AttemptOutcome::Crashed),
            )
            .col_expr(attempt::Column::EndedAt, Expr::value(clock::now_micros()))
            .col_expr(
                attempt::Column::Error,
                Expr::value("the process ended under it"),
            )
            .filter(attempt::Column::JobId.eq(claim.job.clone()))
            .filter(attempt::Column::Outcome.eq(AttemptOutcome::Running))
            .exec(&write.transaction)
            .await
            .map_err(query("close the attempts of a dead process"))?;
        write.commit().await?;
        Ok(closed.rows_affected)
    }
}

/// What two submissions must share to count as the same.
pub(super) fn request_digest(new: &NewJob) -> String {
    let steps: Vec<Value> = new
        .steps
        .iter()
        .map(|step| json!([step.name, step.kind, step.params, step.after, step.delay_s]))
        .collect();
    blobs::digest(json!([new.flow, new.queue, steps]).to_string().as_bytes())
}

async fn find_before(write: &Write, new: &NewJob) -> Result<Option<job::Model>> {
    if let Some(key) = &new.idempotency_key {
        let by_key = job::Entity::find()
            .filter(job::Column::IdempotencyKey.eq(key.clone()))
            .one(&write.transaction)
            .await
            .map_err(query("look for an earlier request"))?;
        if by_key.is_some() {
            return Ok(by_key);
        }
    }
    find_in(write, &new.id).await
}

fn same_request(new: &NewJob, before: &job::Model, digest: &str) -> Result<Submitted> {
    if before.request_digest == digest {
        Ok(Submitted::Existing(before.id.clone()))
    } else if before.id == new.id {
        Err(StoreError::OtherRequest {
            job: new.id.clone(),
        })
    } else {
        Err(StoreError::KeyReused)
    }
}

async fn find_in(write: &Write, id: &JobId) -> Result<Option<job::Model>> {
    job::Entity::find_by_id(id.clone())
        .one(&write.transaction)
        .await
        .map_err(query("read a job"))
}

async fn count_queued(write: &Write) -> Result<u64> {
    job::Entity::find()
        .filter(job::Column::State.eq(JobState::Queued))
        .count(&write.transaction)
        .await
        .map_err(query("count the waiting jobs"))
}

async fn insert(write: &Write, new: &NewJob, request_digest: String) -> Result<()> {
    for body in &new.blobs {
        blobs::put(write, body).await?;
    }
    let job = job::ActiveModel {
        id: Set(new.id.clone()),
        flow: Set(new.flow.clone()),
        state: Set(JobState::Queued),
        queue: Set(new.queue.clone()),
        request: Set(new.request.to_string()),
        request_digest: Set(request_digest),
        idempotency_key: Set(new.idempotency_key.clone()),
        cancel_requested: Set(false),
        generation: Set(0),
        created_at: Set(clock::now_micros()),
        lease_epoch: Set(0),
        ..Default::default()
    };
    let attempted = "store a job";
    job::Entity::insert(job)
        .exec_without_returning(&write.transaction)
        .await
        .map_err(|error| match error.sql_err() {
            Some(SqlErr::UniqueConstraintViolation(_)) => StoreError::KeyReused,
            _ => query(attempted)(error),
        })?;
    let steps = new
        .steps
        .iter()
        .enumerate()
        .map(|(no, step)| step::ActiveModel {
            job_id: Set(new.id.clone()),
            no: Set(no as i32),
            name: Set(step.name.clone()),
            kind: Set(step.kind.clone()),
            params: Set(step.params.to_string()),
            after: Set(json!(step.after).to_string()),
            delay_s: Set(step.delay_s),
            state: Set(StepState::Pending),
            failures: Set(0),
            ..Default::default()
        });
    insert_all::<step::Entity, _>(&write.transaction, steps.collect(), attempted).await
}

/// Inserts any number of rows, some at a time.
pub(super) async fn insert_all<E, C>(
    connection: &C,
    rows: Vec<E::ActiveModel>,
    attempted: &'static str,
) -> Result<()>
where
    E: EntityTrait,
    C: ConnectionTrait,
{
    let mut rows = rows.into_iter().peekable();
    while rows.peek().is_some() {
        let some: Vec<_> = rows.by_ref().take(ROWS_PER_INSERT).collect();
        E::insert_many(some)
            .exec_without_returning(connection)
            .await
            .map_err(query(attempted))?;
    }
    Ok(())
}
