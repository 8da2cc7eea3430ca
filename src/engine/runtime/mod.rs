//! The engine: runs jobs under supervision. It knows that there are kinds of step, but none
//! of them, and it is the only user of actors.
//!
//! ```text
//! RootSupervisor                one-for-one; dies too often: the process ends with an error
//! ├── JobSupervisor             claims jobs; on (re)start adopts what is unfinished
//! │   └── TaskActor × job       looks at the store, plans, spawns, ends
//! │       └── BatchActor × batch   hosts a LabelBatch, a Publish, …
//! ├── Rescuer                   takes jobs away from processes that died
//! ├── Sweeper                   drops what is kept no longer
//! └── ServiceActor × service    sends messages, reads answers, …: what runs beside the jobs
//! ```
//!
//! A dead actor is *restarted* by its supervisor, a failed attempt at a batch is *retried* by
//! its task, a job whose process died is *rescued*. Whichever it is, the next thing to do is
//! decided from the store by the same pure code (`plan`).

mod again;
mod batch_actor;
mod cancelling;
mod events;
mod intensity;
mod isolation;
mod job_supervisor;
mod observe;
mod ownership;
mod places;
mod plan;
mod removing;
mod rescuer;
mod retry;
mod root;
mod service_actor;
#[cfg(test)]
mod simulation;
mod spans;
mod stop;
mod submitting;
mod sweeper;
mod task;
mod tree;
mod waiting;

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use entity::JobId;
use ractor::{Actor, ActorRef};
use serde_json::Value;
use tokio::sync::{Mutex, watch};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

pub use events::Changes;
pub use isolation::SpawnIsolated;
pub use removing::RemoveError;
pub use tree::{ActorKind, ActorView, FailureView, SliceView};

use crate::backoff::Backoff;
use crate::engine::artifacts::{AllArtifacts, Artifacts};
use crate::engine::seam::{Registry, Service, Submit};
use crate::engine::store::{
    AgedTable, BatchKey, Beside, Capacities, Claim, Consequences, JobTable, NewJob, Owner,
    Signalled, Store, StoreError, Submitted,
};
use crate::fault::Faults;
use crate::telemetry::metrics::metrics;
use events::Hub;
use job_supervisor::ToJobs;
use places::Places;
use rescuer::ToRescuer;
use root::{RootSupervisor, ToRoot};
use tree::{Post, Tree};

/// Jobs of this queue are only run by a process that was started for one of them: their
/// sources and outputs are not in the settings of others.
pub const PRIVATE_QUEUE: &str = "@command-line";

/// The share of the drain after which no slice is in work any more: the rest is for storing that.
const SHARE_OF_DRAIN: f64 = 0.9;

/// What services get to end in.
const SERVICES_GRACE: Duration = Duration::from_secs(2);

/// How much may be in flight, and for how long things are waited for.
#[derive(Clone, Debug)]
pub struct RuntimeLimits {
    /// Jobs that run at once in this process.
    pub jobs_at_once: usize,
    /// Limits of single queues below that.
    pub queue_jobs_max: HashMap<String, usize>,
    /// Jobs that may wait.
    pub jobs_queued_max: u64,
    /// Batches of one job that run at once.
    pub batches_at_once: usize,
    /// Attempts at a batch that may fail in a row.
    pub attempts_max: u32,
    pub backoff: Backoff,
    /// How long one slice of a batch may take; `None`: as long as it likes.
    pub slice_timeout: Option<Duration>,
    /// What a batch that is asked to stop gets to stop in.
    pub stop_grace: Duration,
    /// Processes that may end under one batch in a row without its having moved.
    pub crashes_max: u32,
    pub lease_ms: u64,
    pub rescue_every_ms: u64,
    pub retention: Retention,
}

/// How long what is not the result of a job is kept once it has ended.
#[derive(Clone, Copy, Debug)]
pub struct Retention {
    pub history: Duration,
    /// The job itself with its steps and batches; its history is not kept for longer.
    pub jobs: Duration,
    pub artifacts: Duration,
    /// Dropped earlier, oldest first, once the history of all jobs takes more than this.
    pub history_bytes: u64,
    /// Rows that are dropped in one transaction.
    pub rows_per_step: u64,
    pub every: Duration,
}

