//! Runs jobs: claims them and gives each a task actor.
//!
//! Started and restarted by: the root supervisor. Owns: the task actors and the leases of
//! this process. When it starts (again) it first gives up the leases that an earlier one of
//! this process held, so that adopting after a restart is the same as after a crash.
//!
//! Intensity: a task actor may die five times in thirty seconds; then its job fails.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use entity::{JobId, job};
use ractor::{Actor, ActorId, ActorProcessingErr, ActorRef, RpcReplyPort, SupervisionEvent};
use tracing::{error, warn};

use super::restart::Intensity;
use super::task::{TaskActor, TaskArgs, ToTask, first_line};
use super::{Engine, PRIVATE_QUEUE};
use crate::steps::StepError;
use crate::store::{Claim, StoreError, Wanted};
use crate::telemetry::chain;

const DEATHS_MAX: usize = 5;
const DEATHS_PERIOD: Duration = Duration::from_secs(30);

/// Cancelled jobs that are ended at once, besides the places for those that run.
const CANCELLED_AT_ONCE: u64 = 64;

/// Messages to the job supervisor.
#[derive(Debug)]
pub(super) enum ToJobs {
    /// There may be a job to run.
    Wake,
    /// Renew the leases of the jobs that run here.
    Renew,
    /// A job may have changed: its task is to look.
    Look(JobId),
    /// Give a job's task another life.
    Revive(Box<Revival>),
    /// Give up the lease of a job that is not run here any more.
    Release(Claim),
    /// Start no more jobs, let the running ones finish their slices; answer when none is left.
    Drain(RpcReplyPort<()>),
}

/// A task that died and is to live again.
#[derive(Debug)]
pub(super) struct Revival {
    claim: Claim,
    queue: String,
    cancelling: bool,
    /// It died too often: it is only to end the job.
    give_up: Option<String>,
}

