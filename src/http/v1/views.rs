//! Puts together what is shown of a job.

use std::collections::HashSet;

use entity::{AttemptOutcome, HistoryState, JobId, JobState, StepState, attempt, batch, job, step};
use serde_json::Value;

use super::models::{Attempt, Job, JobCounts, JobSummary, Step};
use super::permissions::JobActions;
use crate::clock;
use crate::engine::StepProgress;
use crate::engine::store::StateCounts;
use crate::http::body::Word;
use crate::http::error::Failure;
use crate::http::submit::shown_request;
use crate::http::{Services, Who};
use crate::telemetry::trace::JobTrace;

/// Attempts that a job is shown with.
const ATTEMPTS_SHOWN: u64 = 50;

/// The id in a path. One that cannot be an id names no job either.
pub(crate) fn job_id(text: &str) -> Result<JobId, Failure> {
    text.parse()
        .map_err(|reason| Failure::not_found(format!("`{text}` names no job: {reason}")))
}

pub(crate) fn no_job(id: &JobId) -> Failure {
    Failure::not_found(format!("there is no job {id}"))
}

impl Services {
    pub(crate) async fn job(&self, id: &JobId) -> Result<job::Model, Failure> {
        let found = self.store.jobs().find(id).await?;
        // What is left of one that is being removed is not that of a job any more.
        let whole = found.filter(|job| job.history != HistoryState::Dropping);
        whole.ok_or_else(|| no_job(id))
    }

    /// A job with all that is known of it.
    pub(crate) async fn job_in_full(&self, who: &Who, id: &JobId) -> Result<Job, Failure> {
        let mut job = self.job(id).await?;
        let steps = self.store.steps().of(id).await?;
        job.waiting = self.runtime.waits_for(&job, &steps).await?;
        self.flows
            .fill_in_reasons(std::slice::from_mut(&mut job))
            .await;
        let under_way = self.store.batches().under_way(id).await?;
        let attempts = self.store.jobs().attempts(id, ATTEMPTS_SHOWN).await?;
        let figures = match self.flows.find(&job.flow) {
            Some(flow) => flow.view(&job).await,
            None => None,
        };
        let can = self.actions_of(who, &job);
        let alone = std::slice::from_ref(&job);
        let usual = self.store.jobs().usual_times(alone).await?.of(&job);
        let known = (can, usual, figures);
        Ok(whole(job, known, &steps, &under_way, attempts))
    }
}

fn whole(
    job: job::Model,
    (can, usual, figures): (JobActions, Option<i64>, Option<Value>),
    steps: &[step::Model],
    under_way: &[batch::Model],
    attempts: Vec<attempt::Model>,
) -> Job {
    let progress: Vec<StepProgress> = steps
        .iter()
        .map(|step| StepProgress::of(step, under_way.iter(), &running(&job, step, &attempts)))
        .collect();
    let moving = steps.iter().zip(&progress);
    let moving = moving
        .filter(|(step, _)| step.state == StepState::Running)
        .map(|(_, progress)| progress);
    Job {
        rows: progress.first().map_or(0, |step| step.rows),
        rows_per_s: progress.iter().map(|step| step.rows_per_s).sum(),
        eta_s: moving.filter_map(StepProgress::eta_s).max(),
        last_error: last_error(&job, steps, &attempts),
        steps: steps
            .iter()
            .zip(progress)
            .map(|(step, progress)| step_view(step, progress))
            .collect(),
        attempts: attempts
            .into_iter()
            .map(|attempt| attempt_view(attempt, steps))
            .collect(),
        instance: text(&figures, "instance"),
        run: text(&figures, "run"),
        needs: list(&figures, "needs"),
        outputs: list(&figures, "outputs"),
        figures,
        can,
        summary: summary(job, usual),
    }
}

fn text(figures: &Option<Value>, member: &str) -> Option<String> {
    let text = figures.as_ref()?.get(member)?.as_str()?;
    Some(text.to_owned())
}

fn list(figures: &Option<Value>, member: &str) -> Option<Vec<Value>> {
    let list = figures.as_ref()?.get(member)?.as_array()?;
    Some(list.clone())
}

/// The batches of a step that are worked on.
fn running(job: &job::Model, step: &step::Model, attempts: &[attempt::Model]) -> HashSet<i32> {
    if job.state != JobState::Running {
        return HashSet::new();
    }
    attempts
        .iter()
        .filter(|attempt| attempt.step_no == step.no)
        .filter(|attempt| attempt.outcome == AttemptOutcome::Running)
        .map(|attempt| attempt.batch_no)
        .collect()
}

/// `usual`: how long such jobs usually take, in microseconds.
pub(crate) fn summary(job: job::Model, usual: Option<i64>) -> JobSummary {
    let trace = JobTrace::of(job.id.as_str(), job.traceparent.as_deref(), 0);
    JobSummary {
        request: shown_request(&job),
        trace_id: trace.submit().trace_id(),
        id: job.id.to_string(),
        flow: job.flow,
        queue: job.queue,
        title: job.title,
        state: Word(job.state),
        created_at: clock::rfc3339(job.created_at),
        started_at: job.started_at.map(clock::rfc3339),
        ended_at: job.ended_at.map(clock::rfc3339),
        waiting: job.waiting,
        error: job.error,
        cancel_requested: job.cancel_requested,
        started_by: job.starter,
        usual_s: usual.map(|micros| micros as f64 / 1e6),
    }
}

pub(crate) fn counts(counted: StateCounts) -> JobCounts {
    let mut counts = JobCounts::default();
    for (state, count) in counted {
        let own = match state {
            JobState::Blocked => &mut counts.blocked,
            JobState::Queued => &mut counts.queued,
            JobState::Running => &mut counts.running,
            JobState::Parked => &mut counts.parked,
            JobState::Succeeded => &mut counts.succeeded,
            JobState::Failed => &mut counts.failed,
            JobState::Cancelled => &mut counts.cancelled,
            JobState::Skipped => &mut counts.skipped,
        };
        *own = count;
    }
    counts
}

fn step_view(step: &step::Model, progress: StepProgress) -> Step {
    Step {
        name: step.name.clone(),
        kind: step.kind.clone(),
        state: step.state.as_str().to_owned(),
        batches_done: progress.batches_done,
        batches_total: progress.batches_total,
        rows: progress.rows,
        rows_per_s: progress.rows_per_s,
        fraction: progress.fraction,
        notes: step
            .notes
            .iter()
            .flat_map(|notes| notes.lines())
            .map(str::to_owned)
            .collect(),
        error: step.last_error.clone(),
    }
}

pub(super) fn attempt_view(attempt: attempt::Model, steps: &[step::Model]) -> Attempt {
    let step = steps.iter().find(|step| step.no == attempt.step_no);
    Attempt {
        step: step.map(|step| step.name.clone()).unwrap_or_default(),
        batch: attempt.batch_no,
        no: attempt.no,
        outcome: attempt.outcome.as_str().to_owned(),
        started_at: clock::rfc3339(attempt.started_at),
        ended_at: attempt.ended_at.map(clock::rfc3339),
        error: attempt.error,
    }
}

/// Of the job itself, or of its newest attempt that has one, or of a step that was not planned.
fn last_error(
    job: &job::Model,
    steps: &[step::Model],
    attempts: &[attempt::Model],
) -> Option<String> {
    let of_attempts = || attempts.iter().find_map(|attempt| attempt.error.clone());
    let of_steps = || steps.iter().find_map(|step| step.last_error.clone());
    job.error.clone().or_else(of_attempts).or_else(of_steps)
}
