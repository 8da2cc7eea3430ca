//! Letting ended jobs run again.

use entity::{JobId, job};

use super::Runtime;
use crate::engine::store::StoreError;

impl Runtime {
    /// Lets a failed or cancelled job continue at its checkpoints.
    pub async fn resume(&self, id: &JobId) -> Result<bool, StoreError> {
        let resumed = self.engine.store.jobs().resume(id).await?;
        self.engine.look(id);
        Ok(resumed)
    }

    /// Lets an ended job start over.
    pub async fn rerun(&self, id: &JobId) -> Result<bool, StoreError> {
        let rerun = self.engine.store.jobs().rerun(id).await?;
        self.engine.look(id);
        Ok(rerun)
    }

    /// The same, if nothing has started it again since it was `seen`.
    pub async fn rerun_as_seen(&self, seen: &job::Model) -> Result<bool, StoreError> {
        let rerun = self.engine.store.jobs().rerun_as_seen(seen).await?;
        self.engine.look(&seen.id);
        Ok(rerun)
    }

    /// Begins a job that a system has queued again.
    pub(crate) fn begin_again(&self, id: &JobId) {
        self.engine.look(id);
    }

    /// Lets a failed or cancelled job continue, from the beginning if it ended long ago. `false`: it
    /// is in another state.
    pub async fn resume_or_rerun(&self, id: &JobId) -> Result<bool, StoreError> {
        let again = self.engine.store.jobs().resume_or_rerun(id).await?;
        self.engine.look(id);
        Ok(again)
    }
}
