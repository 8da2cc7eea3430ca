//! Looks up what the gauges of tasks show: how many wait and run, and for how long the oldest has.

use std::time::Duration;

use async_trait::async_trait;
use entity::{DispatchStatus, JobId};
use tokio::time::{Instant, sleep};
use tracing::debug;

use super::service::DispatchServices;
use crate::clock;
use crate::engine::seam::{Service, ServiceContext, StepError};
use crate::engine::store::StoreError;
use crate::systems::dispatch::store::{DispatchStore, OpenTasks};
use crate::telemetry::metrics::{Gauge, Sample, observe};

const LEAST_PAUSE: Duration = Duration::from_secs(2);

const SHOWN: [DispatchStatus; 2] = [DispatchStatus::Waiting, DispatchStatus::Running];

/// The service.
pub struct TaskGauges {
    pub store: DispatchStore,
    pub services: DispatchServices,
}

#[async_trait]
impl Service for TaskGauges {
    fn name(&self) -> &'static str {
        "task_gauges"
    }

    async fn run(&self, with: ServiceContext) -> Result<(), StepError> {
        while !with.stop.is_cancelled() {
            let began = Instant::now();
            match self.look().await {
                Ok(()) => {}
                // The gauges keep their values.
                Err(error) if error.is_transient() => debug!(%error, "tasks cannot be counted"),
                Err(error) => return Err(error.into()),
            }
            // However many tasks there are, counting them takes a small part of the time.
            tokio::select! {
                () = with.stop.cancelled() => {}
                () = sleep(LEAST_PAUSE.max(began.elapsed() * 20)) => {}
            }
        }
        Ok(())
    }
}

impl TaskGauges {
    async fn look(&self) -> Result<(), StoreError> {
        let open = self.store.open_tasks(None).await?;
        let now = clock::now_micros();
        let (mut tasks, mut oldest) = (Vec::new(), Vec::new());
        for service in self.services.names() {
            for status in SHOWN {
                let mut found = open.iter();
                let found = found.find(|open| open.service == *service && open.status == status);
                let sample = |value: f64| {
                    let sample = Sample::of(value).with("service", service.clone());
                    sample.with("status", status.as_str())
                };
                tasks.push(sample(found.map_or(0.0, |open| open.tasks as f64)));
                let since = found.and_then(since).unwrap_or(now);
                oldest.push(sample((now - since).max(0) as f64 / 1e6));
            }
        }
        observe(Gauge::DispatchTasks, tasks);
        observe(Gauge::DispatchOldest, oldest);
        Ok(())
    }
}

/// Since when the oldest of these tasks has waited or run, in microseconds since 1970.
fn since(open: &OpenTasks) -> Option<i64> {
    match open.status {
        DispatchStatus::Running => open.began_at,
        _ => created_at(&open.oldest),
    }
}

/// Ids carry the time at which they were made.
fn created_at(id: &JobId) -> Option<i64> {
    let id = uuid::Uuid::parse_str(id.as_str()).ok()?;
    let (seconds, nanos) = id.get_timestamp()?.to_unix();
    let micros = i64::try_from(seconds).ok()?.checked_mul(1_000_000)?;
    Some(micros + i64::from(nanos / 1_000))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_says_when_it_was_made() {
        let before = clock::now_micros();
        let made = created_at(&JobId::new()).unwrap();
        // It counts milliseconds.
        assert!((before - 1_000..=clock::now_micros()).contains(&made));
        let other: JobId = "0123456789abcdef0123456789abcdef".parse().unwrap();
        assert_eq!(created_at(&other), None);
    }
}
