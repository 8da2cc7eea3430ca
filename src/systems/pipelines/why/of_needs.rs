//! Which of the jobs that it needs a job waits for, or was skipped for.

use std::collections::HashSet;

use chrono_tz::Tz;
use entity::{JobState, job};

use super::Why;
use super::finding::Finding;
use crate::systems::pipelines::api::{Because, WhyKind};
use crate::systems::pipelines::error::PipelineError;

impl Why {
    /// The jobs that it needs and that have not ended, and what the chain of them waits for at its end.
    pub(super) async fn requirements(
        &self,
        job: &job::Model,
        zone: Tz,
    ) -> Result<Finding, PipelineError> {
        let needed = self.needed(job, |state| !state.has_ended()).await?;
        let mut because: Vec<Because> = needed
            .iter()
            .map(|(job, soft)| Because {
                optional: Some(*soft),
                ..of_other(WhyKind::Requirement, job)
            })
            .collect();
        let Some((first, _)) = needed.first() else {
            return Ok(Finding::only("is about to begin"));
        };
        let word = match first.state {
            JobState::Running => "is being made",
            JobState::Parked => "waits",
            _ => "is not made yet",
        };
        let mut sentence = format!(
            "waits for {}, which {word}{}",
            name(first),
            more(needed.len())
        );
        let end = self
            .end_of_chain(first, |state| state == JobState::Blocked)
            .await?;
        let end = end.unwrap_or_else(|| first.clone());
        let found = self.itself(&end, zone).await?;
        if end.id != first.id || !found.because.is_empty() {
            sentence = format!("{sentence}; {} {}", name(&end), found.sentence);
            because.push(Because {
                missing: found.because.into_iter().find_map(|one| one.missing),
                ..of_other(WhyKind::Upstream, &end)
            });
        }
        Ok(Finding { sentence, because })
    }

    /// The last job of a chain of requirements that begins with this one: those before it are in a state
    /// which only says that they need others. `None`: this one is the last.
    async fn end_of_chain(
        &self,
        first: &job::Model,
        needs_others: impl Fn(JobState) -> bool,
    ) -> Result<Option<job::Model>, PipelineError> {
        let mut end: Option<job::Model> = None;
        let mut seen = HashSet::new();
        loop {
            let at = end.as_ref().unwrap_or(first);
            if !needs_others(at.state) || !seen.insert(at.id.clone()) {
                return Ok(end);
            }
            let is_open = |state: JobState| match at.state {
                JobState::Skipped => state.has_ended() && state != JobState::Succeeded,
                _ => !state.has_ended(),
            };
            let Some((next, _)) = self.needed(at, is_open).await?.into_iter().next() else {
                return Ok(end);
            };
            end = Some(next);
        }
    }

    /// The jobs that it needed and that did not succeed.
    pub(super) async fn upstream(&self, job: &job::Model) -> Result<Finding, PipelineError> {
        let failed = |state: JobState| state.has_ended() && state != JobState::Succeeded;
        let needed = self.needed(job, failed).await?;
        let because = needed
            .iter()
            .map(|(job, _)| of_other(WhyKind::Upstream, job));
        let mut because: Vec<Because> = because.collect();
        let sentence = match needed.first() {
            Some((first, _)) => {
                let is_skipped = |state| state == JobState::Skipped;
                let cause = match self.end_of_chain(first, is_skipped).await? {
                    Some(end) => {
                        because.push(of_other(WhyKind::Upstream, &end));
                        format!("; {} {}", name(&end), past(end.state))
                    }
                    None => String::new(),
                };
                let others = more(needed.len());
                format!(
                    "was skipped: {} {}{others}{cause}",
                    name(first),
                    past(first.state)
                )
            }
            None => "was skipped: something that it needs has failed".to_owned(),
        };
        Ok(Finding { sentence, because })
    }

    async fn needed(
        &self,
        job: &job::Model,
        is_meant: impl Fn(JobState) -> bool,
    ) -> Result<Vec<(job::Model, bool)>, PipelineError> {
        let jobs = self.pipelines.store.engine().jobs();
        let mut found = Vec::new();
        let mut seen = HashSet::new();
        for need in jobs.needs(&job.id).await? {
            if seen.insert(need.needs_id.clone())
                && let Some(needed) = jobs.find(&need.needs_id).await?
                && is_meant(needed.state)
            {
                found.push((needed, need.soft));
            }
        }
        // What moves comes first: it says most.
        found.sort_by_key(|(job, _)| job.state != JobState::Running);
        Ok(found)
    }
}

fn of_other(kind: WhyKind, job: &job::Model) -> Because {
    Because {
        id: Some(name(job).to_owned()),
        job: Some(job.id.to_string()),
        state: Some(job.state.as_str().to_owned()),
        ..Because::of(kind)
    }
}

fn name(job: &job::Model) -> &str {
    job.title.as_deref().unwrap_or(job.id.as_str())
}

/// How many there are besides the first.
fn more(all: usize) -> String {
    match all.saturating_sub(1) {
        0 => String::new(),
        more => format!(", and {more} more"),
    }
}

/// What became of a job that did not succeed.
fn past(state: JobState) -> &'static str {
    match state {
        JobState::Skipped => "was skipped",
        JobState::Cancelled => "was cancelled",
        state => state.as_str(),
    }
}
