//! Ends the attempts of tasks that nobody has reported on in time.

use std::time::Duration;

use async_trait::async_trait;
use tokio::time::sleep;
use tracing::info;

use super::bell::Bell;
use super::service::DispatchServices;
use crate::clock;
use crate::engine::seam::{Service, ServiceContext, StepError};
use crate::engine::store::StoreError;
use crate::systems::dispatch::store::DispatchStore;

/// Tasks that are looked at in one go.
const AT_ONCE: u64 = 200;

/// Another process may have given a task a deadline.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// The service.
pub struct Overseer {
    pub store: DispatchStore,
    pub services: DispatchServices,
    pub bell: Bell,
}

#[async_trait]
impl Service for Overseer {
    fn name(&self) -> &'static str {
        "overseer"
    }

    async fn run(&self, with: ServiceContext) -> Result<(), StepError> {
        while !with.stop.is_cancelled() {
            let pause = match self.look().await {
                Ok(pause) => pause,
                Err(error) if error.is_transient() => {
                    self.store
                        .engine()
                        .health()
                        .warn(&error, "overdue tasks cannot be looked for");
                    LOOK_EVERY
                }
                Err(error) => return Err(error.into()),
            };
            tokio::select! {
                () = with.stop.cancelled() => {}
                () = self.bell.for_overdue() => {}
                () = sleep(pause) => {}
            }
        }
        Ok(())
    }
}

impl Overseer {
    /// Answers until when nothing is overdue, as far as is known.
    async fn look(&self) -> Result<Duration, StoreError> {
        loop {
            let overdue = self.store.overdue(AT_ONCE).await?;
            for task in &overdue {
                let patience = self.services.patience(&task.service);
                let failed = self.store.expire(task, &patience).await?;
                info!(job.id = %task.job, failed, "a task is overdue");
                self.bell.ring();
            }
            if (overdue.len() as u64) < AT_ONCE {
                break;
            }
        }
        let next = self.store.next_deadline_at().await?;
        let left = next.map_or(i64::MAX, |at| (at - clock::steady::now_micros()).max(0));
        // A moment behind the deadline, so that it has passed.
        let left = Duration::from_micros(left.unsigned_abs()) + Duration::from_millis(1);
        Ok(left.min(LOOK_EVERY))
    }
}
