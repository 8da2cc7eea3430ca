//! Orchestrates one job.
//!
//! Started by: the job supervisor, once the job is claimed. Restarted by: the job supervisor.
//! Owns: the job's lease epoch, its prepared steps, its batch actors.
//!
//! Messages and deaths of children are only hints to look: what to do is decided from the
//! store by [`plan`](super::plan). A child's death notice overtakes the messages it sent
//! before, so nothing that matters travels in messages.

mod attempts;
mod beginning;
mod begun;
mod children;
mod life;
mod look_error;
mod parking;
mod settle;
mod snapshot;
mod starting_over;
mod waiting;

pub(super) use attempts::first_line;
pub(super) use snapshot::policy_of;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use entity::{JobState, StepState};
use ractor::{Actor, ActorId, ActorProcessingErr, ActorRef, MessagingErr, SupervisionEvent};
use tokio::task::JoinHandle;
use tokio::time::Instant;
use tracing::{Instrument, info, warn};

use super::Engine;
use super::plan::{Action, decide};
use super::spans::TaskSpan;
use super::tree::{Post, Turn};
use crate::clock;
use crate::engine::seam::{JobChange, StopReason};
use crate::engine::store::{BatchKey, Claim, Claimed};
use crate::telemetry::chain;
use crate::telemetry::metrics::metrics;
use beginning::Begin;
use begun::Begun;
use children::{Child, Death};
use look_error::LookError;
use settle::Settled;
use snapshot::JobSnapshot;
use waiting::OutageNote;

/// Messages to a task.
#[derive(Debug)]
pub(super) enum ToTask {
    /// Look at the store and do what is to be done.
    Look,
    /// The program stops: finish the slices before this moment, give the job up.
    Drain(Instant),
}

/// Why an actor stopped whose lease has been released or lost already. Only saves a look.
pub(super) const LEASE_RELEASED: &str = "lease released";

/// The same for a job that needs what is not in the settings of this process: it is not to be claimed
/// here again soon.
pub(super) const LEFT_TO_OTHERS: &str = "left to others";

const LOOKS_AGAIN: &str = "waiting to look again";

pub(super) struct TaskArgs {
    pub engine: Arc<Engine>,
    pub claim: Claim,
    /// The job as it was when it was claimed; `None` when the task lives again.
    pub first: Option<Claimed>,
    /// The task has died too often: it is only to end the job with this reason.
    pub give_up: Option<String>,
    pub span: TaskSpan,
}

pub(super) struct TaskState {
    engine: Arc<Engine>,
    claim: Claim,
    span: TaskSpan,
    /// What the first look sees, if that is known.
    first: Option<Claimed>,
    /// It stands in the history that this process runs the job.
    adopted: bool,
    /// Set by the first look.
    begun: Option<Begun>,
    children: BTreeMap<ActorId, Child>,
    /// Batches of which it is not known whether an attempt was opened.
    doubtful_starts: BTreeSet<BatchKey>,
    /// Deaths that are not yet recorded in the store.
    deaths: Vec<Death>,
    /// The program stops, and by then at the latest everything has to have stopped here.
    draining: Option<Instant>,
    /// The job is to fail with this reason as soon as nothing runs any more.
    give_up: Option<String>,
    waiting: Option<OutageNote>,
    /// When the parked batches of a step are to be looked at again.
    parked_looks: BTreeMap<i32, i64>,
    /// Looks in a row that met a database that was away.
    troubles: u32,
    wake: Option<Wake>,
}

/// The one timer of a task.
struct Wake {
    at: i64,
    timer: JoinHandle<Result<(), MessagingErr<ToTask>>>,
}

fn stop_without_lease(myself: &ActorRef<ToTask>) {
    myself.stop(Some(LEASE_RELEASED.to_owned()));
}

pub(super) struct TaskActor;

#[ractor::async_trait]
impl Actor for TaskActor {
    type Msg = ToTask;
    type State = TaskState;
    type Arguments = TaskArgs;