pub(super) struct JobsState {
    engine: Arc<Engine>,
    tasks: HashMap<ActorId, Task>,
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
        engine.store.leases().release_all(&engine.owner).await?;
        engine.store.leases().rescue().await?;
        myself.cast(ToJobs::Wake)?;
        let renew_every = Duration::from_millis(engine.limits.lease_ms / 3);
        myself.send_interval(renew_every, || ToJobs::Renew);
        Ok(JobsState {
            engine,
            tasks: HashMap::new(),
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
        match message {
            ToJobs::Wake => patient(&myself, state.claim_jobs(&myself).await),
            ToJobs::Renew => {
                // Failing to renew is not the end: the fence keeps what others may do safe.
                if let Err(error) = state.renew().await {
                    warn!(error = chain(&error), "leases could not be renewed");
                }
                Ok(())
            }
            ToJobs::Look(job) => {
                state.look(&job);
                Ok(())
            }
            ToJobs::Revive(revival) => {
                state.revive(*revival, &myself).await;
                Ok(())
            }
            ToJobs::Release(claim) => {
                state.release(claim, &myself).await;
                Ok(())
            }
            ToJobs::Drain(reply) => {
                state.drain(reply);
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
        let (id, error) = match event {
            SupervisionEvent::ActorTerminated(cell, _, _) => (cell.get_id(), None),
            SupervisionEvent::ActorFailed(cell, error) => (cell.get_id(), Some(error)),
            _ => return Ok(()),
        };
        let Some(task) = state.tasks.remove(&id) else {
            return Ok(());
        };
        match error {
            Some(error) => state.died(task, &error, &myself),
            None => {
                state.deaths.remove(&task.claim.job);
                state.release(task.claim, &myself).await;
            }
        }
        state.answer_drain();
        if !state.is_draining {
            myself.cast(ToJobs::Wake)?;
        }
        Ok(())
    }
}

/// Of why a task died, what callers may see.
fn public_message(error: &ActorProcessingErr) -> String {
    if let Some(error) = error.downcast_ref::<StepError>() {
        error.public_message()
    } else if error.is::<StoreError>() {
        "the engine's database failed".to_owned()
    } else {
        first_line(&error.to_string())
    }
}

/// A store that is away is waited for; anything else is for the root supervisor.
fn patient(
    myself: &ActorRef<ToJobs>,
    result: Result<(), StoreError>,
) -> Result<(), ActorProcessingErr> {
    const LOOK_AGAIN: Duration = Duration::from_secs(1);
    match result {
        Err(error) if error.is_transient() => {
            warn!(error = chain(&error), "jobs cannot be claimed");
            myself.send_after(LOOK_AGAIN, || ToJobs::Wake);
            Ok(())
        }
        other => Ok(other?),
    }
}

impl JobsState {
    /// Claims as many jobs as there are places. Those that are only to be ended need none.
    async fn claim_jobs(&mut self, myself: &ActorRef<ToJobs>) -> Result<(), StoreError> {
        let mut cancelling = true;
        while !self.is_draining {
            let places = if cancelling {
                let now = self.tasks.values().filter(|task| task.cancelling).count();
                CANCELLED_AT_ONCE.saturating_sub(now as u64)
            } else {
                self.places()
            };
            if places == 0 {
                if !std::mem::take(&mut cancelling) {
                    return Ok(());
                }
                continue;
            }
            let wanted = self.wanted(cancelling);
            let engine = Arc::clone(&self.engine);
            let mut claimed = false;
            for job in engine.store.leases().candidates(&wanted, places).await? {
                if cancelling || self.has_place(&job.queue) {
                    claimed |= self.claim(job, myself).await?;
                }
            }
            // Nothing left, or other processes were faster.
            if !claimed && !std::mem::take(&mut cancelling) {
                return Ok(());
            }
        }
        Ok(())
    }

    async fn claim(
        &mut self,
        job: job::Model,
        myself: &ActorRef<ToJobs>,
    ) -> Result<bool, StoreError> {
        let engine = Arc::clone(&self.engine);
        let lease_ms = engine.limits.lease_ms;
        let claim = engine
            .store
            .leases()
            .claim(&job.id, &engine.owner, lease_ms)
            .await?;
        let Some(claim) = claim else { return Ok(false) };
        let revival = Revival {
            claim,
            queue: job.queue,
            cancelling: job.cancel_requested,
            give_up: None,
        };
        self.revive(revival, myself).await;
        Ok(true)
    }

    fn wanted(&self, cancel_requested: bool) -> Wanted {
        let limits = self.engine.limits.queue_jobs_max.keys();
        let full = limits.filter(|queue| !cancel_requested && !self.has_place(queue));
        let mut not_in_queues: Vec<String> = full.cloned().collect();
        if self.engine.only.is_none() {
            not_in_queues.push(PRIVATE_QUEUE.to_owned());
        }
        Wanted {
            cancel_requested,
            only: self.engine.only.clone(),
            not_in_queues,
        }
    }

    fn places(&self) -> u64 {
        let running = self.tasks.values().filter(|task| !task.cancelling).count();
        self.engine.limits.jobs_at_once.saturating_sub(running) as u64
    }

    fn has_place(&self, queue: &str) -> bool {
        let in_queue = self
            .tasks
            .values()
            .filter(|task| !task.cancelling && task.queue == queue);
        let most = self
            .engine
            .limits
            .queue_jobs_max
            .get(queue)
            .copied()
            .unwrap_or(usize::MAX);
        self.places() > 0 && in_queue.count() < most
    }

    /// Starts a task, for the first time or again.
    async fn revive(&mut self, revival: Revival, myself: &ActorRef<ToJobs>) {
        let Revival {
            claim,
            queue,
            cancelling,
            give_up,
        } = revival;
        if self.is_draining {
            return self.release(claim, myself).await;
        }
        let gives_up = give_up.is_some();
        let args = TaskArgs {
            engine: Arc::clone(&self.engine),
            claim: claim.clone(),
            give_up,
        };
        match TaskActor::spawn_linked(None, TaskActor, args, myself.get_cell()).await {
            Ok((actor, _)) => {
                let id = actor.get_id();
                let task = Task {
                    actor,
                    claim,
                    queue,
                    cancelling,
                    gives_up,
                };
                self.tasks.insert(id, task);
            }
            Err(cause) => {
                error!(job.id = %claim.job, %cause, "a task could not be started");
                self.release(claim, myself).await;
            }
        }
    }

    /// A task actor that died is given another life, a few times. Then one more, only to end
    /// the job where its users see it. If it dies of that, too, the job waits for its lease to
    /// lapse: nothing better is known to be done with it.
    fn died(&mut self, task: Task, error: &ActorProcessingErr, myself: &ActorRef<ToJobs>) {
        const PAUSE: Duration = Duration::from_millis(200);
        let job = &task.claim.job;
        error!(job.id = %job, error = chain(&**error), "the task's actor died");
        if task.gives_up {
            return;
        }
        let intensity = self
            .deaths
            .entry(job.clone())
            .or_insert_with(|| Intensity::new(DEATHS_MAX, DEATHS_PERIOD));
        let give_up = (!intensity.allows(Instant::now())).then(|| {
            let deaths = DEATHS_MAX + 1;
            format!(
                "the task's actor died {deaths} times: {}",
                public_message(error)
            )
        });
        let revival = Revival {
            claim: task.claim,
            queue: task.queue,
            cancelling: task.cancelling,
            give_up,
        };
        myself.send_after(PAUSE, || ToJobs::Revive(Box::new(revival)));
    }

    /// Gives up the lease of a job that is not run here any more, if it is still held. Kept, it
    /// would keep others from the job.
    async fn release(&self, claim: Claim, myself: &ActorRef<ToJobs>) {
        const TRY_AGAIN: Duration = Duration::from_secs(1);
        let store = &self.engine.store;
        let released = match store.jobs().find(&claim.job).await {
            Ok(Some(job)) if job.lease_owner.is_some() && job.lease_epoch == claim.epoch => {
                store.leases().release(&claim).await
            }
            Ok(_) => Ok(()),
            Err(error) => Err(error),
        };
        match released {
            Ok(()) | Err(StoreError::LeaseLost { .. }) => {}
            Err(error) => {
                warn!(job.id = %claim.job, error = chain(&error), "a lease could not be given up");
                myself.send_after(TRY_AGAIN, || ToJobs::Release(claim));
            }
        }
    }

    async fn renew(&mut self) -> Result<(), StoreError> {
        if self.tasks.is_empty() {
            return Ok(());
        }
        let engine = &self.engine;
        let jobs: Vec<JobId> = self
            .tasks
            .values()
            .map(|task| task.claim.job.clone())
            .collect();
        let leases = engine.store.leases();
        let held = leases
            .renew(&engine.owner, &jobs, engine.limits.lease_ms)
            .await?;
        for task in self.tasks.values() {
            let job = held
                .iter()
                .find(|job| job.id == task.claim.job && job.lease_epoch == task.claim.epoch);
            // Lost, or asked to stop through another process: the task is to look.
            if job.is_none_or(|job| job.cancel_requested) {
                task.actor.cast(ToTask::Look).ok();
            }
        }
        Ok(())
    }

    fn look(&mut self, job: &JobId) {
        for task in self.tasks.values().filter(|task| task.claim.job == *job) {
            task.actor.cast(ToTask::Look).ok();
        }
    }

    fn drain(&mut self, reply: RpcReplyPort<()>) {
        self.is_draining = true;
        self.draining.push(reply);
        for task in self.tasks.values() {
            task.actor.cast(ToTask::Drain).ok();
        }
        self.answer_drain();
    }

    fn answer_drain(&mut self) {
        if self.is_draining && self.tasks.is_empty() {
            for reply in self.draining.drain(..) {
                reply.send(()).ok();
            }
        }
    }
}
