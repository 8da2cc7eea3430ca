//! Runs jobs: claims them and gives each a task actor.
//!
//! Started and restarted by: the root supervisor. Owns: the task actors and the leases of
//! this process. When it starts (again) it first gives up the leases that an earlier one of
//! this process held, so that adopting after a restart is the same as after a crash.
//!
//! Intensity: a task actor may die five times in thirty seconds; then its job fails.

mod claiming;
mod dying;
mod held_back;
mod holding;
mod isolated_jobs;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use entity::JobId;
use ractor::{Actor, ActorId, ActorProcessingErr, ActorRef, RpcReplyPort, SupervisionEvent};
use tokio::time::Instant;
use tracing::error;

use self::held_back::HeldBack;
use self::isolated_jobs::IsolatedJob;
use super::Engine;
use super::intensity::Intensity;
use super::isolation::IsolatedEnd;
use super::spans::TaskSpan;
use super::task::{LEASE_RELEASED, LEFT_TO_OTHERS, TaskActor, TaskArgs, ToTask};
use super::tree::{Post, Turn};
use crate::engine::store::{Claim, Claimed, Health, StoreError};
use crate::telemetry::chain;

/// Cancelled jobs that are ended at once, besides the places for those that run.
const CANCELLED_AT_ONCE: u64 = 64;

/// Messages to the job supervisor.
#[derive(Debug)]
pub(super) enum ToJobs {
    /// There may be a job to run.
    Wake,
    /// A job was stored as claimed here, on a place that was free.
    Begin(Box<Claimed>),
    /// Renew the leases of the jobs that run here.
    Renew,
    /// Jobs that wait for a place in their queue are to be noted.
    NoteHeldBack,
    /// A job may have changed: its task is to look.
    Look(JobId),
    /// Restart a job's task.
    Revive(Box<Revival>),
    /// The process that a job had of its own has ended.
    IsolatedEnded(JobId, IsolatedEnd),
    /// A job may be claimed here again: it has no process of its own any more, or was left to others
    /// for long enough.
    Again(JobId),
    /// Give up the lease of a job that is not run here any more.
    Release(Claim),
    /// Start no more jobs, let the running ones finish their slices before this moment; answer
    /// when none is left.
    Drain(Instant, RpcReplyPort<()>),
}

/// A task that died and is to be restarted.
#[derive(Debug)]
pub(super) struct Revival {
    claim: Claim,
    queue: String,
    cancelling: bool,
    span: TaskSpan,
    /// What was seen of the job when it was claimed, if that was just now.
    first: Option<Claimed>,
    /// It died too often: it is only to end the job.
    give_up: Option<String>,
}

impl Revival {
    /// The first life.
    fn first(claimed: Claimed) -> Self {
        Self {
            claim: claimed.claim.clone(),
            queue: claimed.job.queue.clone(),
            cancelling: claimed.job.cancel_requested,
            span: TaskSpan::begin(&claimed.claim, &claimed.job),
            first: Some(claimed),
            give_up: None,
        }
    }
}

pub(super) struct JobsState {
    engine: Arc<Engine>,
    /// The leases that this process held before have been released.
    has_begun: bool,
    tasks: BTreeMap<ActorId, Task>,
    /// Jobs that have, or just had, a process of their own: not to be claimed here.
    isolated: BTreeMap<JobId, IsolatedJob>,
    /// Jobs that need what is not in the settings of this process: not to be claimed for a while.
    left_to_others: BTreeSet<JobId>,
    /// The last queued job of which it is known whether its queue holds it back.
    queued_seen: Option<JobId>,
    held_back: HeldBack,
    deaths: HashMap<JobId, Intensity>,
    draining: Vec<RpcReplyPort<()>>,
    is_draining: bool,
}

struct Task {
    actor: ActorRef<ToTask>,
    claim: Claim,
    queue: String,
    /// Does not take up a place: it is only there to be ended.
    cancelling: bool,
    gives_up: bool,
    span: TaskSpan,
}

pub(super) struct JobSupervisor;

#[ractor::async_trait]
impl Actor for JobSupervisor {
    type Msg = ToJobs;
    type State = JobsState;
    type Arguments = Arc<Engine>;

    async fn pre_start(
        &self,
        myself: ActorRef<ToJobs>,
        engine: Arc<Engine>,
    ) -> Result<JobsState, ActorProcessingErr> {
        myself.post(ToJobs::Wake)?;
        let renew_every = Duration::from_millis(engine.limits.lease_ms / 3);
        myself.send_interval(renew_every, || ToJobs::Renew);
        Ok(JobsState {
            engine,
            has_begun: false,
            tasks: BTreeMap::new(),
            isolated: BTreeMap::new(),
            left_to_others: BTreeSet::new(),
            queued_seen: None,
            held_back: HeldBack::default(),
            deaths: HashMap::new(),
            draining: Vec::new(),
            is_draining: false,
        })
    }

