//! Looks up what the gauges of tasks show: how many wait and run, and for how long the oldest has.

use std::time::Duration;

use async_trait::async_trait;
use entity::DispatchStatus;
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
                let since = found.and_then(OpenTasks::since).unwrap_or(now);
                oldest.push(sample((now - since).max(0) as f64 / 1e6));
            }
        }
        observe(Gauge::DispatchTasks, tasks);
        observe(Gauge::DispatchOldest, oldest);
        Ok(())
    }
}