/// What the actors share.
struct Engine {
    store: Store,
    registry: Registry,
    limits: RuntimeLimits,
    faults: Faults,
    hub: Hub,
    owner: Owner,
    /// Run this job and no other.
    only: Option<JobId>,
    /// `None`: no job gets a process of its own.
    isolate: Option<SpawnIsolated>,
    /// The job supervisor of now; another one after it was restarted.
    jobs: RwLock<Option<ActorRef<ToJobs>>>,
    /// The same of the rescuer.
    rescuer: RwLock<Option<ActorRef<ToRescuer>>>,
    /// A `Wake` is queued at the job supervisor, which has not begun to look.
    woken: AtomicBool,
    places: Places,
    gave_up: watch::Sender<bool>,
    services: Vec<Arc<dyn Service>>,
    stop_services: CancellationToken,
    running_services: watch::Sender<usize>,
    tree: Tree,
    artifacts: Option<AllArtifacts>,
    kept: KeptTables,
    capacities: Capacities,
    /// When the store may be looked at again for gauges.
    observed: Mutex<Option<Instant>>,
}

/// What a runtime is made of.
pub struct RuntimeParts {
    pub store: Store,
    pub registry: Registry,
    pub limits: RuntimeLimits,
    pub faults: Faults,
    pub owner: Owner,
    pub only: Option<JobId>,
    pub isolate: Option<SpawnIsolated>,
    /// What runs beside the jobs.
    pub services: Vec<Arc<dyn Service>>,
    /// `None`: jobs leave no files.
    pub artifacts: Option<AllArtifacts>,
    pub kept: KeptTables,
    /// How many slots there are of what jobs hold while they run.
    pub capacities: Capacities,
}

/// Tables of the systems with rows that are not kept for ever.
#[derive(Clone, Debug, Default)]
pub struct KeptTables {
    /// Their rows are dropped with the job that they belong to.
    pub of_jobs: Vec<JobTable>,
    /// Their rows are dropped when they are this old.
    pub aged: Vec<(AgedTable, Duration)>,
}

/// A handle to the running engine; clones share it. No actor is visible through it.
#[derive(Clone)]
pub struct Runtime {
    engine: Arc<Engine>,
    root: ActorRef<ToRoot>,
}

