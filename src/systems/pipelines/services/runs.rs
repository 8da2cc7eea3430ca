//! Ends runs whose jobs have ended.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use entity::{RunState, pipeline_run};
use tokio::sync::Notify;
use tokio::time::{Instant, sleep, sleep_until};
use tracing::info;

use crate::engine::seam::{Service, ServiceContext, StepError};
use crate::engine::store::{SlotHolder, StoreError};
use crate::systems::pipelines::projects::Projects;
use crate::systems::pipelines::store::PipelineStore;
use crate::telemetry::metrics::{Gauge, Sample, metrics, observe};

/// Jobs may end in other processes, whose bells are not heard here.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Looks of which each costs a few statements: not one for each job that ends.
const LEAST_PAUSE: Duration = Duration::from_millis(50);

/// A look at a great run takes longer: the pause after it is so many times as long.
const PAUSES: u32 = 10;

/// Counting what is held costs a look at all running jobs.
const GAUGES_EVERY: Duration = Duration::from_secs(2);

/// The service.
pub(crate) struct RunWatch {
    pub store: PipelineStore,
    pub projects: Arc<Projects>,
    /// Rung when a run has ended.
    pub status_changed: Arc<Notify>,
}

#[async_trait]
impl Service for RunWatch {
    fn name(&self) -> &'static str {
        "run_watch"
    }

    async fn run(&self, with: ServiceContext) -> Result<(), StepError> {
        let mut bell = with.bell.clone();
        let mut gauges_at = Instant::now();
        while !with.stop.is_cancelled() {
            let began = Instant::now();
            let are_due = gauges_at <= began;
            if are_due {
                gauges_at = began + GAUGES_EVERY;
            }
            match self.look(are_due).await {
                Ok(()) => {}
                Err(error) if error.is_transient() => {
                    let health = self.store.engine().health();
                    health.warn(&error, "runs cannot be looked at");
                }
                Err(error) => return Err(error.into()),
            }
            let pause = LEAST_PAUSE.max(began.elapsed() * PAUSES).min(LOOK_EVERY);
            tokio::select! {
                () = with.stop.cancelled() => {}
                () = sleep(LOOK_EVERY) => {}
                () = bell.rung() => sleep_until(began + pause).await,
            }
        }
        Ok(())
    }
}

impl RunWatch {
    async fn look(&self, with_gauges: bool) -> Result<(), StoreError> {
        let open = self.store.open_runs().await?;
        if with_gauges {
            self.show_runs(&open);
            self.show_slots().await?;
        }
        for run in open {
            if self.store.is_unfinished(&run).await? {
                continue;
            }
            let counts = self.store.counts(&run.id).await?;
            let state = state_of(&run, &counts);
            if self.store.end_run(&run.id, state, &counts).await? {
                if run.commit_id.is_some() {
                    self.status_changed.notify_one();
                }
                info!(run.id = %run.id, state = state.as_str(), "a run has ended");
                let labels = [("project", run.project.as_str()), ("state", state.as_str())];
                metrics().pipeline_runs_ended.add(1, &labels);
            }
        }
        Ok(())
    }

    /// Projects without open runs are shown, too: a gauge that is missing says nothing.
    fn show_runs(&self, open: &[pipeline_run::Model]) {
        let known = self.projects.names();
        let of_runs = open.iter().map(|run| run.project.clone());
        let names: BTreeSet<String> = known.into_iter().chain(of_runs).collect();
        let samples = names.into_iter().map(|name| {
            let number = open.iter().filter(|run| run.project == name).count();
            Sample::of(number as f64).with("project", name)
        });
        observe(Gauge::PipelineRuns, samples.collect());
    }

    async fn show_slots(&self) -> Result<(), StoreError> {
        let holders = self.store.engine().leases().slot_holders().await?;
        let mut held: BTreeMap<(String, String), u32> = BTreeMap::new();
        for (name, number) in holders.iter().flat_map(SlotHolder::slots) {
            if let Some((project, resource)) = name.split_once('/') {
                *held
                    .entry((project.to_owned(), resource.to_owned()))
                    .or_default() += number;
            }
        }
        let samples = held.into_iter().map(|((project, resource), number)| {
            Sample::of(f64::from(number))
                .with("project", project)
                .with("resource", resource)
        });
        observe(Gauge::PipelineSlots, samples.collect());
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
