//! A job's beginning and end, and the planning of its steps.

use std::collections::BTreeMap;
use std::sync::Arc;

use entity::{JobState, StepState, step};
use ractor::ActorRef;
use tracing::{info, warn};

use super::attempts::trouble_of;
use super::seen::Seen;
use super::{Begun, TaskState, ToTask, Trip, let_go};
use crate::clock;
use crate::engine::runtime::restart::{Trouble, Verdict, after_attempt};
use crate::engine::seam::{JobChange, JobContext, Step, StepError, params_do_not_fit};
use crate::telemetry::chain;
use crate::telemetry::metrics::metrics;
use crate::telemetry::trace::is_on;

/// How a step's input is cut, and what is to be said of it; or why that is not known.
pub(super) type Planned = Result<Plan, StepError>;

pub(super) struct Plan {
    pub batches: Vec<serde_json::Value>,
    pub notes: Option<String>,
}

impl TaskState {
    /// Makes the job this process's: closes what a dead actor left, prepares the steps, tells
    /// them. What makes it impossible becomes the reason to give up.
    pub(super) async fn begin(&mut self, seen: &Seen) -> Result<(), Trip> {
        if self.begun.is_some() {
            return Ok(());
        }
        let (store, job, stored) = (self.engine.store.clone(), &seen.job, &seen.steps);
        // Once, however often telling the steps has to be tried.
        if !self.adopted {
            let since = clock::now_micros();
            store.jobs().adopt(&self.claim).await?;
            self.adopted = true;
            self.span.tell_left_open(&self.engine, stored, since).await;
        }
        // A note of an earlier process; one of our own is taken back when it is over.
        if job.waiting.is_some() && self.waiting.is_none() {
            store.jobs().set_waiting(&self.claim, None).await?;
        }
        self.span.tell_for_the_dead(&self.engine, stored).await;
        let mut steps = BTreeMap::new();
        for step in stored {
            match self.prepare(step) {
                Ok(prepared) => drop(steps.insert(step.no, prepared)),
                Err(error) => {
                    let reason = format!("step `{}`: {}", step.name, error.public_message());
                    self.give_up.get_or_insert(reason);
                }
            }
        }
        let context = JobContext {
            job: self.claim.job.clone(),
            epoch: self.claim.epoch,
            generation: job.generation,
            fresh: stored.iter().all(|step| step.state == StepState::Pending),
            started_at: job.started_at.unwrap_or_else(clock::now_micros),
            faults: self.engine.faults.clone(),
        };
        let kinds = stored.iter().map(|step| (step.no, step.kind.clone()));
        let kinds = kinds.collect();
        self.begun = Some(Begun {
            context,
            steps,
            kinds,
        });
        // A job that is only to be ended is not shown as started first.
        if !job.cancel_requested && self.give_up.is_none() {
            self.announce_start(stored).await?;
        }
        info!(job.id = %self.claim.job, epoch = self.claim.epoch, "job begins here");
        Ok(())
    }

    /// Ends the job as failed once nothing runs any more.
    pub(super) async fn fail(
        &mut self,
        reason: String,
        myself: &ActorRef<ToTask>,
    ) -> Result<(), Trip> {
        if self.children.is_empty() {
            self.end(JobState::Failed, Some(reason)).await?;
            let_go(myself);
        } else {
            self.stop_children(true);
        }
        Ok(())
    }

    fn prepare(&self, stored: &step::Model) -> Result<Arc<dyn Step>, StepError> {
        let params = serde_json::from_str(&stored.params)
            .map_err(|error| params_do_not_fit(&stored.kind, &error))?;
        self.engine.registry.prepare(&stored.kind, params)
    }

    async fn announce_start(&mut self, stored: &[step::Model]) -> Result<(), StepError> {
        for step in stored {
            let completed = step.state == StepState::Completed;
            let change = JobChange::Started { completed };
            if let Err(error) = self.announce_to(step.no, &change).await {
                // The next look begins again.
                self.begun = None;
                return Err(error);
            }
        }
        Ok(())
    }

