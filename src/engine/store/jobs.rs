//! Jobs: submitting, finding, ending.

use std::collections::HashSet;

use entity::{HistoryState, JobId, JobState, attempt, job, need};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, Condition, DatabaseTransaction, EntityTrait, ExprTrait, QueryFilter, QueryOrder,
    QuerySelect,
};
use serde_json::{Value, json};

use super::finish::Finish;
use super::needs::{Consequences, Need, settle};
use super::notifications::{EndKind, EndedJob, record_end};
use super::submit::Submission;
use super::{
    Claim, Claimed, NewStep, Owner, Result, SliceRows, Store, crashes, events, query, rows,
};
use crate::clock;

/// What is said of an attempt that is open when its job ends.
const NEVER_BEGUN: &str = "it was not known whether its beginning had been stored";

/// What is said of an attempt whose task died over it.
const LEFT_OPEN: &str = "the task's actor died over it";

/// A job to be stored. One that is parked from the beginning has no needs.
#[derive(Clone, Debug, Default)]
pub struct NewJob {
    pub id: JobId,
    pub flow: String,
    pub queue: String,
    pub request: Value,
    pub idempotency_key: Option<String>,
    /// Digest of the body that was sent, to be compared with that of a later one.
    pub body_digest: Option<String>,
    pub steps: Vec<NewStep>,
    /// Large inputs that the steps name by digest.
    pub blobs: Vec<Vec<u8>>,
    /// What it waits for from the beginning: it is stored as parked, no process begins it, and the
    /// system that stores it ends it. See `ParkedFlow`.
    pub parked: Option<String>,
    /// The span that it comes from, as in a W3C `traceparent` header.
    pub traceparent: Option<String>,
    /// What people call it in the reasons of others; `None`: its id.
    pub title: Option<String>,
    /// The jobs that have to end before it may begin.
    pub needs: Vec<Need>,
    /// Its identity: while another job with the same one is unfinished, that job takes its place.
    pub live_key: Option<String>,
    /// Of the jobs that may start, those with the greatest are claimed first, then the oldest.
    pub priority: i32,
    /// What it holds while it runs, of what there is a limited number of.
    pub slots: Vec<(String, u32)>,
    /// It waits for no place of the process that stores it.
    pub is_urgent: bool,
    /// Who submits it: the name of a token, or `local`. They learn how it ends.
    pub started_by: Option<String>,
    /// Who or what is shown as having started it; `None`: whoever submits it, or makes the call.
    pub starter: Option<String>,
    /// What it is a run of: jobs of one flow with the same subject are alike; `None`: its title.
    pub subject: Option<String>,
    /// Rows of a system that are stored with it, if it is.
    pub rows: Option<SliceRows>,
}

/// What became of a submission.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Submitted {
    New(JobId),
    /// The same request was submitted before, under the same key or id.
    Existing(JobId),
    /// A job with the same identity has not ended: it takes the place of this one.
    Shared(JobId),
}

