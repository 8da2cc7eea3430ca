//! What the engine offers to kinds of step: outputs, added batches, parking, time-outs, tolerance.

mod adding;
mod growing;
mod kinds;
mod limits;
mod needs;
mod outputs;
mod parking;
mod places;
mod sizes;
mod waiting;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use audience::backoff::Backoff;
use audience::engine::runtime::{KeptTables, Retention, Runtime, RuntimeLimits, RuntimeParts};
use audience::engine::store::{Capacities, NewJob, NewStep, Owner, Store};
use audience::fault::Faults;
use entity::{JobId, JobState, job, step};
use serde_json::{Value, json};

use self::kinds::{Ledger, registry};
use crate::support::wait_for;

/// An engine that knows the kinds of these tests and nothing else.
struct Engine {
    runtime: Runtime,
    store: Store,
}

impl Engine {
    async fn start(url: &str, ledger: &Ledger) -> Self {
        Self::start_with(url, ledger, limits()).await
    }

    async fn start_with(url: &str, ledger: &Ledger, limits: RuntimeLimits) -> Self {
        let store = Store::open(url).await.unwrap();
        let parts = RuntimeParts {
            store: store.clone(),
            registry: registry(ledger),
            limits,
            faults: Faults::default(),
            owner: Owner::this_process(),
            only: None,
            isolate: None,
            services: vec![],
            artifacts: None,
            kept: KeptTables::default(),
            capacities: Capacities::of(vec![Arc::new(needs::OneCore)]),
        };
        let runtime = Runtime::start(parts).await.unwrap();
        Self { runtime, store }
    }

    async fn submit(&self, steps: Vec<NewStep>) -> JobId {
        let submitted = self.runtime.submit(new_job(steps)).await.unwrap();
        submitted.job().clone()
    }

    async fn job(&self, id: &JobId) -> job::Model {
        self.store.jobs().find(id).await.unwrap().unwrap()
    }

    async fn waits_for(&self, id: &JobId) -> Option<String> {
        let (job, steps) = (self.job(id).await, self.steps(id).await);
        self.runtime.waits_for(&job, &steps).await.unwrap()
    }

    async fn steps(&self, id: &JobId) -> Vec<step::Model> {
        self.store.steps().of(id).await.unwrap()
    }

    /// Waits as long as batches of the job come to an end.
    async fn wait_until(&self, id: &JobId, state: JobState) -> job::Model {
        let mut ended = 0;
        loop {
            let condition = format!("job {id} is {state:?}, or {ended} of its batches end");
            let found = wait_for(&condition, async || {
                let job = self.job(id).await;
                if job.state == state {
                    return Some(Some(job));
                }
                assert!(!job.state.has_ended(), "it has ended: {job:?}");
                let steps = self.steps(id).await;
                let now: i32 = steps.iter().map(|step| step.batches_done).sum();
                (now > ended).then(|| {
                    ended = now;
                    None
                })
            });
            if let Some(job) = found.await {
                return job;
            }
        }
    }

    /// What a step has left.
    async fn output(&self, id: &JobId, no: usize) -> Value {
        let steps = self.steps(id).await;
        let output = steps[no].output.as_deref().unwrap();
        serde_json::from_str(output).unwrap()
    }

    async fn stop(self) {
        self.runtime.drain(Duration::from_secs(20)).await;
        self.store.close().await;
    }
}

fn new_job(steps: Vec<NewStep>) -> NewJob {
    NewJob {
        id: JobId::new(),
        flow: "test".to_owned(),
        queue: "queue1".to_owned(),
        request: json!({}),
        steps,
        ..NewJob::default()
    }
}

/// Steps of these names, kinds and parameters, one after the other.
fn chain<const STEPS: usize>(steps: [(&str, &str, Value); STEPS]) -> Vec<NewStep> {
    let steps = steps.into_iter().zip(0..);
    let chained = steps.map(|((name, kind, params), no): (_, i32)| NewStep {
        name: name.to_owned(),
        kind: kind.to_owned(),
        params,
        after: (no > 0).then_some(no - 1).into_iter().collect(),
        delay_s: 0,
    });
    chained.collect()
}

fn limits() -> RuntimeLimits {
    RuntimeLimits {
        jobs_at_once: 4,
        queue_jobs_max: HashMap::new(),
        jobs_queued_max: 1_000,
        batches_at_once: 4,
        attempts_max: 2,
        backoff: Backoff {
            first: Duration::from_millis(5),
            longest: Duration::from_millis(20),
        },
        slice_timeout: None,
        stop_grace: Duration::from_secs(10),
        // Processes are killed on purpose.
        crashes_max: 100,
        lease_ms: 2_000,
        rescue_every_ms: 100,
        retention: Retention {
            history: Duration::from_secs(86_400),
            jobs: Duration::from_secs(86_400),
            artifacts: Duration::from_secs(86_400),
            history_bytes: 1 << 30,
            rows_per_step: 2_000,
            every: Duration::from_secs(60),
        },
    }
}
