//! Asking jobs to stop.

use entity::JobId;

use super::Runtime;
use crate::engine::store::{CancelOutcome, StoreError};

impl Runtime {
    /// Asks a job to stop within a batch. One that waits for others has ended then.
    pub async fn cancel(&self, id: &JobId) -> Result<CancelOutcome, StoreError> {
        let jobs = self.engine.store.jobs();
        let (outcome, consequences) = jobs.cancel_with_others(id).await?;
        self.engine.look(id);
        self.engine.notify(&consequences);
        Ok(outcome)
    }

    /// The same for many jobs, which were asked before, in the transaction of another change. They
    /// begin with those that need others.
    pub async fn cancel_together(&self, ids: &[JobId]) -> Result<(), StoreError> {
        let consequences = self.engine.store.jobs().end_blocked(ids).await?;
        for id in ids {
            self.engine.look(id);
        }
        self.engine.notify(&consequences);
        Ok(())
    }
}
