//! The leases of this process: renewed while their jobs run here, given up when they do not.

use std::time::Duration;

use entity::JobId;
use ractor::ActorRef;

use super::{JobsState, ToJobs};
use crate::engine::runtime::spans::log_of;
use crate::engine::runtime::task::ToTask;
use crate::engine::runtime::tree::Post;
use crate::engine::store::{Claim, StoreError};

impl JobsState {
    /// Gives up the lease of a job that is not run here any more, if it is still held. Kept, it
    /// would keep others from the job.
    pub(super) async fn release(&self, claim: Claim, myself: &ActorRef<ToJobs>) {
        const TRY_AGAIN: Duration = Duration::from_secs(1);
        let store = &self.engine.store;
        let released = match store.jobs().find(&claim.job).await {
            Ok(Some(job)) if job.lease_owner.is_some() && job.lease_epoch == claim.epoch => {
                store.leases().release(&claim).await
            }
            Ok(_) => Ok(()),
            Err(error) => Err(error),
        };
        match released {
            Ok(()) | Err(StoreError::LeaseLost { .. }) => {}
            Err(error) => {
                let log = log_of(&self.engine, &claim.job).await;
                log.in_scope(|| {
                    store.health().warn(&error, "a lease could not be given up");
                });
                myself.post_after(TRY_AGAIN, || ToJobs::Release(claim));
            }
        }
    }

    /// A job that needs what is not in the settings of this process, which do not change while it runs.
    pub(super) fn leave_to_others(&mut self, job: JobId, myself: &ActorRef<ToJobs>) {
        /// What the job still needs may be less by then.
        const PAUSE: Duration = Duration::from_secs(600);
        self.left_to_others.insert(job.clone());
        myself.post_after(PAUSE, || ToJobs::Again(job));
    }

    /// Jobs to which something has happened since they were left to others may be claimed here again:
    /// a step may be completed that needed what is missing here.
    pub(super) async fn forget_left_jobs(&mut self) -> Result<(), StoreError> {
        if !self.left_to_others.is_empty() {
            let leases = self.engine.store.leases();
            self.left_to_others = leases.still_left(&self.left_to_others).await?;
        }
        Ok(())
    }

    pub(super) async fn renew(&mut self) -> Result<(), StoreError> {
        if self.tasks.is_empty() {
            return Ok(());
        }
        let engine = &self.engine;
        let jobs: Vec<JobId> = self
            .tasks
            .values()
            .map(|task| task.claim.job.clone())
            .collect();
        let leases = engine.store.leases();
        let held = leases
            .renew(&engine.owner, &jobs, engine.limits.lease_ms)
            .await?;
        for task in self.tasks.values() {
            let job = held
                .iter()
                .find(|job| job.id == task.claim.job && job.lease_epoch == task.claim.epoch);
            // Lost, or asked to stop through another process: the task is to look.
            if job.is_none_or(|job| job.cancel_requested) {
                task.actor.post(ToTask::Look).ok();
            }
        }
        Ok(())
    }
}