#[derive(Debug, thiserror::Error)]
#[error("the supervision tree could not be started")]
pub struct StartError(#[source] Box<dyn std::error::Error + Send + Sync>);

impl Runtime {
    /// Starts the tree, which continues every unfinished job that no process runs.
    pub async fn start(parts: RuntimeParts) -> Result<Self, StartError> {
        let engine = Arc::new(Engine {
            store: parts.store,
            registry: parts.registry,
            limits: parts.limits,
            faults: parts.faults,
            hub: Hub::default(),
            owner: parts.owner,
            only: parts.only,
            isolate: parts.isolate,
            jobs: RwLock::new(None),
            rescuer: RwLock::new(None),
            woken: AtomicBool::new(false),
            places: Places::default(),
            gave_up: watch::Sender::new(false),
            services: parts.services,
            stop_services: CancellationToken::new(),
            running_services: watch::Sender::new(0),
            tree: Tree::default(),
            artifacts: parts.artifacts,
            kept: parts.kept,
            capacities: parts.capacities,
            observed: Mutex::default(),
        });
        let notified = Arc::downgrade(&engine);
        engine.store.when_woken(move |job| {
            if let Some(engine) = notified.upgrade() {
                engine.look(job);
            }
        });
        // Batches are retried, which is counted separately.
        let restarted = ActorKind::ALL.iter().copied();
        for kind in restarted.filter(|kind| *kind != ActorKind::BatchActor) {
            // A series that began with the first restart would hide it from rates.
            let labels = [("actor", kind.as_str())];
            metrics().actor_restarts.add(0, &labels);
        }
        let (root, _) = RootSupervisor::spawn(None, RootSupervisor, Arc::clone(&engine))
            .await
            .map_err(|error| StartError(error.into()))?;
        Ok(Self { engine, root })
    }

    /// Stores a job; it runs as soon as there is a place.
    pub async fn submit(&self, job: NewJob) -> Result<Submitted, StoreError> {
        self.engine.submit(job).await
    }

    /// Stores jobs, which may need each other, in one transaction with what belongs to them. `None`:
    /// nothing was to be stored.
    pub async fn submit_together(
        &self,
        jobs: Vec<NewJob>,
        beside: Arc<dyn Beside>,
    ) -> Result<Option<Vec<Submitted>>, StoreError> {
        self.engine.submit_together(jobs, beside).await
    }

    /// Sends a signal to a batch, which continues with it if it waits for one.
    pub async fn signal(
        &self,
        id: &JobId,
        key: BatchKey,
        signal: Value,
    ) -> Result<Signalled, StoreError> {
        let batches = self.engine.store.batches();
        let signalled = batches.signal(id, key, signal).await?;
        self.engine.look(id);
        Ok(signalled)
    }

    /// Changes of a job that happen in this process.
    pub fn watch(&self, id: &JobId) -> Changes {
        self.engine.hub.watch(id.clone())
    }

    /// Whether the program is stopping: slices in work are finished, nothing new is begun.
    pub fn is_draining(&self) -> bool {
        self.engine.stop_services.is_cancelled()
    }

    /// Returns when the supervisors kept dying: the process should end.
    pub async fn gave_up(&self) {
        let mut gave_up = self.engine.gave_up.subscribe();
        // The sender lives as long as this handle.
        gave_up.wait_for(|gave_up| *gave_up).await.ok();
    }

    /// Finishes the slices in work, commits them and gives the jobs up; after `grace` stops
    /// without waiting, which loses nothing either. `true` if everything ended in time.
    pub async fn drain(&self, grace: Duration) -> bool {
        self.engine.stop_services.cancel();
        let in_time = match self.engine.jobs() {
            Some(jobs) => {
                let millis = u64::try_from(grace.as_millis()).unwrap_or(u64::MAX);
                matches!(
                    jobs.call(
                        |reply| ToJobs::Drain(
                            Instant::now() + grace.mul_f64(SHARE_OF_DRAIN),
                            reply
                        ),
                        Some(Duration::from_millis(millis))
                    )
                    .await,
                    Ok(ractor::rpc::CallResult::Success(()))
                )
            }
            None => true,
        };
        let mut running = self.engine.running_services.subscribe();
        let ended = running.wait_for(|running| *running == 0);
        // They find in the store where they were, however they end.
        tokio::time::timeout(SERVICES_GRACE, ended).await.ok();
        self.root.get_cell().kill();
        in_time
    }
}

impl Engine {
    /// Coalesces wake-ups: at most one `Wake` is queued.
    fn wake(&self) {
        if !self.woken.swap(true, Ordering::AcqRel) {
            self.send_to_supervisor(ToJobs::Wake);
        }
    }

    /// Called before the look: what comes after it may need another.
    fn clear_wake_flag(&self) {
        self.woken.store(false, Ordering::Release);
    }

    /// Shows a job to its task if it has one here, and to the supervisor if not.
    fn look(&self, id: &JobId) {
        self.send_to_supervisor(ToJobs::Look(id.clone()));
        self.wake();
        self.hub.changed(id);
    }

    /// Notifies the watchers of jobs that have changed with others.
    fn notify(&self, consequences: &Consequences) {
        for (skipped, _) in &consequences.skipped {
            self.hub.ended(skipped);
        }
        for unblocked in &consequences.unblocked {
            self.hub.changed(unblocked);
        }
        if !consequences.unblocked.is_empty() {
            self.wake();
        }
    }

    fn send_to_supervisor(&self, message: ToJobs) {
        if let Some(jobs) = self.jobs() {
            // While it is being restarted nobody receives it; the new one looks at the store.
            jobs.post(message).ok();
        }
    }

    fn jobs(&self) -> Option<ActorRef<ToJobs>> {
        self.jobs
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn set_jobs(&self, jobs: ActorRef<ToJobs>) {
        *self.jobs.write().unwrap_or_else(PoisonError::into_inner) = Some(jobs);
    }

    /// The files of a job that this process holds.
    fn files_of(&self, claim: &Claim) -> Option<Artifacts> {
        let all = self.artifacts.as_ref();
        all.map(|all| all.of(claim.clone()))
    }

    fn give_up(&self) {
        self.gave_up.send_replace(true);
    }
}