    async fn handle(
        &self,
        myself: ActorRef<ToJobs>,
        message: ToJobs,
        state: &mut JobsState,
    ) -> Result<(), ActorProcessingErr> {
        // `Renew` and `Drain` are not posted through `Post`, so they are not counted.
        let counted = !matches!(message, ToJobs::Renew | ToJobs::Drain(..));
        let _turn = Turn::of(myself.get_id(), counted);
        match message {
            ToJobs::Wake => {
                state.engine.clear_wake_flag();
                let woken = match state.begin().await {
                    Ok(()) => state.claim_jobs(&myself).await,
                    failed => failed,
                };
                let health = state.engine.store.health();
                retry_while_store_is_down(&myself, health, woken)
            }
            ToJobs::Begin(claimed) => {
                let revival = Revival::first(*claimed);
                state.revive(revival, &myself).await;
                state.engine.places.take();
                Ok(())
            }
            ToJobs::Renew => {
                // Failing to renew is not the end: the fence keeps what others may do safe.
                if let Err(error) = state.renew().await {
                    let health = state.engine.store.health();
                    health.warn(&error, "leases could not be renewed");
                }
                Ok(())
            }
            ToJobs::NoteHeldBack => {
                let noted = state.note_held_back().await;
                let health = state.engine.store.health();
                retry_while_store_is_down(&myself, health, noted)
            }
            ToJobs::Look(job) => {
                state.look(&job);
                Ok(())
            }
            ToJobs::Revive(revival) => {
                state.revive(*revival, &myself).await;
                Ok(())
            }
            ToJobs::IsolatedEnded(job, end) => {
                state.isolated_ended(job, end, &myself).await;
                Ok(())
            }
            ToJobs::Again(job) => {
                state.isolated.remove(&job);
                state.left_to_others.remove(&job);
                state.engine.wake();
                Ok(())
            }
            ToJobs::Release(claim) => {
                state.release(claim, &myself).await;
                Ok(())
            }
            ToJobs::Drain(until, reply) => {
                state.drain(until, reply);
                Ok(())
            }
        }
    }

    async fn handle_supervisor_evt(
        &self,
        myself: ActorRef<ToJobs>,
        event: SupervisionEvent,
        state: &mut JobsState,
    ) -> Result<(), ActorProcessingErr> {
        let (id, error, reason) = match event {
            SupervisionEvent::ActorTerminated(cell, _, reason) => (cell.get_id(), None, reason),
            SupervisionEvent::ActorFailed(cell, error) => (cell.get_id(), Some(error), None),
            _ => return Ok(()),
        };
        let reason = reason.as_deref();
        let Some(task) = state.tasks.remove(&id) else {
            return Ok(());
        };
        match error {
            Some(error) => {
                state.engine.tree.died(id, &chain(&*error));
                state.died(task, &error, &myself);
            }
            None => {
                state.engine.tree.remove(id);
                state.engine.tree.forget(&task.claim.job);
                task.span.end();
                state.deaths.remove(&task.claim.job);
                match reason {
                    Some(LEASE_RELEASED) => {}
                    Some(LEFT_TO_OTHERS) => state.leave_to_others(task.claim.job, &myself),
                    _ => state.release(task.claim, &myself).await,
                }
            }
        }
        state.answer_drain();
        if !state.is_draining {
            state.engine.wake();
        }
        Ok(())
    }
}

/// Looks again later while the store is down; any other error is for the root supervisor.
fn retry_while_store_is_down(
    myself: &ActorRef<ToJobs>,
    health: &Health,
    result: Result<(), StoreError>,
) -> Result<(), ActorProcessingErr> {
    const LOOK_AGAIN: Duration = Duration::from_secs(1);
    match result {
        Err(error) if error.is_transient() => {
            health.warn(&error, "jobs cannot be claimed");
            myself.post_after(LOOK_AGAIN, || ToJobs::Wake);
            Ok(())
        }
        other => Ok(other?),
    }
}

impl JobsState {
    /// Starts a task, for the first time or again.
    async fn revive(&mut self, revival: Revival, myself: &ActorRef<ToJobs>) {
        let Revival {
            claim,
            queue,
            cancelling,
            span,
            first,
            give_up,
        } = revival;
        if self.is_draining {
            span.end();
            self.engine.tree.forget(&claim.job);
            return self.release(claim, myself).await;
        }
        let gives_up = give_up.is_some();
        let args = TaskArgs {
            engine: Arc::clone(&self.engine),
            claim: claim.clone(),
            first,
            give_up,
            span: span.clone(),
        };
        match TaskActor::spawn_linked(None, TaskActor, args, myself.get_cell()).await {
            Ok((actor, _)) => {
                let id = actor.get_id();
                let tree = &self.engine.tree;
                tree.add_task(actor.get_cell(), myself.get_id(), &claim.job, span.flow());
                let task = Task {
                    actor,
                    claim,
                    queue,
                    cancelling,
                    gives_up,
                    span,
                };
                self.tasks.insert(id, task);
            }
            Err(cause) => {
                span.end();
                span.log().in_scope(|| {
                    error!(job.id = %claim.job, error = %cause, "a task could not be started");
                });
                self.release(claim, myself).await;
            }
        }
    }

    fn look(&mut self, job: &JobId) {
        for task in self.tasks.values().filter(|task| task.claim.job == *job) {
            task.actor.post(ToTask::Look).ok();
        }
    }

    fn drain(&mut self, until: Instant, reply: RpcReplyPort<()>) {
        self.is_draining = true;
        // What is submitted from here on is for the next start, or for another process.
        self.engine.places.close();
        self.draining.push(reply);
        for task in self.tasks.values() {
            task.actor.post(ToTask::Drain(until)).ok();
        }
        for isolated in self.isolated.values_mut() {
            isolated.tether = None;
        }
        self.answer_drain();
    }

    fn answer_drain(&mut self) {
        let runs_isolated = self.isolated.values().any(|isolated| isolated.runs);
        if self.is_draining && self.tasks.is_empty() && !runs_isolated {
            for reply in self.draining.drain(..) {
                reply.send(()).ok();
            }
        }
    }
}
