//! The planning of a job's steps, what they are notified of, and the job's end.

use std::collections::BTreeSet;
use std::sync::Arc;

use entity::{JobState, StepState};
use ractor::ActorRef;
use serde_json::json;
use tracing::{info, warn};

use super::attempts::trouble_of;
use super::begun::Begun;
use super::snapshot::{JobSnapshot, policy_of};
use super::{LookError, TaskState, ToTask, stop_without_lease};
use crate::clock;
use crate::engine::runtime::retry::{Trouble, Verdict, after_attempt};
use crate::engine::seam::{
    JobChange, Outputs, Step, StepContext, StepError, StepPlan, StepPolicy, StopReason,
};
use crate::engine::store::{BatchKey, NewBatch, NewPlan, StoreError};
use crate::telemetry::chain;
use crate::telemetry::metrics::metrics;
use crate::telemetry::trace::is_on;

/// How a step's input is cut, and what is to be said of it; or why that is not known.
pub(super) type Planned = Result<Plan, StepError>;

pub(super) type Plan = NewPlan;

impl TaskState {
    /// Ends the job as failed once nothing runs any more.
    pub(super) async fn fail(
        &mut self,
        reason: String,
        myself: &ActorRef<ToTask>,
    ) -> Result<(), LookError> {
        if self.children.is_empty() {
            self.end(JobState::Failed, Some(reason)).await?;
            stop_without_lease(myself);
        } else {
            self.stop_children(StopReason::Failed);
        }
        Ok(())
    }

    async fn announce(&self, change: &JobChange) -> Result<(), StepError> {
        let numbers = self.begun.as_ref().map(Begun::numbers);
        for no in numbers.unwrap_or_default() {
            self.announce_to(no, change).await?;
        }
        Ok(())
    }

    pub(super) async fn announce_to(&self, no: i32, change: &JobChange) -> Result<(), StepError> {
        let step = self.begun.as_ref().and_then(|begun| begun.step(no));
        match step {
            Some((context, step)) => step.observe(&context, change).await,
            None => Ok(()),
        }
    }

    pub(super) async fn announce_failure(&self, reason: String) -> Result<(), StepError> {
        let steps = self.engine.store.steps().of(&self.claim.job).await?;
        // Where no step failed, the job failed on the way to the next one.
        let failed = steps.iter().find(|step| step.state == StepState::Failed);
        let next = steps.iter().find(|step| step.state != StepState::Completed);
        let at = failed.or(next).map(|step| step.no);
        for stored in &steps {
            let here = Some(stored.no) == at;
            let change = JobChange::Failed {
                here,
                reason: reason.clone(),
            };
            self.announce_to(stored.no, &change).await?;
        }
        Ok(())
    }

    pub(super) async fn plan_step(&mut self, no: i32, seen: &JobSnapshot) -> Result<(), LookError> {
        match self.plan(no, seen).await? {
            Some(planned) => self.store_planned(no, planned).await.map(drop),
            None => Ok(()),
        }
    }

    /// Asks a step how its input is cut; `None` if there is no such step here.
    pub(super) async fn plan(
        &mut self,
        no: i32,
        seen: &JobSnapshot,
    ) -> Result<Option<Planned>, LookError> {
        let Some((context, step)) = self.step(no, seen) else {
            return Ok(None);
        };
        match step.plan(&context).await {
            Ok(plan) => Ok(Some(to_store(plan))),
            Err(error) if error.is_lost_lease() => Err(error.into()),
            Err(error) => Ok(Some(Err(error))),
        }
    }

    /// Returns the plan if it is stored now; `None`: what is in the store is something else.
    pub(super) async fn store_planned(
        &mut self,
        no: i32,
        planned: Planned,
    ) -> Result<Option<Plan>, LookError> {
        let plan = match planned {
            Ok(plan) => plan,
            Err(error) => return self.planning_failed(no, &error).await.map(|()| None),
        };
        let steps = self.engine.store.steps();
        let stored = steps.store_plan(&self.claim, no, plan.clone()).await;
        if let (Err(StoreError::InDoubt(_)), Some(_)) = (&stored, plan.begins) {
            self.doubtful_starts.insert(only_batch(no));
        }
        let is_stored = stored?;
        self.doubtful_starts.remove(&only_batch(no));
        self.is_planned(no);
        Ok(is_stored.then_some(plan))
    }

    /// Spawns the actor of the batch that has begun with its plan.
    pub(super) async fn begin_planned(
        &mut self,
        no: i32,
        plan: &Plan,
        seen: &JobSnapshot,
        myself: &ActorRef<ToTask>,
    ) -> Result<(), LookError> {
        if plan.begins.is_none() {
            return Ok(());
        }
        if let Some(batch) = self.startable(only_batch(no), seen)? {
            self.spawn_batch(batch, FIRST_ATTEMPT, self.waiting.is_some(), myself)
                .await;
        }
        Ok(())
    }

    pub(super) fn is_planned(&mut self, no: i32) {
        if let Some(begun) = &mut self.begun {
            begun.is_planned(no);
        }
    }

