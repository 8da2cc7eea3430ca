//! What runs beside the jobs.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::time::{Instant, sleep};
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

/// A process that has not the duty asks for it so often.
const ASK_EVERY: Duration = Duration::from_secs(2);

/// A duty is kept this many times in the length of its lease.
const RENEWALS: u32 = 3;

/// What the process does that has a duty.
#[async_trait]
pub trait DutyWork: Send {
    /// What cannot be done during an outage: `triggers cannot be fired`.
    fn prevented(&self) -> &'static str;

    /// Works until it is to stop, or [`HeldDuty::is_kept`] says that another process has the duty. After an
    /// error that passes it is called again: what matters is in the store.
    async fn work(&mut self, held: HeldDuty<'_>) -> Result<(), StoreError>;
}

/// A duty while this process has it.
pub struct HeldDuty<'a> {
    duty: &'a DutyLease,
    since: Instant,
    pub stop: &'a CancellationToken,
}

impl HeldDuty<'_> {
    /// Keeps the duty if it is time to; to be asked before each piece of work. `false`: another process
    /// has it, for this one may have been stopped and continued meanwhile.
    pub async fn is_kept(&mut self) -> Result<bool, StoreError> {
        if self.since.elapsed() < self.duty.lease() / RENEWALS {
            return Ok(true);
        }
        let asked_at = Instant::now();
        let is_kept = self.duty.hold().await?;
        self.since = asked_at;
        Ok(is_kept)
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
    fn lease(&self) -> Duration {
        Duration::from_millis(self.lease_ms.unsigned_abs())
    }

    /// Does the work of the duty whenever this process has it, until it is to stop.
    pub async fn serve(
        &self,
        work: &mut dyn DutyWork,
        stop: &CancellationToken,
    ) -> Result<(), StepError> {
        let mut is_held = false;
        while !stop.is_cancelled() {
            let since = Instant::now();
            let done = match self.hold().await {
                Ok(true) => {
                    is_held = true;
                    let duty = self;
                    work.work(HeldDuty { duty, since, stop }).await
                }
                Ok(false) => {
                    is_held = false;
                    Ok(())
                }
                Err(error) => Err(error),
            };
            match done {
                Ok(()) => {}
                Err(error) if error.is_transient() => {
                    self.store.health().warn(&error, work.prevented());
                }
                Err(error) => return Err(error.into()),
            }
            tokio::select! {
                () = stop.cancelled() => {}
                () = sleep(ASK_EVERY) => {}
            }
        }
        if is_held {
            self.leave().await;
        }
        Ok(())
    }

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
