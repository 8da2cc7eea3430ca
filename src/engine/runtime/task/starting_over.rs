//! A failed job that begins again by itself.

use tracing::info;

use super::snapshot::{JobSnapshot, job_policy};
use super::{LookError, TaskState};
use crate::backoff::Backoff;
use crate::clock;

impl TaskState {
    /// Lets the job, of which nothing runs any more, begin again after a pause.
    pub(super) async fn start_over(
        &mut self,
        reason: String,
        seen: &JobSnapshot,
    ) -> Result<(), LookError> {
        let announced = self.announce_failure(reason.clone()).await;
        self.unless_shown(announced)?;
        let failures = u32::try_from(seen.job.generation).unwrap_or(0) + 1;
        let policy = job_policy(&seen.steps)?.map(|(_, policy)| policy);
        let policy = policy.unwrap_or_default();
        let backoff = Backoff {
            first: policy.retry_first,
            longest: policy.retry_longest,
        };
        let pause = backoff.pause(failures, self.spread());
        let at = clock::steady::now_micros() + pause.as_micros() as i64;
        // Its steps are prepared and notified anew, whether or not this is stored.
        self.begun = None;
        self.doubtful_starts.clear();
        self.parked_looks.clear();
        self.waiting = None;
        let jobs = self.engine.store.jobs();
        jobs.start_over(&self.claim, &reason, at).await?;
        self.engine.hub.changed(&self.claim.job);
        self.span
            .event("job.retried", &[("reason", reason.clone())]);
        info!(job.id = %self.claim.job, reason, "the job starts over");
        Ok(())
    }
}