    async fn pre_start(
        &self,
        myself: ActorRef<ToTask>,
        args: TaskArgs,
    ) -> Result<TaskState, ActorProcessingErr> {
        myself.post(ToTask::Look)?;
        Ok(TaskState {
            engine: args.engine,
            claim: args.claim,
            span: args.span,
            // One that was left to others may be left again.
            adopted: args
                .first
                .as_ref()
                .is_some_and(|first| first.job.state != JobState::Parked),
            first: args.first,
            give_up: args.give_up,
            begun: None,
            children: BTreeMap::new(),
            doubtful_starts: BTreeSet::new(),
            deaths: Vec::new(),
            draining: None,
            waiting: None,
            parked_looks: BTreeMap::new(),
            troubles: 0,
            wake: None,
        })
    }

    async fn handle(
        &self,
        myself: ActorRef<ToTask>,
        message: ToTask,
        state: &mut TaskState,
    ) -> Result<(), ActorProcessingErr> {
        match message {
            ToTask::Look => {}
            ToTask::Drain(until) => state.draining = Some(until),
        }
        let _turn = Turn::of(myself.get_id(), true);
        let log = state.span.log();
        state.look(&myself).instrument(log).await
    }

    async fn handle_supervisor_evt(
        &self,
        myself: ActorRef<ToTask>,
        event: SupervisionEvent,
        state: &mut TaskState,
    ) -> Result<(), ActorProcessingErr> {
        let (cell, error) = match event {
            SupervisionEvent::ActorTerminated(cell, _, _) => (cell, None),
            SupervisionEvent::ActorFailed(cell, error) => (cell, Some(error)),
            _ => return Ok(()),
        };
        if let Some(child) = state.children.remove(&cell.get_id()) {
            match &error {
                Some(error) => state.engine.tree.died(cell.get_id(), &chain(&**error)),
                None => state.engine.tree.remove(cell.get_id()),
            }
            state.deaths.push(Death { child, error });
            myself.post(ToTask::Look)?;
        }
        Ok(())
    }
}

impl TaskState {
    /// Looks until there is nothing to do at once. Trouble with a database is waited for, a
    /// lost lease ends the task without another word, anything else that a step answers ends
    /// the job.
    async fn look(&mut self, myself: &ActorRef<ToTask>) -> Result<(), ActorProcessingErr> {
        let trip = match self.work(myself).await {
            Ok(()) => {
                self.troubles = 0;
                self.engine.hub.changed(&self.claim.job);
                return Ok(());
            }
            Err(trip) => trip,
        };
        if trip.is_lost_lease() {
            info!(job.id = %self.claim.job, "another process has taken the job over");
            metrics().leases_lost.add(1, &[]);
            self.span.leave_to_others();
            self.stop_children(StopReason::LeaseLost);
            stop_without_lease(myself);
            return Ok(());
        }
        match trip {
            LookError::Store(error) if !error.is_transient() => return Err(error.into()),
            LookError::Step(error) if !error.is_transient() => {
                warn!(job.id = %self.claim.job, error = chain(&error), "the job cannot continue");
                if self
                    .give_up
                    .replace(error.public_message().to_owned())
                    .is_some()
                {
                    // Not even its failure can be recorded.
                    return Err(error.into());
                }
                myself.post(ToTask::Look)?;
            }
            LookError::Store(error) => {
                self.engine.store.health().warn(&error, LOOKS_AGAIN);
                let until = self.next_look();
                self.wake_at(until, myself);
            }
            LookError::Step(error) => {
                warn!(job.id = %self.claim.job, error = chain(&error), "{LOOKS_AGAIN}");
                let (now, until) = (clock::steady::now_micros(), self.next_look());
                self.wake_at(until, myself);
                // Noting it is for people; the store may be what is away.
                self.note_waiting(&error).await.ok();
                if until - now >= self.parks_from() {
                    // Where the job cannot be parked, it is looked at here.
                    self.park_unseen(until, myself).await.ok();
                }
            }
        }
        Ok(())
    }

    /// After a look that met a database that was away.
    fn next_look(&mut self) -> i64 {
        self.troubles += 1;
        let backoff = self.engine.limits.backoff;
        let pause = backoff.pause(self.troubles, self.spread());
        clock::steady::now_micros() + pause.as_micros() as i64
    }

