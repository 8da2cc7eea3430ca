//! Looks for schedules that other processes have stored.

use std::time::Duration;

use async_trait::async_trait;
use tokio::time::sleep;

use super::book::Book;
use super::store::ScheduleStore;
use crate::engine::seam::{Service, ServiceContext, StepError};

const LOOK_EVERY: Duration = Duration::from_secs(2);

/// The service.
pub(crate) struct ScheduleWatch {
    pub(crate) book: Book,
    pub(crate) store: ScheduleStore,
}

#[async_trait]
impl Service for ScheduleWatch {
    fn name(&self) -> &'static str {
        "schedules"
    }

    async fn run(&self, with: ServiceContext) -> Result<(), StepError> {
        while !with.stop.is_cancelled() {
            match self.book.look().await {
                Ok(()) => {}
                Err(error) if error.is_transient() => {
                    let health = self.store.engine().health();
                    health.warn(&error, "schedules cannot be read");
                }
                Err(error) => return Err(error.into()),
            }
            tokio::select! {
                () = with.stop.cancelled() => {}
                () = sleep(LOOK_EVERY) => {}
            }
        }
        Ok(())
    }
}
