//! Keeps this process informed: of rules and followers, and of bells that other processes have rung.

use std::time::Duration;

use async_trait::async_trait;
use tokio::time::{Instant, sleep};

use crate::clock;
use crate::engine::seam::{Service, ServiceContext, StepError};
use crate::engine::store::StoreError;
use crate::systems::notifier::book::Book;
use crate::systems::notifier::hub::BellHub;
use crate::systems::notifier::store::NotificationStore;

/// A rule that was put in another process counts here after so long.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// How late a bell may ring that another process has rung.
const LISTEN_EVERY: Duration = Duration::from_millis(250);

/// Those who have just begun to listen may have looked this long ago.
const FIRST_LOOK_BACK_MICROS: i64 = 10_000_000;

/// The service.
pub(in crate::systems::notifier) struct Watch {
    pub store: NotificationStore,
    pub book: Book,
    pub hub: BellHub,
}

#[async_trait]
impl Service for Watch {
    fn name(&self) -> &'static str {
        "notification_watch"
    }

    async fn run(&self, with: ServiceContext) -> Result<(), StepError> {
        let mut looked_at: Option<Instant> = None;
        let mut since: Option<i64> = None;
        while !with.stop.is_cancelled() {
            match self.look(&mut looked_at, &mut since).await {
                Ok(()) => {}
                Err(error) if error.is_transient() => {
                    let health = self.store.engine().health();
                    health.warn(&error, "rules of notifications cannot be looked for");
                }
                Err(error) => return Err(error.into()),
            }
            tokio::select! {
                () = with.stop.cancelled() => {}
                () = sleep(LISTEN_EVERY) => {}
            }
        }
        Ok(())
    }
}

impl Watch {
    async fn look(
        &self,
        looked_at: &mut Option<Instant>,
        since: &mut Option<i64>,
    ) -> Result<(), StoreError> {
        if looked_at.is_none_or(|at| at.elapsed() >= LOOK_EVERY) {
            *looked_at = Some(Instant::now());
            self.book.look().await?;
        }
        if !self.hub.is_heard() {
            *since = None;
            return Ok(());
        }
        // Numbers are moments or later ones: what came before has been read by those who listen.
        let first = since.unwrap_or_else(|| clock::now_micros() - FIRST_LOOK_BACK_MICROS);
        let rung = self.store.rung_since(first).await?;
        *since = Some(rung.values().copied().fold(first, i64::max));
        self.hub.ring(&rung);
        Ok(())
    }
}
