//! Submitting jobs, looking at them and removing them.

use entity::JobId;
use poem::Request;
use poem_openapi::param::{Header, Path, Query};
use poem_openapi::payload::Json;
use poem_openapi::{ApiResponse, OpenApi};

use super::Groups;
use super::cursor::JobCursor;
use super::models::{Job, JobPage};
use super::moment::Moment;
use super::new_job::NewJob;
use super::views::{self, job_id, summary};
use super::words::JobStates;
use crate::engine::seam::Composed;
use crate::engine::store::{JobFilter, JobsFound, StoreError, audit};
use crate::http::body::{JsonBody, WordFilter};
use crate::http::error::Failure;
use crate::http::submit::{checked_key, has_body};
use crate::http::{Caller, Services, Who};

/// The operations.
pub(crate) struct JobsApi(pub(super) Services);

#[derive(ApiResponse)]
enum Submitted {
    /// The job is stored and runs as soon as there is a place.
    #[oai(status = 202)]
    Accepted(
        Json<Job>,
        /// Where to look at the job.
        #[oai(header = "Location")]
        String,
    ),
}

#[derive(ApiResponse)]
enum Removed {
    /// Nothing is left of the job.
    #[oai(status = 204)]
    Done,
}

#[OpenApi(tag = "Groups::Jobs")]
impl JobsApi {
    /// Submit a job
    ///
    /// The job is stored when the answer is sent and survives a crash of the server. What it
    /// refers to is checked first.
    #[oai(path = "/v1/jobs", method = "post", operation_id = "submit_job")]
    async fn submit_job(
        &self,
        http: &Request,
        /// Up to 255 characters. The same key with the same body answers with the job that was
        /// submitted before; with another body it is refused.
        #[oai(name = "Idempotency-Key", validator(min_length = 1, max_length = 255))]
        key: Header<Option<String>>,
        who: Who,
        body: JsonBody<NewJob>,
    ) -> poem::Result<Submitted> {
        let key = key.0.map(checked_key).transpose()?;
        let key = key.map(|key| who.scope().stored_key(key));
        let composing = body.value.compose(&self.0.flows, key.clone())?;
        let caller = Caller::of(http);
        let composing = async {
            let composed = caller.waits_for(composing).await;
            Ok(composed.ok_or_else(Failure::caller_left)??)
        };
        let id = self.submit_once(&who, composing, key, &body.digest).await?;
        let job = self.0.job_in_full(&who, &id).await?;
        Ok(Submitted::Accepted(Json(job), format!("/v1/jobs/{id}")))
    }

