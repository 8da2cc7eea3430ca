//! What the job of an instance waits for.

use chrono_tz::Tz;
use entity::{BatchState, JobState, batch, job};
use serde::Deserialize;

use super::finding::Finding;
use super::times::shown;
use super::{Why, flow_steps};
use crate::clock;
use crate::engine::store::{BatchKey, Shortage};
use crate::systems::pipelines::api::{Because, Explanation, SlotUser, WhyKind};
use crate::systems::pipelines::command::{Checkpoint, Phase};
use crate::systems::pipelines::error::PipelineError;
use crate::systems::pipelines::planning::Action;
use crate::systems::pipelines::slots;

/// The only batch of a job.
const BATCH: BatchKey = BatchKey { step_no: 0, no: 0 };

/// Instances that a sentence names.
const NAMED_MAX: usize = 3;

/// What the request of a job says of it.
#[derive(Deserialize)]
struct Named {
    project: String,
    instance: String,
}

impl Why {
    pub(crate) async fn job(&self, job: job::Model) -> Result<Explanation, PipelineError> {
        let named: Named = serde_json::from_str(&job.request)
            .map_err(|_| PipelineError::OtherJob(job.id.clone()))?;
        let known = self.pipelines.projects.find(&named.project);
        let zone = known.map_or(Tz::UTC, |known| known.project.timezone);
        let found = match job.state {
            JobState::Blocked => self.requirements(&job, zone).await?,
            JobState::Skipped => self.upstream(&job).await?,
            _ => self.itself(&job, zone).await?,
        };
        Ok(Explanation {
            sentence: format!("{} {}", named.instance, found.sentence),
            id: named.instance,
            job: Some(job.id.to_string()),
            state: job.state.as_str().to_owned(),
            because: found.because,
        })
    }

    /// What there is to say of a job that waits for no other one.
    pub(super) async fn itself(
        &self,
        job: &job::Model,
        zone: Tz,
    ) -> Result<Finding, PipelineError> {
        Ok(match job.state {
            JobState::Succeeded => Finding::only("is made"),
            JobState::Failed => {
                let error = job.error.as_deref().unwrap_or_default();
                Finding::only(format!("has failed: {error}"))
            }
            JobState::Cancelled => Finding::only("was cancelled"),
            _ if job.cancel_requested => Finding::only("is being stopped"),
            JobState::Queued => self.place(job, zone).await?,
            JobState::Running if job.lease_owner.is_none() => self.place(job, zone).await?,
            _ => self.under_way(job, zone).await?,
        })
    }

    /// What keeps a job from its place.
    async fn place(&self, job: &job::Model, zone: Tz) -> Result<Finding, PipelineError> {
        let runtime = self.pipelines.flows.runtime();
        if let Some(shortage) = runtime.shortage(job).await? {
            return Ok(of_shortage(&shortage, zone));
        }
        if runtime.waits_for(job, &[]).await?.is_none() {
            let others = self.made_by_others(job).await?;
            return Ok(others.unwrap_or_else(|| Finding::only("is about to begin")));
        }
        let most = self.jobs_at_once;
        let jobs = if most == 1 { "job" } else { "jobs" };
        let sentence = format!(
            "waits for a place: {most} {jobs} may run at once (pipelines.jobs_at_once), and as many do"
        );
        let because = Because {
            name: Some("pipelines.jobs_at_once".to_owned()),
            slots: u32::try_from(most).ok(),
            held: u32::try_from(most).ok(),
            ..Because::of(WhyKind::Limit)
        };
        Ok(Finding::of(sentence, because))
    }

