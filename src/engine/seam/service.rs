//! What runs beside the jobs.

use std::sync::Arc;

use async_trait::async_trait;
use tokio_util::sync::CancellationToken;

use super::{Bell, StepError};
use crate::engine::store::{Beside, NewJob, Owner, Store, StoreError, Submitted};

/// Work that runs beside the jobs for as long as the program runs.
#[async_trait]
pub trait Service: Send + Sync {
    fn name(&self) -> &'static str;

    /// Returns once `with.stop` is cancelled. After an error or a panic it is called again, so it
    /// has to find in the store where it was.
    async fn run(&self, with: ServiceContext) -> Result<(), StepError>;
}

/// What a service is given.
#[derive(Clone)]
pub struct ServiceContext {
    pub stop: CancellationToken,
    /// The only door by which a service starts jobs.
    pub submit: Arc<dyn Submit>,
    pub bell: Bell,
    pub(in crate::engine) store: Store,
    pub(in crate::engine) owner: Owner,
}

/// Stores jobs, which run as soon as there is a place.
#[async_trait]
pub trait Submit: Send + Sync {
    async fn submit(&self, job: NewJob) -> Result<Submitted, StoreError>;

    /// Stores jobs, which may need each other, in one transaction with what belongs to them; returns what
    /// became of each. `None`: nothing was to be stored.
    async fn submit_together(
        &self,
        jobs: Vec<NewJob>,
        beside: Arc<dyn Beside>,
    ) -> Result<Option<Vec<Submitted>>, StoreError>;
}

impl ServiceContext {
    /// Work that only one process at a time may do, for as long as it holds this.
    pub fn duty(&self, name: &'static str, lease_ms: i64) -> DutyLease {
        DutyLease {
            store: self.store.clone(),
            owner: self.owner.clone(),
            name,
            lease_ms,
        }
    }
}

/// The right to do what one process at a time does for all that share the store.
#[derive(Clone, Debug)]
pub struct DutyLease {
    store: Store,
    owner: Owner,
    name: &'static str,
    lease_ms: i64,
}

impl DutyLease {
    /// Takes the duty, or keeps it; to be called again before the lease lapses. `false`: another
    /// process has it.
    pub async fn hold(&self) -> Result<bool, StoreError> {
        let duties = self.store.duties();
        duties.hold(self.name, &self.owner, self.lease_ms).await
    }

    /// Gives the duty up, so that another process can take it at once. If that fails, the lease
    /// lapses.
    pub async fn leave(&self) {
        let duties = self.store.duties();
        duties.leave(self.name, &self.owner).await.ok();
    }
}
