//! Workers that fetch their tasks over HTTP.

use std::time::Duration;

use serde_json::Value;
use tokio::time::{Instant, sleep_until};

use super::{Dispatch, Result, TaskId, parsed, taken};
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

/// Tasks may be taken back by another process or time.
const LOOK_EVERY: Duration = Duration::from_secs(1);

impl Dispatch {
    /// Leases tasks of a service, oldest first; waits for the first of them.
    pub async fn lease(&self, service: &str, asked: LeaseRequest) -> Result<Vec<Leased>> {
        let of = self.service(service)?;
        let (source_name, concurrency) = (of.source_name.clone(), of.concurrency);
        let until = Instant::now() + asked.wait;
        let lease = micros(asked.lease);
        loop {
            // Heard from here on, so that nothing is missed between the look and the wait.
            let waiting = self.bell().for_waiting();
            tokio::pin!(waiting);
            waiting.as_mut().enable();
            if self.store.any_waiting(service).await? {
                let taken = self
                    .store
                    .take(service, asked.most, lease, concurrency)
                    .await?;
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
                        let message = envelope(&id, service, &source_name, &condition);
                        Leased {
                            task_id,
                            attempt: taken.attempt,
                            key: taken.key,
                            until: taken.until,
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

    /// Lets the holder of a lease keep its task for longer, from now on.
    pub async fn renew(&self, id: &TaskId, key: &str, lease: Duration) -> Result<()> {
        let renewed = self.store.renew(&id.job, &id.service, key, micros(lease));
        taken(renewed.await?, id)
    }
}

fn micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}