    /// That the instance is made by others, for a job which has not looked for its outputs yet.
    async fn made_by_others(&self, job: &job::Model) -> Result<Option<Finding>, PipelineError> {
        let planned = self.pipelines.store.instance_of(&job.id).await?;
        let of_others = planned.filter(|planned| planned.action == Action::Wait.as_str());
        let reason = of_others.and_then(|planned| planned.reason);
        let missing = reason.as_deref().and_then(|it| it.strip_prefix("no "));
        Ok(missing.map(|missing| {
            let because = Because {
                missing: Some(missing.to_owned()),
                ..Because::of(WhyKind::Input)
            };
            Finding::of(format!("waits for {missing}, which others make"), because)
        }))
    }

    /// What keeps a job that has begun.
    async fn under_way(&self, job: &job::Model, zone: Tz) -> Result<Finding, PipelineError> {
        let engine = self.pipelines.store.engine();
        let batch = engine.batches().find(&job.id, BATCH).await?;
        let checkpoint = batch.as_ref().map(Checkpoint::of).unwrap_or_default();
        if let Phase::Waiting { since } = checkpoint.phase {
            return self.input(job, batch.as_ref(), since, zone).await;
        }
        let again_at = batch.as_ref().and_then(again_at);
        if let (Phase::Failed { reason, .. }, Some(at)) = (&checkpoint.phase, again_at) {
            return Ok(of_retry(reason, at, zone));
        }
        let steps = engine.steps().of(&job.id).await?;
        if let Some((error, at)) = flow_steps::starts_over(&steps) {
            return Ok(of_retry(error, at, zone));
        }
        if let Some(what) = flow_steps::waits_for(&self.pipelines, job, &steps) {
            let because = Because {
                detail: Some(what.to_owned()),
                ..Because::of(WhyKind::Input)
            };
            return Ok(Finding::of(format!("waits for {what}"), because));
        }
        let waiting = self
            .pipelines
            .flows
            .runtime()
            .waits_for(job, &steps)
            .await?;
        if let Some(waiting) = waiting {
            let detail = waiting.strip_prefix("waiting for ").unwrap_or(&waiting);
            let sentence = match waiting.starts_with("waiting for ") {
                true => format!("waits for {detail}"),
                false => format!("does not move: {detail}"),
            };
            let because = Because {
                detail: Some(detail.to_owned()),
                next_at: again_at.map(clock::rfc3339),
                ..Because::of(WhyKind::Outage)
            };
            return Ok(Finding::of(sentence, because));
        }
        if matches!(checkpoint.phase, Phase::New)
            && let Some(others) = self.made_by_others(job).await?
        {
            return Ok(others);
        }
        Ok(Finding::only(match job.started_at {
            Some(at) => format!("is being made since {}", shown(at, zone)),
            None => "is being made".to_owned(),
        }))
    }

    /// What others make, and when it is looked at again.
    async fn input(
        &self,
        job: &job::Model,
        batch: Option<&batch::Model>,
        since: i64,
        zone: Tz,
    ) -> Result<Finding, PipelineError> {
        let planned = self.pipelines.store.instance_of(&job.id).await?;
        let reason = planned.and_then(|instance| instance.reason);
        let missing = reason
            .as_deref()
            .and_then(|reason| reason.strip_prefix("no "));
        let what = missing.unwrap_or("its outputs");
        let next_at = batch.and_then(again_at);
        let (since_shown, then) = (
            shown(since, zone),
            match next_at {
                Some(at) => format!("looked at again at {}", shown(at, zone)),
                None => "looked at now".to_owned(),
            },
        );
        let sentence = format!("waits for {what}, which others make, since {since_shown}; {then}");
        let because = Because {
            missing: missing.map(str::to_owned),
            since: Some(clock::rfc3339(since)),
            next_at: next_at.map(clock::rfc3339),
            ..Because::of(WhyKind::Input)
        };
        Ok(Finding::of(sentence, because))
    }
}

/// By the time of day.
fn again_at(batch: &batch::Model) -> Option<i64> {
    let waits = matches!(batch.state, BatchState::Pending | BatchState::Parked);
    let at = batch.not_before_at.filter(|_| waits)?;
    (at > clock::steady::now_micros()).then(|| clock::steady::wall(at))
}

