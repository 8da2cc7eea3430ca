//! Looks for schedules that other processes have stored.

use std::time::Duration;

use async_trait::async_trait;
use chrono::Utc;
use tokio::time::sleep;
use tracing::warn;

use super::book::Book;
use super::starting::refusal;
use super::store::ScheduleStore;
use crate::engine::Flows;
use crate::engine::seam::{Service, ServiceContext, StepError};

const LOOK_EVERY: Duration = Duration::from_secs(2);

/// The service.
pub(crate) struct ScheduleWatch {
    pub(crate) book: Book,
    pub(crate) store: ScheduleStore,
    pub(crate) flows: Flows,
}

#[async_trait]
impl Service for ScheduleWatch {
    fn name(&self) -> &'static str {
        "schedules"
    }

    async fn run(&self, with: ServiceContext) -> Result<(), StepError> {
        tokio::select! {
            () = with.stop.cancelled() => {}
            () = self.flows.wait_until_started() => self.report_refusals().await,
        }
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

impl ScheduleWatch {
    /// Schedules of the settings are read before it is known what their flows take. What is wrong with
    /// them may be mended before they fire.
    async fn report_refusals(&self) {
        let now = Utc::now().timestamp_micros();
        for (name, schedule) in self.book.all() {
            if self.book.is_of_settings(&name)
                && let Some(problem) = refusal(&self.flows, &schedule, now).await
            {
                let fault = format!("schedules.{name}.{problem}");
                warn!(fault, "a schedule of the settings would start nothing");
            }
        }
    }
}