    /// One timer is enough: each look finds out anew what to wait for.
    fn wake_at(&mut self, at: i64, myself: &ActorRef<ToTask>) {
        let now = clock::steady::now_micros();
        if let Some(wake) = &self.wake {
            if wake.at > now && wake.at <= at {
                return;
            }
            wake.timer.abort();
        }
        let micros = u64::try_from(at - now).unwrap_or(0);
        let timer = myself.post_after(Duration::from_micros(micros + 1_000), || ToTask::Look);
        self.wake = Some(Wake { at, timer });
    }

    async fn work(&mut self, myself: &ActorRef<ToTask>) -> Result<(), LookError> {
        self.record_deaths().await?;
        let Some(mut seen) = self.see().await? else {
            stop_without_lease(myself);
            return Ok(());
        };
        if seen.job.state.has_ended() {
            stop_without_lease(myself);
            return Ok(());
        }
        if let Some(until) = self.draining {
            return self.drain(until, myself).await;
        }
        if let Begin::NotHere(reason) = self.begin(&seen).await? {
            return self.leave(&reason, myself).await;
        }
        if let Some(reason) = self.give_up.clone() {
            return self.fail(reason, myself).await;
        }
        loop {
            // First: the job may end at once.
            self.forget_waiting().await?;
            let again = match self.settle(&mut seen, myself).await? {
                Settled::Ended => {
                    stop_without_lease(myself);
                    return Ok(());
                }
                Settled::Changed => true,
                Settled::Nothing => self.act_on(&seen, myself).await?,
            };
            if !again {
                self.show_pause(&seen);
                return Ok(());
            }
            match self.see().await? {
                Some(now) => seen = now,
                None => return Ok(()),
            }
            // A step may have added others, or the job starts over.
            if let Begin::NotHere(reason) = self.begin(&seen).await? {
                return self.leave(&reason, myself).await;
            }
        }
    }

    /// `true` if the store has changed, so that there may be more to do.
    async fn act_on(
        &mut self,
        seen: &JobSnapshot,
        myself: &ActorRef<ToTask>,
    ) -> Result<bool, LookError> {
        let mut again = false;
        for action in decide(&self.view(seen)) {
            again |= self.act(action, seen, myself).await?;
        }
        Ok(again)
    }

    /// Does one thing; `true` if the store has changed, so that there may be more to do.
    async fn act(
        &mut self,
        action: Action,
        seen: &JobSnapshot,
        myself: &ActorRef<ToTask>,
    ) -> Result<bool, LookError> {
        let store = self.engine.store.clone();
        match action {
            Action::PlanStep(no) => self.plan_step(no, seen).await?,
            Action::DelayStep { no, until } => store.steps().delay(&self.claim, no, until).await?,
            Action::StartBatch(key) => {
                self.start_batch(key, seen, myself).await?;
                return Ok(false);
            }
            Action::StopBatches => {
                let why = match seen.job.cancel_requested {
                    true => StopReason::Cancelled,
                    false => StopReason::Failed,
                };
                self.stop_children(why);
                return Ok(false);
            }
            Action::CompleteStep(no) => {
                self.announce_to(no, &JobChange::StepCompleted).await?;
                let output = self.output_of(no, seen).await?;
                store.steps().complete(&self.claim, no, output).await?;
            }
            Action::FailStep { no, reason } => {
                let running = StepState::Running;
                store
                    .steps()
                    .fail(&self.claim, no, running, &reason)
                    .await?;
            }
            Action::ParkJob { until } => {
                let parking = self.parking(until, seen);
                if self.park(parking, myself).await? {
                    return Ok(false);
                }
            }
            Action::StartOver { reason } => self.start_over(reason, seen).await?,
            Action::End { state, reason } => {
                self.end(state, reason).await?;
                stop_without_lease(myself);
                return Ok(false);
            }
            Action::WakeAt(at) => {
                self.wake_at(at, myself);
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Name of the kind of a step.
    fn kind_of(&self, step: i32) -> &str {
        let begun = self.begun.as_ref();
        begun.and_then(|begun| begun.kind(step)).unwrap_or_default()
    }

    /// Differs from job to job.
    fn spread(&self) -> u64 {
        self.claim
            .job
            .as_str()
            .bytes()
            .fold(0, |sum, byte| sum * 31 % 99_991 + u64::from(byte))
    }
}
