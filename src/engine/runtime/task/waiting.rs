//! Why a job stands still, noted where people look.

use std::time::Duration;

use entity::job;

use super::snapshot::JobSnapshot;
use super::{LookError, TaskState};
use crate::clock;
use crate::engine::runtime::waiting::pause;
use crate::engine::seam::StepError;
use crate::engine::store::OUTAGE;

/// What a job waits for because it is away. Stored with the job until it is over, whichever process
/// has the job then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct OutageNote {
    /// By the time of day.
    since: String,
    reason: String,
    pub text: String,
}

impl OutageNote {
    /// `before`: the note that it replaces, of the same outage.
    fn of(error: &StepError, before: Option<&Self>) -> Self {
        let message = error.public_message();
        let reason = match error.named() {
            Some(named) => format!("{named}: {message}"),
            None => message.to_owned(),
        };
        let now = || clock::rfc3339(clock::now_micros());
        let since = before.map_or_else(now, |before| before.since.clone());
        let text = format!("{OUTAGE}{} since {since}: {reason}", error.waits_for());
        Self {
            since,
            reason,
            text,
        }
    }

    /// `None`: the job waits for something else.
    fn stored(text: &str) -> Option<Self> {
        let (_, rest) = text.strip_prefix(OUTAGE)?.split_once(" since ")?;
        let (since, reason) = rest.split_once(": ")?;
        Some(Self {
            since: since.to_owned(),
            reason: reason.to_owned(),
            text: text.to_owned(),
        })
    }

    /// For how long it has lasted.
    pub fn age(&self) -> Duration {
        let since = clock::parse(&self.since);
        let micros = since.map_or(0, |since| clock::now_micros() - since);
        Duration::from_micros(u64::try_from(micros).unwrap_or(0))
    }
}

impl TaskState {
    pub(super) async fn note_waiting(&mut self, error: &StepError) -> Result<(), LookError> {
        let note = OutageNote::of(error, self.waiting.as_ref());
        if self
            .waiting
            .as_ref()
            .is_some_and(|waiting| waiting.reason == note.reason)
        {
            return Ok(());
        }
        let (jobs, text) = (self.engine.store.jobs(), note.text.clone());
        jobs.set_waiting(&self.claim, Some(&text)).await?;
        let job = &self.claim.job;
        self.engine.tree.waits(job, Some(text.clone()));
        self.span.event("job.waits", &[("reason", text)]);
        self.waiting = Some(note);
        Ok(())
    }

    /// The note of the process that had the job before, or of this one before the job was parked:
    /// an outage may not be over.
    pub(super) async fn take_over_note(&mut self, job: &job::Model) -> Result<(), LookError> {
        let Some(text) = job.waiting.as_deref().filter(|_| self.waiting.is_none()) else {
            return Ok(());
        };
        let Some(note) = OutageNote::stored(text) else {
            let jobs = self.engine.store.jobs();
            return Ok(jobs.set_waiting(&self.claim, None).await?);
        };
        let job = &self.claim.job;
        self.engine.tree.waits(job, Some(note.text.clone()));
        let backoff = self.engine.limits.backoff;
        self.troubles = self.troubles.max(backoff.pauses_within(note.age()));
        self.waiting = Some(note);
        Ok(())
    }

    /// Shows which time the job waits for where nothing of it runs.
    pub(super) fn show_pause(&self, seen: &JobSnapshot) {
        if self.waiting.is_some() {
            return;
        }
        let limits = &self.engine.limits;
        let pause = match self.children.is_empty() {
            true => pause(&seen.steps, &seen.pending, limits.into(), seen.now),
            false => None,
        };
        let reason = pause.map(|pause| pause.reason);
        self.engine.tree.waits(&self.claim.job, reason);
    }

    /// Over when no outage lies behind any batch.
    pub(super) async fn forget_waiting(&mut self) -> Result<(), LookError> {
        if self.waiting.is_none() {
            return Ok(());
        }
        let store = &self.engine.store;
        let steps = store.steps().of(&self.claim.job).await?;
        let has_batches = steps.iter().any(|step| step.batches_total > 0);
        if !has_batches || store.batches().any_outage(&self.claim.job).await? {
            return Ok(());
        }
        self.waiting = None;
        self.engine.tree.waits(&self.claim.job, None);
        let jobs = self.engine.store.jobs();
        Ok(jobs.set_waiting(&self.claim, None).await?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_is_understood_by_the_process_that_continues() {
        let error = StepError::outage("the source", "it is away: really").caused_by("x");
        let error = error.naming("the source", || "source `a`".to_owned());
        let note = OutageNote::of(&error, None);
        let (text, since) = (note.text.clone(), note.since.clone());
        let expected =
            format!("waiting for the source since {since}: source `a`: it is away: really");
        assert_eq!(text, expected);
        assert_eq!(OutageNote::stored(&text), Some(note.clone()));
        let later = OutageNote::of(&StepError::outage("the output", "locked"), Some(&note));
        assert_eq!(
            later.text,
            format!("waiting for the output since {since}: locked")
        );
        for other in ["parked until a signal arrives", "waiting for godot"] {
            assert_eq!(OutageNote::stored(other), None);
        }
    }
}
