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
use crate::engine::seam::{DutyLease, Service, ServiceContext, StepError};
use crate::engine::store::StoreError;

const DUTY: &str = "notifications";

/// A process that is silent this long is replaced.
const DUTY_MS: i64 = 15_000;
const RENEW_EVERY: Duration = Duration::from_secs(5);

/// A process that has not the duty asks for it so often.
const ASK_EVERY: Duration = Duration::from_secs(2);

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
        let duty = with.duty(DUTY, DUTY_MS);
        let mut held = false;
        // What jobs have come to is read by their flows, which are there soon.
        while !self.publisher.flows.is_started() && !with.stop.is_cancelled() {
            sleep(TOGETHER).await;
        }
        while !with.stop.is_cancelled() {
            let asked_at = Instant::now();
            let done = match duty.hold().await {
                Ok(true) => {
                    held = true;
                    self.tell(&duty, asked_at, &with.stop).await
                }
                Ok(false) => {
                    held = false;
                    Ok(())
                }
                Err(error) => Err(error),
            };
            match done {
                Ok(()) => {}
                Err(error) if error.is_transient() => {
                    let health = self.publisher.store.engine().health();
                    health.warn(&error, "notifications cannot be published");
                }
                Err(error) => return Err(error.into()),
            }
            tokio::select! {
                () = with.stop.cancelled() => {}
                () = sleep(ASK_EVERY) => {}
            }
        }
        if held {
            duty.leave().await;
        }
        Ok(())
    }
}

impl Teller {
    /// Works until it is to stop or another process has the duty.
    async fn tell(
        &self,
        duty: &DutyLease,
        held_since: Instant,
        stop: &CancellationToken,
    ) -> Result<(), StoreError> {
        let Publisher {
            store,
            book,
            receivers,
            ..
        } = &self.publisher;
        let mut sending = Sending::new(store.clone(), book.clone(), Arc::clone(receivers));
        let told = self.tell_on(&mut sending, duty, held_since, stop).await;
        sending.finish().await;
        told
    }

    async fn tell_on(
        &self,
        sending: &mut Sending,
        duty: &DutyLease,
        mut held_since: Instant,
        stop: &CancellationToken,
    ) -> Result<(), StoreError> {
        let mut rung = self.publisher.store.engine().interest().rung();
        let (mut looked_at, mut standing) = (Instant::now(), Standing::default());
        while !stop.is_cancelled() {
            // Also after this process was stopped and continued: then another one may have the duty.
            if held_since.elapsed() >= RENEW_EVERY {
                let asked_at = Instant::now();
                if !duty.hold().await? {
                    return Ok(());
                }
                held_since = asked_at;
            }
            rung.mark_unchanged();
            let is_more = self.publisher.publish().await?;
            if looked_at.elapsed() >= SLOW_LOOK_EVERY {
                looked_at = Instant::now();
                let Publisher { store, book, .. } = &self.publisher;
                self.publisher.report_unreported().await?;
                standing.look(store, book).await?;
            }
            sending.start_due().await?;
            if !is_more {
                rest(&mut rung, sending, stop).await;
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
