//! Why a job stands still, noted where people look.

use super::snapshot::JobSnapshot;
use super::{LookError, TaskState, Waiting};
use crate::clock;
use crate::engine::runtime::waiting::pause;
use crate::engine::seam::StepError;

impl TaskState {
    pub(super) async fn note_waiting(&mut self, error: &StepError) -> Result<(), LookError> {
        let message = error.public_message();
        let reason = match error.named() {
            Some(named) => format!("{named}: {message}"),
            None => message.to_owned(),
        };
        if self
            .waiting
            .as_ref()
            .is_some_and(|waiting| waiting.reason == reason)
        {
            return Ok(());
        }
        let since = self
            .waiting
            .as_ref()
            .map_or_else(clock::now_micros, |waiting| waiting.since);
        let text = format!(
            "waiting for {} since {}: {reason}",
            error.waits_for(),
            clock::rfc3339(since)
        );
        self.engine
            .store
            .jobs()
            .set_waiting(&self.claim, Some(&text))
            .await?;
        let job = &self.claim.job;
        self.engine.tree.waits(job, Some(text.clone()));
        self.span.event("job.waits", &[("reason", text)]);
        self.waiting = Some(Waiting { since, reason });
        Ok(())
    }

    /// Shows which time the job waits for where nothing of it runs.
    pub(super) fn show_pause(&self, seen: &JobSnapshot) {
        if self.waiting.is_some() {
            return;
        }
        let (now, most) = (clock::steady::now_micros(), self.engine.limits.attempts_max);
        let pause = match self.children.is_empty() {
            true => pause(&seen.steps, &seen.pending, most, now),
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
