//! Steps that have nothing left to do, and the end of the job, in one write.
//!
//! A step that needs no batches and a step whose batches have completed change nothing but
//! themselves, so what follows can be decided before they are stored. If the process dies
//! before that, the same comes out again.

use entity::{JobState, StepState};
use ractor::ActorRef;
use tracing::info;

use super::life::Plan;
use super::snapshot::JobSnapshot;
use super::{LookError, TaskState, ToTask};
use crate::engine::runtime::plan::{Action, decide};
use crate::engine::seam::JobChange;
use crate::engine::store::{CompletedStep, EndKind, Finish};

/// What came of it.
pub(super) enum Settled {
    /// The job has succeeded, and its lease is given up.
    Ended,
    /// The store is not as it was seen any more.
    Changed,
    /// There was nothing of the kind to do.
    Nothing,
}

impl TaskState {
    pub(super) async fn settle(
        &mut self,
        seen: &mut JobSnapshot,
        myself: &ActorRef<ToTask>,
    ) -> Result<Settled, LookError> {
        let mut unsaved = Vec::new();
        loop {
            match decide(&self.view(seen)).as_slice() {
                [Action::PlanStep(no)] => {
                    let Some(plan) = self.plan_or_store(*no, seen, &mut unsaved).await? else {
                        return Ok(Settled::Changed);
                    };
                    if !plan.batches.is_empty() {
                        // It is stored, and nothing else has changed.
                        self.show_plan(*no, &plan, seen)?;
                        self.begin_planned(*no, &plan, seen, myself).await?;
                        continue;
                    }
                    let output = plan.output.clone();
                    self.complete(*no, plan.notes, output, seen, &mut unsaved)
                        .await?;
                }
                [Action::CompleteStep(no)] => {
                    let output = self.output_of(*no, seen).await?;
                    self.complete(*no, None, output, seen, &mut unsaved).await?;
                }
                [
                    Action::End {
                        state: JobState::Succeeded,
                        ..
                    },
                ] => return self.finish(seen, unsaved).await,
                _ if unsaved.is_empty() => return Ok(Settled::Nothing),
                _ => {
                    self.save(&mut unsaved).await?;
                    return Ok(Settled::Changed);
                }
            }
        }
    }

    /// Plans a step. Returns its plan, which is stored, after what comes before it, unless it needs no
    /// batches. `None`: why there is no plan is stored, or somebody else's plan.
    async fn plan_or_store(
        &mut self,
        no: i32,
        seen: &JobSnapshot,
        unsaved: &mut Vec<CompletedStep>,
    ) -> Result<Option<Plan>, LookError> {
        let Some(planned) = self.plan(no, seen).await? else {
            self.save(unsaved).await?;
            return Ok(None);
        };
        match planned {
            Ok(plan) if plan.batches.is_empty() => {
                self.is_planned(no);
                Ok(Some(plan))
            }
            planned => {
                let planned = planned.map(|mut plan| {
                    // During an outage the history has no event for an attempt.
                    let begins = plan.batches.len() == 1 && self.waiting.is_none();
                    plan.begins = begins.then_some(seen.job.generation);
                    plan
                });
                self.save(unsaved).await?;
                self.store_planned(no, planned).await
            }
        }
    }

    async fn complete(
        &mut self,
        no: i32,
        notes: Option<String>,
        output: Option<String>,
        seen: &mut JobSnapshot,
        unsaved: &mut Vec<CompletedStep>,
    ) -> Result<(), LookError> {
        self.announce_to(no, &JobChange::StepCompleted).await?;
        if let Some(from) = seen.complete(no, output.as_ref()) {
            unsaved.push(CompletedStep {
                no,
                from,
                notes,
                output,
            });
        }
        Ok(())
    }

    async fn save(&self, unsaved: &mut Vec<CompletedStep>) -> Result<(), LookError> {
        let steps = self.engine.store.steps();
        for step in unsaved.drain(..) {
            if step.from == StepState::Pending {
                let plan = Plan {
                    notes: step.notes,
                    // Found there if the process ends before the next statement.
                    output: step.output.clone(),
                    ..Plan::default()
                };
                steps.store_plan(&self.claim, step.no, plan).await?;
            }
            steps.complete(&self.claim, step.no, step.output).await?;
        }
        Ok(())
    }

    async fn finish(
        &self,
        seen: &JobSnapshot,
        steps: Vec<CompletedStep>,
    ) -> Result<Settled, LookError> {
        let store = &self.engine.store;
        let finish = Finish {
            claim: self.claim.clone(),
            steps,
            is_noted: store.interest().concerns(EndKind::Succeeded, &seen.job),
        };
        if !store.jobs().finish(finish).await? {
            return Ok(Settled::Changed);
        }
        self.engine.hub.ended(&self.claim.job);
        self.has_ended("succeeded", None);
        info!(job.id = %self.claim.job, state = "succeeded", "job ended");
        Ok(Settled::Ended)
    }
}
