//! Workers that fetch their tasks over HTTP.

use std::time::Duration;

use serde_json::Value;
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep, sleep_until};
use tracing::warn;

use super::store::{Heartbeat, Progress, Taken};
use super::{Acknowledged, Dispatch, LOOK_EVERY, Result, TaskId, parsed};
use crate::clock;
use crate::engine::store::{StoreError, audit};
use crate::http::Caller;
use crate::systems::dispatch::services::envelope;

/// What a worker asks for.
#[derive(Clone, Copy, Debug)]
pub struct LeaseRequest {
    pub most: u64,
    /// How long to wait for a task if there is none.
    pub wait: Duration,
    /// How long a task is the worker's.
    pub lease: Duration,
}

/// What a worker says while it works.
#[derive(Clone, Debug)]
pub struct Beat {
    /// How long the task is to stay the worker's.
    pub lease: Duration,
    pub message: Option<String>,
    pub progress: Option<Progress>,
}

/// A task that is a worker's for a while.
#[derive(Clone, Debug)]
pub struct Leased {
    pub task_id: TaskId,
    pub attempt: i32,
    /// To be shown with every report.
    pub key: String,
    /// When the lease ends, in microseconds since 1970.
    pub until: i64,
    /// The message that would stand on the topic.
    pub message: Value,
}

/// Another process that gives places away does so within milliseconds.
const TURN_PAUSE: Duration = Duration::from_millis(3);

/// How long a worker that does not wait for a task waits for that.
const TURN_PATIENCE: Duration = Duration::from_secs(1);

impl Dispatch {
    /// Leases tasks of a service, oldest first; waits for the first of them, for as long as the caller is
    /// there.
    pub(crate) async fn lease(
        &self,
        service: &str,
        asked: LeaseRequest,
        caller: &Caller,
    ) -> Result<Vec<Leased>> {
        tokio::select! {
            biased;
            () = caller.has_left() => Ok(Vec::new()),
            leased = self.lease_first(service, asked, caller) => leased,
        }
    }

    async fn lease_first(
        &self,
        service: &str,
        asked: LeaseRequest,
        caller: &Caller,
    ) -> Result<Vec<Leased>> {
        let source_name = &self.service(service)?.source_name;
        let pulled = self.service(service)?.patience.pulled;
        let until = Instant::now() + asked.wait;
        let turn_until = until.max(Instant::now() + TURN_PATIENCE);
        loop {
            // Heard from here on, so that nothing is missed between the look and the wait.
            let waiting = self.bell().for_waiting();
            tokio::pin!(waiting);
            waiting.as_mut().enable();
            if self.store.any_waiting(service, pulled).await? {
                if caller.is_gone() {
                    return Ok(Vec::new());
                }
                let Some(taken) = self.take(service, asked).await? else {
                    if Instant::now() >= turn_until {
                        return Ok(Vec::new());
                    }
                    sleep(TURN_PAUSE).await;
                    continue;
                };
                if !taken.is_empty() {
                    // They have deadlines from now on.
                    self.bell().ring();
                    let leased = taken.into_iter().map(|taken| {
                        let task_id = TaskId {
                            service: service.to_owned(),
                            job: taken.job,
                        };
                        let condition = parsed(&taken.request)["condition"].take();
                        let id = task_id.to_string();
                        let attempt = taken.attempt;
                        let message = envelope(&id, service, source_name, &condition, attempt);
                        Leased {
                            task_id,
                            attempt,
                            key: taken.key,
                            until: clock::steady::wall(taken.until),
                            message: message.as_deref().map(parsed).unwrap_or_default(),
                        }
                    });
                    return Ok(leased.collect());
                }
            }
            let now = Instant::now();
            if now >= until {
                return Ok(Vec::new());
            }
            tokio::select! {
                () = waiting => {}
                () = sleep_until(until.min(now + LOOK_EVERY)) => {}
            }
        }
    }

    /// Takes tasks for this caller. If it is dropped meanwhile, they are given back. `None`: another
    /// process gives the places of the service away at this moment.
    async fn take(&self, service: &str, asked: LeaseRequest) -> Result<Option<Vec<Taken>>> {
        let of = self.service(service)?;
        let (concurrency, patience) = (of.concurrency, of.patience);
        let (dispatch, service) = (self.clone(), service.to_owned());
        let (reply, answer) = oneshot::channel();
        tokio::spawn(audit::carried(async move {
            let lease = micros(asked.lease);
            let store = &dispatch.store;
            let taken = store.take(&service, asked.most, lease, concurrency, patience.pulled);
            if let Err(Ok(Some(unwanted))) = reply.send(taken.await)
                && !unwanted.is_empty()
            {
                match store.give_back(unwanted, &patience).await {
                    Ok(()) => dispatch.bell().ring(),
                    Err(error) => warn!(error = %error, "leases are left to lapse"),
                }
            }
        }));
        let taken = answer.await.map_err(|_| StoreError::Closed)?;
        Ok(taken?)
    }

    /// Lets the holder of a lease keep its task for longer, from now on.
    pub async fn renew(&self, id: &TaskId, key: &str, beat: Beat) -> Result<Acknowledged> {
        let beat = Heartbeat {
            lease_us: micros(beat.lease),
            message: beat.message,
            progress: beat.progress,
        };
        let renewed = self.store.renew(&id.job, &id.service, key, beat).await?;
        self.acknowledge(renewed, id, false).await
    }
}

fn micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}