impl Submitted {
    /// The job that is to be looked at from now on.
    pub fn job(&self) -> &JobId {
        match self {
            Self::New(id) | Self::Existing(id) | Self::Shared(id) => id,
        }
    }
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
        let submission = Submission::of(new, queued_max);
        self.0.write_in_set(submission).await
    }

    /// The same for a process that begins the job at once: it is stored as claimed. `None`: it was
    /// submitted before.
    pub async fn begin(
        &self,
        new: NewJob,
        queued_max: u64,
        owner: &Owner,
        lease_ms: u64,
    ) -> Result<(Submitted, Option<Claimed>)> {
        let mut submission = Submission::of(new, queued_max);
        submission.begin = Some((owner.clone(), lease_ms));
        let claimed = submission.claimed();
        let submitted = self.0.write_in_set(submission).await?;
        let is_new = matches!(submitted, Submitted::New(_));
        Ok((submitted, is_new.then_some(claimed)))
    }

    /// Ends a job that has done everything. `false`: it is not as it was thought to be, and
    /// nothing has been changed.
    pub async fn finish(&self, finish: Finish) -> Result<bool> {
        let is_noted = finish.is_noted;
        let finished = self.0.write_in_set(finish).await?;
        if finished && is_noted {
            self.0.interest.ring();
        }
        Ok(finished)
    }

    pub async fn find(&self, id: &JobId) -> Result<Option<job::Model>> {
        job::Entity::find_by_id(id.clone())
            .one(&self.0.read)
            .await
            .map_err(query("read a job"))
    }

    /// Those of these jobs that are there, without those that are being dropped.
    pub async fn find_all(&self, ids: &[JobId]) -> Result<Vec<job::Model>> {
        job::Entity::find()
            .filter(job::Column::Id.is_in(rows::padded(ids.iter().cloned())))
            .filter(job::Column::History.ne(HistoryState::Dropping))
            .all(&self.0.read)
            .await
            .map_err(query("read jobs"))
    }

    /// The job that was submitted under an idempotency key.
    pub async fn find_by_key(&self, key: &str) -> Result<Option<job::Model>> {
        job::Entity::find()
            .filter(job::Column::IdempotencyKey.eq(key))
            .one(&self.0.read)
            .await
            .map_err(query("look for an earlier request"))
    }

    /// Whether any job waits or runs, or is parked after processes have run it.
    pub async fn any_unfinished(&self) -> Result<bool> {
        let is_parked = job::Column::State.eq(JobState::Parked);
        let found = job::Entity::find()
            .filter(
                Condition::any()
                    .add(job::Column::State.is_in([
                        JobState::Blocked,
                        JobState::Queued,
                        JobState::Running,
                    ]))
                    .add(is_parked.and(job::Column::LeaseEpoch.gt(0))),
            )
            .limit(1)
            .one(&self.0.read)
            .await
            .map_err(query("look for unfinished jobs"))?;
        Ok(found.is_some())
    }

    /// Which of these jobs are being dropped or removed: a part of them is not there any more.
    pub async fn being_dropped(&self, ids: &[JobId]) -> Result<HashSet<JobId>> {
        let found: Vec<JobId> = job::Entity::find()
            .select_only()
            .column(job::Column::Id)
            .filter(job::Column::Id.is_in(rows::padded(ids.iter().cloned())))
            .filter(job::Column::History.eq(HistoryState::Dropping))
            .into_tuple()
            .all(&self.0.read)
            .await
            .map_err(query("look for jobs that are being dropped"))?;
        Ok(found.into_iter().collect())
    }

    /// What a job needs.
    pub async fn needs(&self, id: &JobId) -> Result<Vec<need::Model>> {
        need::Entity::find()
            .filter(need::Column::JobId.eq(id.clone()))
            .order_by_asc(need::Column::NeedsId)
            .all(&self.0.read)
            .await
            .map_err(query("read what a job needs"))
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

    /// Ends a running job and gives up its lease.
    pub async fn end(&self, claim: &Claim, state: JobState, error: Option<&str>) -> Result<()> {
        self.end_with_others(claim, state, error).await.map(drop)
    }

    /// The same; returns what that means for other jobs.
    pub(in crate::engine) async fn end_with_others(
        &self,
        claim: &Claim,
        state: JobState,
        error: Option<&str>,
    ) -> Result<Consequences> {
        let kind = EndKind::of(state);
        let always = kind.is_some_and(|kind| self.0.interest.may_concern(kind, &claim.job));
        let end = || {
            let error = error.map(str::to_owned);
            self.0.write_for(claim, move |on, claim| {
                Box::pin(async move { end(on, claim, state, error, always).await })
            })
        };
        let consequences = self.0.again(end).await?;
        consequences.count();
        if kind.is_some() {
            self.0.interest.ring();
        }
        Ok(consequences)
    }

    /// Says why a running job stands still, or that it no longer does.
    pub async fn set_waiting(&self, claim: &Claim, reason: Option<&str>) -> Result<()> {
        let reason = reason.map(str::to_owned);
        self.0
            .write_soon_for(claim, move |on, claim| {
                Box::pin(async move {
                    job::Entity::update_many()
                        .col_expr(job::Column::Waiting, Expr::value(reason.clone()))
                        .filter(job::Column::Id.eq(claim.job.clone()))
                        .filter(job::Column::State.eq(JobState::Running))
                        .exec(on)
                        .await
                        .map_err(query("note why a job waits"))?;
                    let kind = if reason.is_some() {
                        "job.waiting"
                    } else {
                        "job.waiting_ended"
                    };
                    events::record(on, &claim.job, kind, &json!({ "reason": reason })).await?;
                    Ok(())
                })
            })
            .await
    }

    /// Continues a job whose actor died: closes the attempts that it left open.
    pub async fn adopt(&self, claim: &Claim) -> Result<()> {
        self.0
            .write_soon_for(claim, move |on, claim| {
                Box::pin(async move {
                    crashes::close_attempts(on, std::slice::from_ref(&claim.job), LEFT_OPEN)
                        .await?;
                    let data = json!({ "epoch": claim.epoch });
                    events::record(on, &claim.job, "job.adopted", &data).await?;
                    Ok(())
                })
            })
            .await
    }
}

async fn end(
    on: &DatabaseTransaction,
    claim: &Claim,
    state: JobState,
    error: Option<String>,
    always: bool,
) -> Result<Consequences> {
    let at = clock::now_micros();
    let ended = job::Entity::update_many()
        .col_expr(job::Column::State, Expr::value(state))
        .col_expr(job::Column::Error, Expr::value(error.clone()))
        .col_expr(job::Column::Waiting, Expr::value(None::<String>))
        .col_expr(job::Column::EndedAt, Expr::value(at))
        .col_expr(job::Column::LeaseOwner, Expr::value(None::<String>))
        .col_expr(job::Column::LeaseUntilMs, Expr::value(None::<i64>))
        .col_expr(job::Column::LiveKey, Expr::value(None::<String>))
        .filter(job::Column::Id.eq(claim.job.clone()))
        .filter(job::Column::State.is_in([JobState::Queued, JobState::Running]))
        .exec(on)
        .await
        .map_err(query("end a job"))?;
    let kind = format!("job.{}", state.as_str());
    events::record(on, &claim.job, &kind, &json!({ "error": error })).await?;
    if ended.rows_affected == 0 {
        return Ok(Consequences::default());
    }
    // Of one whose beginning was in doubt nothing runs.
    crashes::close_attempts(on, std::slice::from_ref(&claim.job), NEVER_BEGUN).await?;
    if let Some(end) = EndKind::of(state) {
        let job = claim.job.clone();
        let ended = EndedJob {
            job,
            end,
            at,
            error,
            always,
        };
        record_end(on, ended).await?;
    }
    settle(on, std::slice::from_ref(&claim.job)).await
}