    async fn planning_failed(&mut self, no: i32, error: &StepError) -> Result<(), LookError> {
        warn!(job.id = %self.claim.job, step.no = no, error = chain(error), "planning failed");
        let stored = self.engine.store.steps().of(&self.claim.job).await?;
        let failures = stored
            .iter()
            .find(|step| step.no == no)
            .map_or(0, |step| step.failures)
            .max(0);
        let trouble = trouble_of(error);
        // Outages share the counter: it only sets the pause for them.
        let counts = (failures as u32, failures as u32);
        let quiet = trouble == Trouble::Outage && self.waiting.is_some();
        let limits = &self.engine.limits;
        let message = error.public_message().to_owned();
        match after_attempt(
            trouble,
            counts,
            limits.attempts_max,
            limits.backoff,
            self.spread(),
        ) {
            Verdict::Again { after, .. } => {
                if trouble == Trouble::Outage {
                    self.note_waiting(error).await?;
                }
                let at = clock::steady::now_micros() + after.as_micros() as i64;
                let steps = self.engine.store.steps();
                steps
                    .planning_failed(&self.claim, no, failures + 1, &message, at, quiet)
                    .await?;
            }
            Verdict::GiveUp => {
                let from = StepState::Pending;
                self.engine
                    .store
                    .steps()
                    .fail(&self.claim, no, from, &message)
                    .await?;
            }
        }
        Ok(())
    }

    pub(super) async fn end(
        &mut self,
        state: JobState,
        reason: Option<String>,
    ) -> Result<(), LookError> {
        let announced = match state {
            JobState::Cancelled => self.announce(&JobChange::Cancelled).await,
            JobState::Failed => {
                self.announce_failure(reason.clone().unwrap_or_default())
                    .await
            }
            _ => Ok(()),
        };
        self.unless_shown(announced)?;
        let jobs = self.engine.store.jobs();
        let ended = jobs.end_with_others(&self.claim, state, reason.as_deref());
        let consequences = ended.await?;
        self.engine.hub.ended(&self.claim.job);
        self.engine.notify(&consequences);
        self.has_ended(state.as_str(), reason.as_deref());
        info!(job.id = %self.claim.job, state = state.as_str(), "job ended");
        Ok(())
    }

    /// An output that is lost must not keep the job from ending.
    pub(super) fn unless_shown(&self, announced: Result<(), StepError>) -> Result<(), LookError> {
        match announced {
            Err(error) if error.is_transient() || error.is_lost_lease() => Err(error.into()),
            Err(error) => {
                warn!(job.id = %self.claim.job, error = chain(&error), "not shown");
                Ok(())
            }
            Ok(()) => Ok(()),
        }
    }

    /// The end is stored.
    pub(super) fn has_ended(&self, state: &'static str, reason: Option<&str>) {
        self.span.job_ended(state, reason);
        let labels = [("flow", self.span.flow()), ("state", state)];
        metrics().jobs_ended.add(1, &labels);
        let took = (clock::now_micros() - self.span.created_at()).max(0) as f64 / 1e6;
        let trace = is_on().then(|| self.span.context());
        metrics().job_duration.record(took, &labels, trace);
    }

    /// A step with what it may know of its job by now.
    pub(super) fn step(&self, no: i32, seen: &JobSnapshot) -> Option<(StepContext, Arc<dyn Step>)> {
        let (context, step) = self.begun.as_ref()?.step(no)?;
        let inputs = Outputs::of(&seen.steps);
        Some((StepContext { inputs, ..context }, step))
    }

    /// What a step whose batches have ended leaves to later ones; JSON.
    pub(super) async fn output_of(
        &self,
        no: i32,
        seen: &JobSnapshot,
    ) -> Result<Option<String>, LookError> {
        let row = seen.steps.iter().find(|step| step.no == no);
        if let Some(row) = row.filter(|row| row.batches_total == 0) {
            return Ok(row.output.clone());
        }
        let batches = self.engine.store.batches();
        let outputs = batches.outputs(&self.claim.job, no).await?;
        let Some((_, step)) = self.step(no, seen) else {
            return Ok(None);
        };
        let outputs = outputs.iter().map(|text| self.parsed(text));
        let outputs = outputs.collect::<Result<_, _>>()?;
        Ok(step.output(outputs).map(|output| output.to_string()))
    }

    /// How the batches of a step are run.
    pub(super) async fn policy(&self, no: i32) -> Result<StepPolicy, LookError> {
        let steps = self.engine.store.steps().of(&self.claim.job).await?;
        let step = steps.iter().find(|step| step.no == no);
        Ok(step.map(policy_of).transpose()?.unwrap_or_default())
    }
}

/// Of a batch that begins with its plan.
const FIRST_ATTEMPT: i32 = 1;

fn only_batch(step_no: i32) -> BatchKey {
    BatchKey { step_no, no: 0 }
}

/// A plan as it is stored. Of batches with the same key the first is kept.
fn to_store(plan: StepPlan) -> Planned {
    let mut keys = BTreeSet::new();
    let batches = plan.batches.into_iter();
    let batches = batches.filter(|batch| batch.key.clone().is_none_or(|key| keys.insert(key)));
    let batches = batches.map(NewBatch::from);
    let policy = (plan.policy != StepPolicy::default()).then(|| json!(plan.policy).to_string());
    Ok(NewPlan {
        batches: batches.collect(),
        notes: (!plan.notes.is_empty()).then(|| plan.notes.join("\n")),
        policy,
        output: plan.output.map(|output| output.to_string()),
        begins: None,
    })
}
