//! Puts together what is shown of a job.

use std::collections::HashSet;

use entity::{AttemptOutcome, JobId, JobState, StepState, attempt, batch, job, step};
use tracing::warn;

use super::models::{Attempt, Figures, GroupFigures, Job, JobSummary, StageFigures, Step};
use crate::clock;
use crate::engine::StepProgress;
use crate::http::Services;
use crate::http::body::Word;
use crate::http::error::Failure;
use crate::http::submit::shown_request;
use crate::systems::labelling::{FLOW, StageTimes, StateRow, TaskFigures, TaskView};
use crate::telemetry::chain;
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
        self.store.jobs().find(id).await?.ok_or_else(|| no_job(id))
    }

    /// A job with all that is known of it.
    pub(crate) async fn job_in_full(&self, id: &JobId) -> Result<Job, Failure> {
        let job = self.job(id).await?;
        let steps = self.store.steps().of(id).await?;
        let under_way = self.store.batches().under_way(id).await?;
        let attempts = self.store.jobs().attempts(id, ATTEMPTS_SHOWN).await?;
        let figures = self.figures(&job).await;
        Ok(whole(job, &steps, &under_way, attempts, figures))
    }

    /// Missing while the output is away: the rest of the job can be shown all the same.
    async fn figures(&self, job: &job::Model) -> Option<Figures> {
        if job.flow != FLOW {
            return None;
        }
        match self.labelling.view(&job.id).await {
            Ok(view) => view.map(figures),
            Err(error) => {
                warn!(job.id = %job.id, error = chain(&error), "shown without its figures");
                None
            }
        }
    }
}

fn whole(
    job: job::Model,
    steps: &[step::Model],
    under_way: &[batch::Model],
    attempts: Vec<attempt::Model>,
    figures: Option<Figures>,
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
        figures,
        summary: summary(job),
    }
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

pub(crate) fn summary(job: job::Model) -> JobSummary {
    let trace = JobTrace::of(job.id.as_str(), job.traceparent.as_deref(), 0);
    JobSummary {
        request: shown_request(&job),
        trace_id: trace.submit().trace_id(),
        id: job.id.to_string(),
        flow: job.flow,
        queue: job.queue,
        state: Word(job.state),
        created_at: clock::rfc3339(job.created_at),
        started_at: job.started_at.map(clock::rfc3339),
        ended_at: job.ended_at.map(clock::rfc3339),
        waiting: job.waiting,
        error: job.error,
        cancel_requested: job.cancel_requested,
    }
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

fn attempt_view(attempt: attempt::Model, steps: &[step::Model]) -> Attempt {
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

fn figures(view: TaskView) -> Figures {
    let counts = view.figures.unwrap_or_else(|| TaskFigures::new(0));
    let row = view.state;
    Figures {
        stat: row.as_ref().map(|row| row.stat.clone()),
        prod_stat: row.as_ref().and_then(|row| row.prod_stat.clone()),
        published: view.published,
        check_point: row.as_ref().and_then(|row| row.check_point.clone()),
        rows_received: counts.received_total(),
        rows_labelled: counts.staged_total(),
        unmapped: counts.unmapped,
        skipped: counts.skipped,
        undated: counts.undated,
        groups: row.as_ref().map(groups).unwrap_or_default(),
        peak_memory_mb: row.as_ref().and_then(|row| row.peak_memory),
        run_time_minutes: row.as_ref().and_then(|row| row.run_time),
        rows_per_s: row
            .as_ref()
            .and_then(|row| row.run_time)
            .filter(|minutes| *minutes > 0.0)
            .map(|minutes| (counts.received_total() as f64 / minutes / 60.0).round()),
        stages: stages(counts.times),
    }
}

fn stages(times: StageTimes) -> Vec<StageFigures> {
    let stages = times.stages().into_iter();
    stages
        .map(|(stage, seconds, share)| StageFigures {
            stage: stage.to_owned(),
            seconds,
            share,
        })
        .collect()
}

/// Takes the comma-joined figures of `state` apart.
fn groups(row: &StateRow) -> Vec<GroupFigures> {
    let parts = |text: &Option<String>| -> Vec<String> {
        let text = text.as_deref().unwrap_or_default();
        text.split(',').map(str::to_owned).collect()
    };
    let published = parts(&row.length_prod_table);
    let authors = parts(&row.uniq_source_author);
    let rates = parts(&row.rate_of_label);
    let names = parts(&row.result).into_iter().enumerate();
    names
        .filter(|(_, group)| !group.is_empty())
        .map(|(at, group)| GroupFigures {
            group,
            rows_published: number(&published, at),
            unique_authors: number(&authors, at),
            rate_of_label: number(&rates, at),
        })
        .collect()
}

fn number<T: std::str::FromStr + Default>(texts: &[String], at: usize) -> T {
    let text = texts.get(at).map(String::as_str).unwrap_or_default();
    text.parse().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn joined_figures_are_taken_apart() {
        let row = StateRow {
            result: Some("fbfans,Ptt".to_owned()),
            length_prod_table: Some("467,3".to_owned()),
            uniq_source_author: Some("4000,8".to_owned()),
            rate_of_label: Some("11.68,37.5".to_owned()),
            ..StateRow::default()
        };
        let of = |group: &str, rows_published, unique_authors, rate_of_label| GroupFigures {
            group: group.to_owned(),
            rows_published,
            unique_authors,
            rate_of_label,
        };
        assert_eq!(
            groups(&row),
            [of("fbfans", 467, 4000, 11.68), of("Ptt", 3, 8, 37.5)]
        );
        assert_eq!(groups(&StateRow::default()), []);
    }
}