    async fn announce(&self, change: &JobChange) -> Result<(), StepError> {
        let Some(begun) = &self.begun else {
            return Ok(());
        };
        for step in begun.steps.values() {
            step.observe(&begun.context, change).await?;
        }
        Ok(())
    }

    pub(super) async fn announce_to(&self, no: i32, change: &JobChange) -> Result<(), StepError> {
        match self.step(no) {
            Some((context, step)) => step.observe(&context, change).await,
            None => Ok(()),
        }
    }

    async fn announce_failure(&self, reason: String) -> Result<(), StepError> {
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

    pub(super) async fn plan_step(&mut self, no: i32) -> Result<(), Trip> {
        match self.plan(no).await? {
            Some(planned) => self.store_planned(no, planned).await,
            None => Ok(()),
        }
    }

    /// Asks a step how its input is cut; `None` if there is no such step here.
    pub(super) async fn plan(&mut self, no: i32) -> Result<Option<Planned>, Trip> {
        let Some((context, step)) = self.step(no) else {
            return Ok(None);
        };
        match step.plan(&context).await {
            Ok(plan) => Ok(Some(Ok(Plan {
                notes: (!plan.notes.is_empty()).then(|| plan.notes.join("\n")),
                batches: plan.batches,
            }))),
            Err(error) if error.is_lost_lease() => Err(error.into()),
            Err(error) => Ok(Some(Err(error))),
        }
    }

    pub(super) async fn store_planned(&mut self, no: i32, planned: Planned) -> Result<(), Trip> {
        let plan = match planned {
            Ok(plan) => plan,
            Err(error) => return self.planning_failed(no, &error).await,
        };
        let steps = self.engine.store.steps();
        steps
            .store_plan(&self.claim, no, &plan.batches, plan.notes)
            .await?;
        self.is_planned();
        Ok(())
    }

    /// From now on what the job leaves in an output has to be found there.
    pub(super) fn is_planned(&mut self) {
        if let Some(begun) = &mut self.begun {
            begun.context.fresh = false;
        }
    }

    async fn planning_failed(&mut self, no: i32, error: &StepError) -> Result<(), Trip> {
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
                let at = clock::now_micros() + after.as_micros() as i64;
                let steps = self.engine.store.steps();
                steps
                    .planning_failed(&self.claim, no, failures + 1, &message, at)
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
    ) -> Result<(), Trip> {
        let announced = match state {
            JobState::Cancelled => self.announce(&JobChange::Cancelled).await,
            JobState::Failed => {
                self.announce_failure(reason.clone().unwrap_or_default())
                    .await
            }
            _ => Ok(()),
        };
        match announced {
            Err(error) if error.is_transient() || error.is_lost_lease() => return Err(error.into()),
            // An output that is gone for good must not keep the job from ending.
            Err(error) => warn!(job.id = %self.claim.job, error = chain(&error), "not shown"),
            Ok(()) => {}
        }
        self.engine
            .store
            .jobs()
            .end(&self.claim, state, reason.as_deref())
            .await?;
        self.engine.hub.ended(&self.claim.job);
        self.has_ended(state.as_str(), reason.as_deref());
        info!(job.id = %self.claim.job, state = state.as_str(), "job ended");
        Ok(())
    }

    /// The end is stored.
    pub(super) fn has_ended(&self, state: &'static str, reason: Option<&str>) {
        self.span.job_ended(state, reason);
        let labels = [("flow", self.span.flow()), ("state", state)];
        metrics().jobs_ended.add(1, &labels);
        let took = (clock::now_micros() - self.span.created_at()) as f64 / 1e6;
        let trace = is_on().then(|| self.span.context());
        metrics().job_duration.record(took, &labels, trace);
    }

    pub(super) fn step(&self, no: i32) -> Option<(JobContext, Arc<dyn Step>)> {
        let begun = self.begun.as_ref()?;
        Some((begun.context.clone(), Arc::clone(begun.steps.get(&no)?)))
    }
}
