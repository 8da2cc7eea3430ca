//! What gauges and the view of the tree show of the engine.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use tokio::time::{Instant, timeout};
use tracing::debug;

use super::tree::ActorView;
use super::{ActorKind, Runtime};
use crate::clock;
use crate::engine::store::{Owner, StoreError};
use crate::telemetry::chain;
use crate::telemetry::metrics::{Gauge, Sample, observe};

/// Less than the time-out of a scrape.
const PATIENCE: Duration = Duration::from_secs(2);

const LEAST_PAUSE: Duration = Duration::from_millis(500);

impl Runtime {
    /// The living actors, parents before their children.
    pub fn actors(&self) -> Vec<ActorView> {
        self.engine.tree.view()
    }

    /// This process, as the store knows it.
    pub fn owner(&self) -> &Owner {
        &self.engine.owner
    }

    /// How many jobs run at once in this process.
    pub fn jobs_at_once(&self) -> usize {
        self.engine.limits.jobs_at_once
    }

    /// How many jobs of a queue run at once in all processes, for queues with a limit of their own.
    pub fn queue_limits(&self) -> &HashMap<String, usize> {
        &self.engine.limits.queue_jobs_max
    }

    /// Looks everything up that gauges show. What the store does not answer in time keeps its last value.
    pub async fn observe(&self) {
        self.observe_tree();
        let mut look_at = self.engine.observed.lock().await;
        let began = Instant::now();
        if look_at.is_some_and(|at| began < at) {
            return;
        }
        let looked = timeout(PATIENCE, self.observe_store()).await;
        // However many ask, a slow look takes a small part of the time.
        *look_at = Some(Instant::now() + LEAST_PAUSE.max(began.elapsed() * 10));
        if let Ok(Err(error)) = looked {
            debug!(error = chain(&error), "gauges could not be looked up");
        }
    }

    async fn observe_store(&self) -> Result<(), StoreError> {
        let store = &self.engine.store;
        let connections = store.connections();
        let of_state = |state: &str, count: u64| Sample::of(count as f64).with("state", state);
        let shown = vec![
            of_state("used", connections.used),
            of_state("idle", connections.idle),
        ];
        observe(Gauge::Connections, shown);
        let waiting = store.waiting().await?;
        let jobs = waiting.jobs.iter().map(|(flow, state, count)| {
            let sample = Sample::of(*count as f64).with("flow", flow.clone());
            sample.with("state", state.as_str())
        });
        observe(Gauge::Jobs, jobs.collect());
        observe(Gauge::QueueAge, age(waiting.queued_since));
        observe(
            Gauge::OutboxMessages,
            vec![Sample::of(waiting.messages as f64)],
        );
        observe(Gauge::OutboxAge, age(waiting.message_since));
        Ok(())
    }

    fn observe_tree(&self) {
        let mut living: BTreeMap<ActorKind, (u64, u64)> = BTreeMap::new();
        for actor in self.actors() {
            let (count, waiting) = living.entry(actor.kind).or_default();
            *count += 1;
            *waiting += actor.mailbox;
        }
        let tasks = living.get(&ActorKind::TaskActor);
        let leases = tasks.map_or(0, |(count, _)| *count);
        observe(Gauge::Leases, vec![Sample::of(leases as f64)]);
        let all = || {
            ActorKind::ALL.iter().copied().map(|kind| {
                let (count, waiting) = living.get(&kind).copied().unwrap_or_default();
                (kind.as_str(), count as f64, waiting as f64)
            })
        };
        let of = |kind: &str, value: f64| Sample::of(value).with("actor", kind);
        let counts = all().map(|(kind, count, _)| of(kind, count));
        observe(Gauge::Actors, counts.collect());
        let mailboxes = all().map(|(kind, _, waiting)| of(kind, waiting));
        observe(Gauge::Mailbox, mailboxes.collect());
        let moving = self.engine.tree.moving();
        let mut shown: BTreeMap<Gauge, Vec<Sample>> = BTreeMap::new();
        for task in &moving {
            let values = [
                (Gauge::TaskProgress, Some(task.fraction)),
                (Gauge::TaskRate, Some(task.rows_per_s)),
                (Gauge::TaskEta, task.eta_s),
                (Gauge::TaskIdle, Some(task.idle_s)),
            ];
            for (gauge, value) in values {
                let of_gauge = shown.entry(gauge).or_default();
                let Some(value) = value else { continue };
                let sample = Sample::of(value).with("slot", task.slot.to_string());
                let sample = sample.with("flow", task.flow.clone());
                of_gauge.push(sample.with("step", task.step.clone()));
            }
        }
        for gauge in [
            Gauge::TaskProgress,
            Gauge::TaskRate,
            Gauge::TaskEta,
            Gauge::TaskIdle,
        ] {
            observe(gauge, shown.remove(&gauge).unwrap_or_default());
        }
    }
}

/// In seconds; nothing that waits has waited for none.
fn age(since: Option<i64>) -> Vec<Sample> {
    let micros = since.map_or(0, |since| (clock::now_micros() - since).max(0));
    vec![Sample::of(micros as f64 / 1e6)]
}
