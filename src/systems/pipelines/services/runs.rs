//! Ends runs whose jobs have ended.

use std::collections::BTreeMap;
use std::time::Duration;

use async_trait::async_trait;
use entity::{RunState, pipeline_run};
use tokio::time::{Instant, sleep, sleep_until};
use tracing::info;

use crate::engine::seam::{Service, ServiceContext, StepError};
use crate::engine::store::StoreError;
use crate::systems::pipelines::store::PipelineStore;

/// Jobs may end in other processes, whose bells are not heard here.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Looks of which each costs a few statements: not one for each job that ends.
const LEAST_PAUSE: Duration = Duration::from_millis(50);

/// The service.
pub(crate) struct RunWatch {
    pub store: PipelineStore,
}

#[async_trait]
impl Service for RunWatch {
    fn name(&self) -> &'static str {
        "run_watch"
    }

    async fn run(&self, with: ServiceContext) -> Result<(), StepError> {
        let mut bell = with.bell.clone();
        while !with.stop.is_cancelled() {
            let began = Instant::now();
            match self.look().await {
                Ok(()) => {}
                Err(error) if error.is_transient() => {
                    let health = self.store.engine().health();
                    health.warn(&error, "runs cannot be looked at");
                }
                Err(error) => return Err(error.into()),
            }
            tokio::select! {
                () = with.stop.cancelled() => {}
                () = sleep(LOOK_EVERY) => {}
                () = bell.rung() => sleep_until(began + LEAST_PAUSE).await,
            }
        }
        Ok(())
    }
}

impl RunWatch {
    async fn look(&self) -> Result<(), StoreError> {
        for run in self.store.open_runs().await? {
            if self.store.is_unfinished(&run).await? {
                continue;
            }
            let counts = self.store.counts(&run.id).await?;
            let state = state_of(&run, &counts);
            if self.store.end_run(&run.id, state, &counts).await? {
                info!(run.id = %run.id, state = state.as_str(), "a run has ended");
            }
        }
        Ok(())
    }
}

/// What a run has come to, with so many instances in each state.
pub(crate) fn state_of(run: &pipeline_run::Model, counts: &BTreeMap<String, u64>) -> RunState {
    const FAILURES: [&str; 4] = ["failed", "skipped", "missing", "blocked"];
    let is_there = |word: &str| counts.get(word).is_some_and(|count| *count > 0);
    if run.cancel_requested {
        RunState::Cancelled
    } else if FAILURES.into_iter().any(is_there) {
        RunState::Failed
    } else if is_there("cancelled") {
        // Somebody has cancelled single jobs of it.
        RunState::Failed
    } else {
        RunState::Succeeded
    }
}
