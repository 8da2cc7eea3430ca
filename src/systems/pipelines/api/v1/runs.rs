//! Runs: which there are, what they do, and their end.

use entity::{JobId, RunState, job, pipeline_instance};
use poem_openapi::param::{Path, Query};
use poem_openapi::payload::Json;
use poem_openapi::{ApiResponse, Object, OpenApi};

use super::Groups;
use super::plans::Started;
use super::run_view::RunView;
use crate::clock;
use crate::http::Who;
use crate::http::body::{Word, WordFilter};
use crate::http::error::Failure;
use crate::http::v1::words::JobStates;
use crate::systems::pipelines::api::scope::{self, sees_instance};
use crate::systems::pipelines::api::words::{Actions, RunStates, action};
use crate::systems::pipelines::error::PipelineError;
use crate::systems::pipelines::pipelines::Pipelines;
use crate::systems::pipelines::store::{InstanceFilter, RunFilter};

/// The operations.
pub(crate) struct RunsApi(pub Pipelines);

/// Runs, newest first.
#[derive(Object)]
struct RunPage {
    runs: Vec<RunView>,
    /// Give it as `after` to get the next page; null on the last one.
    next: Option<String>,
}

/// Instances of a run, in the order of its plan.
#[derive(Object)]
struct RunJobPage {
    jobs: Vec<RunJob>,
    /// Give it as `after` to get the next page; null on the last one.
    next: Option<i32>,
}

/// An instance of a run, with the job that makes it.
#[derive(Object)]
struct RunJob {
    /// Its place in the plan.
    no: i32,
    /// With the significant parameters; that of another project begins with its name and `/`.
    instance: String,
    task: String,
    action: Option<Word<Actions>>,
    /// Such as `no data/report/2026-11-21.json`, `forced` or `stale`.
    reason: Option<String>,
    /// Places of the instances that it needs.
    needs: Vec<i32>,
    is_target: bool,
    /// Other runs may share it; null: nothing is to be done.
    job_id: Option<String>,
    /// Null without a job, and when what is known of it has been dropped.
    state: Option<Word<JobStates>>,
    /// What a job that does not move waits for.
    waiting: Option<String>,
    /// Why it failed.
    error: Option<String>,
    /// RFC 3339, like all times here.
    started_at: Option<String>,
    ended_at: Option<String>,
}

#[derive(ApiResponse)]
enum Cancelled {
    /// Stored; jobs that no other run needs are stopped.
    #[oai(status = 202)]
    Accepted(Json<RunView>),
}

