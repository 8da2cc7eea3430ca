//! Tells people: publishes what has happened and sends messages, in one process at a time.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::watch;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use super::publisher::Publisher;
use super::sending::Sending;
use super::standing::Standing;
use crate::engine::seam::{DutyWork, HeldDuty, Service, ServiceContext, StepError};
use crate::engine::store::StoreError;

const DUTY: &str = "notifications";

/// A process that is silent this long is replaced.
const DUTY_MS: i64 = 15_000;

/// Other processes store notifications, too.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// What is stored in so short a time is published together.
const TOGETHER: Duration = Duration::from_millis(20);

/// How often jobs are looked for that take long, and ends that nobody has noted.
const SLOW_LOOK_EVERY: Duration = Duration::from_secs(5);

/// The service.
pub(in crate::systems::notifier) struct Teller {
    pub publisher: Publisher,
}

#[async_trait]
impl Service for Teller {
    fn name(&self) -> &'static str {
        "notifications"
    }

    async fn run(&self, with: ServiceContext) -> Result<(), StepError> {
        // What jobs have come to is read by their flows, which are there soon.
        tokio::select! {
            () = with.stop.cancelled() => {}
            () = self.publisher.flows.wait_until_started() => {}
        }
        let duty = with.duty(DUTY, DUTY_MS);
        duty.serve(&mut Telling(&self.publisher), &with.stop).await
    }
}

/// The work of the process that has the duty.
struct Telling<'a>(&'a Publisher);

#[async_trait]
impl DutyWork for Telling<'_> {
    fn prevented(&self) -> &'static str {
        "notifications cannot be published"
    }

    async fn work(&mut self, held: HeldDuty<'_>) -> Result<(), StoreError> {
        let Publisher {
            store,
            book,
            receivers,
            ..
        } = self.0;
        let mut sending = Sending::new(store.clone(), book.clone(), Arc::clone(receivers));
        let told = self.tell_on(&mut sending, held).await;
        sending.finish().await;
        told
    }
}

impl Telling<'_> {
    async fn tell_on(
        &self,
        sending: &mut Sending,
        mut held: HeldDuty<'_>,
    ) -> Result<(), StoreError> {
        let mut rung = self.0.store.engine().interest().rung();
        let (mut looked_at, mut standing) = (Instant::now(), Standing::default());
        while !held.stop.is_cancelled() && held.is_kept().await? {
            rung.mark_unchanged();
            let is_more = self.0.publish().await?;
            if looked_at.elapsed() >= SLOW_LOOK_EVERY {
                looked_at = Instant::now();
                let Publisher { store, book, .. } = self.0;
                self.0.report_unreported().await?;
                standing.look(store, book).await?;
            }
            sending.start_due().await?;
            if !is_more {
                rest(&mut rung, sending, held.stop).await;
            }
        }
        Ok(())
    }
}

/// Until there may be something to do.
async fn rest(rung: &mut watch::Receiver<()>, sending: &mut Sending, stop: &CancellationToken) {
    tokio::select! {
        () = stop.cancelled() => {}
        () = sleep(LOOK_EVERY) => {}
        () = sending.one_is_done() => {}
        changed = rung.changed() => match changed {
            Ok(()) => sleep(TOGETHER).await,
            // The store has gone, and the service will be stopped.
            Err(_) => sleep(LOOK_EVERY).await,
        },
    }
}
