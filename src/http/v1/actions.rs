//! Stopping jobs, resuming them and running them again.

use entity::{JobId, JobState, job};
use poem_openapi::param::Path;
use poem_openapi::payload::Json;
use poem_openapi::{ApiResponse, OpenApi};

use super::Groups;
use super::models::Job;
use super::permissions::{Again, RERUN, RESUMED, wrong_state};
use super::views::{job_id, no_job};
use crate::engine::store::CancelOutcome;
use crate::http::error::Failure;
use crate::http::{Services, Who};

/// The operations.
pub(crate) struct ActionsApi(pub(super) Services);

#[derive(ApiResponse)]
enum Done {
    /// Stored; the engine sees to it.
    #[oai(status = 202)]
    Accepted(Json<Job>),
}

#[OpenApi(tag = "Groups::Jobs")]
impl ActionsApi {
    /// Cancel a job
    ///
    /// It stops within a batch, keeps what is durable and publishes nothing. It can be resumed.
    #[oai(
        path = "/v1/jobs/:job_id/cancel",
        method = "post",
        operation_id = "cancel_job"
    )]
    async fn cancel_job(&self, who: Who, job_id: Path<String>) -> poem::Result<Done> {
        let id = self::job_id(&job_id)?;
        match self.0.runtime.cancel(&id).await.map_err(Failure::from)? {
            CancelOutcome::Requested | CancelOutcome::AlreadyEnded(JobState::Cancelled) => {}
            CancelOutcome::Unknown => return Err(no_job(&id).into()),
            CancelOutcome::AlreadyEnded(state) => {
                return Err(wrong_state(&id, state, "an unfinished").into());
            }
        }
        self.done(&who, &id).await
    }

    /// Resume a job
    ///
    /// A failed or cancelled job continues at its checkpoints, unless it ended so long ago that
    /// these were dropped.
    #[oai(
        path = "/v1/jobs/:job_id/resume",
        method = "post",
        operation_id = "resume_job"
    )]
    async fn resume_job(&self, who: Who, job_id: Path<String>) -> poem::Result<Done> {
        let id = self::job_id(&job_id)?;
        let job = self.0.job(&id).await?;
        if self.flow_starts(&job, &RESUMED).await? {
            return self.begins_again(&who, &job).await;
        }
        if !self.0.runtime.resume(&id).await.map_err(Failure::from)? {
            return Err(RESUMED.refusal(&job).into());
        }
        self.begins_again(&who, &job).await
    }

    /// Rerun a job
    ///
    /// An ended job starts over from the beginning. What it had published stays in the tables
    /// until it publishes again.
    #[oai(
        path = "/v1/jobs/:job_id/rerun",
        method = "post",
        operation_id = "rerun_job"
    )]
    async fn rerun_job(&self, who: Who, job_id: Path<String>) -> poem::Result<Done> {
        self.rerun(&who, &job_id).await
    }

    /// Rerun a job, by the former name of this call
    ///
    /// The same as `/v1/jobs/{job_id}/rerun`.
    #[oai(
        path = "/v1/jobs/:job_id/retry",
        method = "post",
        operation_id = "retry_job",
        deprecated
    )]
    async fn retry_job(&self, who: Who, job_id: Path<String>) -> poem::Result<Done> {
        self.rerun(&who, &job_id).await
    }
}

impl ActionsApi {
    /// Lets the flow start a job again that the engine does not run itself.
    async fn flow_starts(&self, job: &job::Model, again: &Again) -> Result<bool, Failure> {
        let flow = self.0.flows.find(&job.flow);
        if let Some(refusal) = flow.as_ref().and_then(|flow| flow.refuses_again(job)) {
            return Err(Failure::conflict(refusal));
        }
        match flow {
            Some(flow) if again.may_begin(Some(&**flow), job.state) => {
                Ok(flow.start_again(job).await?)
            }
            _ => Ok(false),
        }
    }

    async fn rerun(&self, who: &Who, job_id: &str) -> poem::Result<Done> {
        let id = self::job_id(job_id)?;
        let job = self.0.job(&id).await?;
        if self.flow_starts(&job, &RERUN).await? {
            return self.begins_again(who, &job).await;
        }
        if !self.0.runtime.rerun(&id).await.map_err(Failure::from)? {
            return Err(RERUN.refusal(&job).into());
        }
        self.begins_again(who, &job).await
    }

    /// Whoever lets a job run again learns how it ends. `job` is as it was before.
    async fn begins_again(&self, who: &Who, job: &job::Model) -> poem::Result<Done> {
        if job.started_by.as_deref() != Some(who.name()) {
            let follows = self.0.store.follows();
            follows.add(job, who.name()).await.map_err(Failure::from)?;
        }
        self.done(who, &job.id).await
    }

    async fn done(&self, who: &Who, id: &JobId) -> poem::Result<Done> {
        Ok(Done::Accepted(Json(self.0.job_in_full(who, id).await?)))
    }
}