#[OpenApi(tag = "Groups::Pipelines")]
impl RunsApi {
    /// List runs
    ///
    /// Newest first, a page at a time.
    #[oai(path = "/v1/runs", method = "get", operation_id = "list_runs")]
    #[expect(clippy::too_many_arguments, reason = "each is a parameter of the call")]
    async fn list_runs(
        &self,
        who: Who,
        /// Only runs of this project.
        project: Query<Option<String>>,
        /// Only runs in this state.
        state: Query<Option<WordFilter<RunStates>>>,
        /// Only runs whose plan has an instance of this task.
        task: Query<Option<String>>,
        /// Only runs that this trigger has started.
        trigger: Query<Option<String>>,
        /// Runs on a page.
        #[oai(
            default = "fifty",
            validator(minimum(value = "1"), maximum(value = "200"))
        )]
        limit: Query<u32>,
        /// `next` of the page before.
        after: Query<Option<String>>,
    ) -> poem::Result<Json<RunPage>> {
        let given = |name: Query<Option<String>>| name.0.filter(|name| !name.is_empty());
        let filter = RunFilter {
            project: given(project),
            projects: who.scope().projects().map(<[String]>::to_vec),
            state: state.0.and_then(|WordFilter(state)| state),
            task: given(task),
            trigger: given(trigger),
            before: after.0.map(cursor).transpose()?,
        };
        let names = [&filter.project, &filter.task, &filter.trigger];
        let can_match = names.into_iter().flatten().all(|name| is_name(name));
        if !can_match || !scope::sees_runs(&who) {
            return Ok(Json(RunPage::empty()));
        }
        let limit = limit.0 as usize;
        // One more than asked for shows whether there is a next page.
        let found = self.0.store.runs(&filter, limit as u64 + 1).await;
        let mut found = found.map_err(Failure::from)?;
        let more = found.len() > limit;
        found.truncate(limit);
        let next = found.last().filter(|_| more).map(|run| run.id.clone());
        let mut runs = Vec::with_capacity(found.len());
        for run in found {
            runs.push(RunView::of(&self.0, run).await?);
        }
        Ok(Json(RunPage { runs, next }))
    }

    /// Look at a run
    ///
    /// With what was asked for, and how many of its instances are in which state.
    #[oai(path = "/v1/runs/:run_id", method = "get", operation_id = "get_run")]
    async fn get_run(&self, who: Who, run_id: Path<String>) -> poem::Result<Json<RunView>> {
        let run = scope::run(&self.0, &who, &run_id).await?;
        Ok(Json(RunView::of(&self.0, run).await?))
    }

    /// List the jobs of a run
    ///
    /// All instances of its plan, also those for which nothing is to be done, a page at a time.
    #[oai(
        path = "/v1/runs/:run_id/jobs",
        method = "get",
        operation_id = "list_run_jobs"
    )]
    async fn list_run_jobs(
        &self,
        who: Who,
        run_id: Path<String>,
        /// Only those whose jobs are in this state.
        state: Query<Option<WordFilter<JobStates>>>,
        /// Only instances of this task.
        task: Query<Option<String>>,
        /// Instances on a page.
        #[oai(
            default = "fifty",
            validator(minimum(value = "1"), maximum(value = "200"))
        )]
        limit: Query<u32>,
        /// `next` of the page before.
        after: Query<Option<i32>>,
    ) -> poem::Result<Json<RunJobPage>> {
        let run = scope::run(&self.0, &who, &run_id).await?;
        let filter = InstanceFilter {
            state: state.0.and_then(|WordFilter(state)| state),
            task: task.0.filter(|task| !task.is_empty()),
            after: after.0,
        };
        if filter.task.as_deref().is_some_and(|task| !is_name(task)) {
            let (jobs, next) = (Vec::new(), None);
            return Ok(Json(RunJobPage { jobs, next }));
        }
        let limit = limit.0 as usize;
        let found = self.0.store.instances(&run.id, &filter, limit as u64 + 1);
        let mut found = found.await.map_err(Failure::from)?;
        let more = found.len() > limit;
        found.truncate(limit);
        let next = found.last().filter(|_| more).map(|(one, _)| one.no);
        let seen = found
            .into_iter()
            .filter(|(one, _)| sees_instance(&who, &one.identity));
        let jobs = seen.map(|(instance, job)| RunJob::of(instance, job));
        let jobs = jobs.collect();
        Ok(Json(RunJobPage { jobs, next }))
    }

    /// Cancel a run
    ///
    /// Jobs that other runs need go on. Its commands are given their grace.
    #[oai(
        path = "/v1/runs/:run_id/cancel",
        method = "post",
        operation_id = "cancel_run"
    )]
    async fn cancel_run(&self, who: Who, run_id: Path<String>) -> poem::Result<Cancelled> {
        let run = scope::run(&self.0, &who, &run_id).await?;
        let cancelled = self.0.cancel(&run).await.map_err(Failure::from)?;
        let run = self.0.run(&run.id).await.map_err(Failure::from)?;
        if !cancelled && run.state != RunState::Cancelled {
            let error = PipelineError::wrong_state(&run, "an unfinished");
            return Err(Failure::from(error).into());
        }
        Ok(Cancelled::Accepted(Json(RunView::of(&self.0, run).await?)))
    }

    /// Retry a run
    ///
    /// A new run with the same targets, planned with the project as it is now: it makes what is left of
    /// an ended one.
    #[oai(
        path = "/v1/runs/:run_id/retry",
        method = "post",
        operation_id = "retry_run"
    )]
    async fn retry_run(&self, who: Who, run_id: Path<String>) -> poem::Result<Started> {
        let run = scope::run(&self.0, &who, &run_id).await?;
        let known = scope::project(&self.0, &who, &run.project)?;
        let by = Some(who.name().to_owned());
        let projects = who.scope().projects().map(<[String]>::to_vec);
        let started = self.0.retry(known, &run, (by, projects)).await;
        let new = started.map_err(Failure::from)?.run;
        Ok(Started::of(RunView::of(&self.0, new).await?))
    }
}

impl RunPage {
    fn empty() -> Self {
        Self {
            runs: Vec::new(),
            next: None,
        }
    }
}

impl RunJob {
    fn of(instance: pipeline_instance::Model, job: Option<job::Model>) -> Self {
        let time = |at: Option<i64>| at.map(clock::rfc3339);
        let job = job.as_ref();
        Self {
            no: instance.no,
            instance: instance.identity,
            task: instance.task,
            action: action(&instance.action).map(Word),
            reason: instance.reason,
            needs: serde_json::from_str(&instance.needs).unwrap_or_default(),
            is_target: instance.is_target,
            job_id: instance.job_id.map(|job| job.to_string()),
            state: job.map(|job| Word(job.state)),
            waiting: job.and_then(|job| job.waiting.clone()),
            error: job.and_then(|job| job.error.clone()),
            started_at: time(job.and_then(|job| job.started_at)),
            ended_at: time(job.and_then(|job| job.ended_at)),
        }
    }
}

/// A run id, as the page before has it.
fn cursor(text: String) -> Result<String, Failure> {
    match text.parse::<JobId>() {
        Ok(id) => Ok(id.to_string()),
        Err(_) => Err(Failure::invalid(
            "after: expected the `next` value of an earlier page",
        )),
    }
}

/// Whether anything can have this name: databases refuse some texts.
fn is_name(text: &str) -> bool {
    let usual =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_".contains(&byte);
    text.len() <= 64 && text.bytes().all(usual)
}

fn fifty() -> u32 {
    50
}
