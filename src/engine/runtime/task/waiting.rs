//! Why a job stands still, told where people look.

use entity::batch;

use super::{TaskState, Trip, Waiting};
use crate::clock;
use crate::engine::seam::StepError;

impl TaskState {
    pub(super) async fn note_waiting(&mut self, error: &StepError) -> Result<(), Trip> {
        let reason = error.public_message().to_owned();
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

    /// Over when nothing that was planned has an outage behind it.
    pub(super) async fn forget_waiting(&mut self, batches: &[batch::Model]) -> Result<(), Trip> {
        let over = batches.iter().all(|batch| batch.outages == 0) && !batches.is_empty();
        if over && self.waiting.take().is_some() {
            self.engine.tree.waits(&self.claim.job, None);
            self.engine
                .store
                .jobs()
                .set_waiting(&self.claim, None)
                .await?;
        }
        Ok(())
    }
}