    /// List jobs
    ///
    /// Newest first, a page at a time.
    #[oai(path = "/v1/jobs", method = "get", operation_id = "list_jobs")]
    #[expect(clippy::too_many_arguments, reason = "each is a parameter of the call")]
    async fn list_jobs(
        &self,
        who: Who,
        /// Only jobs in this state.
        state: Query<Option<WordFilter<JobStates>>>,
        /// Only runs of this flow.
        flow: Query<Option<String>>,
        /// Only jobs of this queue.
        queue: Query<Option<String>>,
        /// Only jobs that this one started, as `started_by` of a job names it.
        #[oai(validator(max_length = 255))]
        started_by: Query<Option<String>>,
        /// Only jobs in whose id, title, request, reason or error this text stands, in capitals or not.
        #[oai(validator(max_length = 200))]
        q: Query<Option<String>>,
        /// Only jobs that were made at this moment or later.
        from: Query<Option<Moment>>,
        /// Only jobs that were made before this moment.
        to: Query<Option<Moment>>,
        /// Whether to count the jobs in each state, too. Callers with limits on projects or services are
        /// not told numbers.
        #[oai(default)]
        counts: Query<bool>,
        /// Jobs on a page.
        #[oai(
            default = "fifty",
            validator(minimum(value = "1"), maximum(value = "200"))
        )]
        limit: Query<u32>,
        /// `next` of the page before.
        after: Query<Option<JobCursor>>,
    ) -> poem::Result<Json<JobPage>> {
        let filter = JobFilter {
            queues: None,
            state: state.0.and_then(|WordFilter(state)| state),
            is_unfinished: false,
            flow: flow.0.filter(|flow| !flow.is_empty()),
            queue: queue.0.filter(|queue| !queue.is_empty()),
            started_by: started_by.0.filter(|name| !name.is_empty()),
            before: after.0.map(|JobCursor(job)| job),
            from: from.0.map(|Moment(at)| at),
            to: to.0.map(|Moment(at)| at),
            text: q.0.filter(|text| !text.is_empty()),
        };
        let counts = match counts.0 {
            true => who.counts(&self.0.store).await.map_err(Failure::from)?,
            false => None,
        };
        let limit = limit.0 as usize;
        // One more than asked for shows whether there is a next page.
        let found = who.search(&self.0.store, filter, limit + 1).await;
        let JobsFound {
            mut jobs,
            looked_until,
        } = found.map_err(Failure::from)?;
        let more = jobs.len() > limit;
        jobs.truncate(limit);
        let placed = self.0.runtime.fill_in_places(&mut jobs).await;
        placed.map_err(Failure::from)?;
        self.0.flows.fill_in_reasons(&mut jobs).await;
        let usual = self.0.store.jobs().usual_times(&jobs).await;
        let usual = usual.map_err(Failure::from)?;
        let shown = |job| {
            let usual = usual.of(&job);
            summary(job, usual)
        };
        let last = jobs.last().filter(|_| more).map(|job| job.id.clone());
        Ok(Json(JobPage {
            next: last.or(looked_until).map(String::from),
            counts: counts.map(views::counts),
            jobs: jobs.into_iter().map(shown).collect(),
        }))
    }

    /// Look at a job
    ///
    /// With its steps, its newest attempts, how fast it is, and what it waits for.
    #[oai(path = "/v1/jobs/:job_id", method = "get", operation_id = "get_job")]
    async fn get_job(&self, who: Who, job_id: Path<String>) -> poem::Result<Json<Job>> {
        let id = self::job_id(&job_id)?;
        Ok(Json(self.0.job_in_full(&who, &id).await?))
    }

    /// Remove a job
    ///
    /// An ended job goes with everything that it has left: its published rows, its row in `state`, its
    /// files and its history. It is done to its end even if the server is killed meanwhile.
    #[oai(
        path = "/v1/jobs/:job_id",
        method = "delete",
        operation_id = "remove_job"
    )]
    async fn remove_job(&self, job_id: Path<String>) -> poem::Result<Removed> {
        let id = self::job_id(&job_id)?;
        self.0.runtime.remove(&id).await.map_err(Failure::from)?;
        Ok(Removed::Done)
    }
}

impl JobsApi {
    /// Submits a request, or finds the job that was submitted under the same key. The bodies are
    /// compared: what a request means may differ from one minute to the next, as its default
    /// range does.
    async fn submit_once(
        &self,
        who: &Who,
        composing: impl Future<Output = Result<Composed, Failure>> + Send,
        key: Option<String>,
        digest: &str,
    ) -> Result<JobId, Failure> {
        if let Some(before) = self.submitted_before(key.as_deref(), digest).await? {
            return Ok(before);
        }
        let mut composed = composing.await?;
        composed.job.started_by = Some(who.name().to_owned());
        who.may_start(&composed.job.queue, &composed.job.request)?;
        match self.0.flows.store(composed, Some(digest)).await {
            Ok(accepted) => Ok(accepted.job),
            // Somebody else used the key in between.
            Err(error @ StoreError::KeyReused) => {
                let before = self.submitted_before(key.as_deref(), digest).await?;
                before.ok_or_else(|| error.into())
            }
            Err(error) => Err(error.into()),
        }
    }

    async fn submitted_before(
        &self,
        key: Option<&str>,
        digest: &str,
    ) -> Result<Option<JobId>, Failure> {
        let Some(key) = key else {
            return Ok(None);
        };
        let Some(job) = self.0.store.jobs().find_by_key(key).await? else {
            return Ok(None);
        };
        if has_body(&job, digest) {
            audit::about(&job.id);
            Ok(Some(job.id))
        } else {
            Err(StoreError::KeyReused.into())
        }
    }
}

fn fifty() -> u32 {
    50
}