/// `load_daily(…) waits for warehouse: 1 of 1 held by load_daily(…) since 03:31:07`
fn of_shortage(shortage: &Shortage, zone: Tz) -> Finding {
    let (name, kind) = match slots::words(&shortage.slot) {
        slots::Words::Resource(name) => (name, WhyKind::Resource),
        slots::Words::Task(name) => (name, WhyKind::Limit),
    };
    let (held, needs) = (shortage.held, shortage.needs);
    let held_by: Vec<String> = shortage
        .holders
        .iter()
        .take(NAMED_MAX)
        .map(|holder| match holder.since {
            Some(since) => format!("{} since {}", holder.name(), shown(since, zone)),
            None => holder.name().to_owned(),
        })
        .collect();
    let held_by = format!("{}{}", held_by.join(", "), beyond(shortage.holders.len()));
    let kept_for = shortage.kept_for.iter().take(NAMED_MAX);
    let kept_for: Vec<&str> = kept_for.map(|holder| holder.name()).collect();
    let kept_for = format!("{}{}", kept_for.join(", "), beyond(shortage.kept_for.len()));
    let name = match kind {
        WhyKind::Limit => format!("a place of {name} (at_once)"),
        _ => name.to_owned(),
    };
    let sentence = match (shortage.most, held) {
        (None, _) => format!("waits for {name}: how much of it there is is not known here"),
        (Some(most), _) if needs > most => format!("waits for {name}: it needs {needs} of {most}"),
        (Some(most), held) if shortage.kept_for.is_empty() => {
            format!("waits for {name}: {held} of {most} held by {held_by}")
        }
        (Some(most), 0) => format!("waits for {name}: {most} of {most} kept for {kept_for}"),
        (Some(most), held) => {
            format!(
                "waits for {name}: {held} of {most} held by {held_by}, the rest is kept for {kept_for}"
            )
        }
    };
    let users = |holders: &[crate::engine::store::SlotHolder]| {
        let users = holders.iter();
        users
            .map(|holder| SlotUser::of(holder, &shortage.slot))
            .collect()
    };
    let because = Because {
        name: Some(match slots::words(&shortage.slot) {
            slots::Words::Resource(name) | slots::Words::Task(name) => name.to_owned(),
        }),
        needs: Some(needs),
        slots: shortage.most,
        held: Some(held),
        holders: Some(users(&shortage.holders)),
        kept_for: (!shortage.kept_for.is_empty()).then(|| users(&shortage.kept_for)),
        ..Because::of(kind)
    };
    Finding::of(sentence, because)
}

/// `reason` is that of the failure: `exit 4 in script 2, attempt 1 of 2`.
fn of_retry(reason: &str, at: i64, zone: Tz) -> Finding {
    let (error, numbers) = reason.rsplit_once(", attempt ").unwrap_or((reason, ""));
    let numbers = numbers.split_once(" of ");
    let number = |text: &str| text.parse::<u32>().ok();
    let failed = numbers.and_then(|(failed, _)| number(failed));
    let attempts = numbers.and_then(|(_, all)| number(all));
    let attempt = failed.map(|failed| failed + 1);
    let which = match (attempt, attempts) {
        (Some(attempt), Some(attempts)) => format!(", attempt {attempt} of {attempts}"),
        _ => String::new(),
    };
    let sentence = format!("is tried again at {}{which}: {error}", shown(at, zone));
    let because = Because {
        next_at: Some(clock::rfc3339(at)),
        attempt,
        attempts,
        detail: Some(error.to_owned()),
        ..Because::of(WhyKind::Retry)
    };
    Finding::of(sentence, because)
}

/// How many there are besides those that are named.
fn beyond(all: usize) -> String {
    match all.saturating_sub(NAMED_MAX) {
        0 => String::new(),
        more => format!(" and {more} more"),
    }
}
