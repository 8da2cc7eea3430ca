//! The beginning of a job in this process, and of the steps that it gets later.

use std::sync::Arc;

use entity::{StepState, step};
use ractor::ActorRef;
use tracing::info;

use super::begun::Begun;
use super::snapshot::JobSnapshot;
use super::{LEFT_TO_OTHERS, LookError, TaskState, ToTask};
use crate::clock;
use crate::engine::seam::{JobChange, Outputs, Step, StepContext, StepError, StopReason};

/// Whether a job begins in this process.
pub(super) enum Begin {
    Here,
    /// Something that it needs is not in the settings of this process.
    NotHere(String),
}

/// Stored steps with what was made of them.
type Prepared<'s> = Vec<(&'s step::Model, Arc<dyn Step>)>;

impl TaskState {
    /// Makes the job this process's: closes what a dead actor left, prepares the steps, notifies
    /// them. What makes it impossible becomes the reason to give up.
    pub(super) async fn begin(&mut self, seen: &JobSnapshot) -> Result<Begin, LookError> {
        if self.begun.is_some() {
            return self.begin_added(seen).await;
        }
        let (store, job, stored) = (self.engine.store.clone(), &seen.job, &seen.steps);
        self.span.report_predecessor(&self.engine, stored).await;
        let steps = match self.prepare_all(stored, job.cancel_requested) {
            Ok(steps) => steps,
            Err(reason) => return Ok(Begin::NotHere(reason)),
        };
        // Not before: that the job is left to others stands in the note until a process begins it. Once,
        // however often notifying the steps has to be tried.
        if !self.adopted {
            let since = clock::now_micros();
            store.jobs().adopt(&self.claim).await?;
            self.adopted = true;
            self.span
                .report_open_attempts(&self.engine, stored, since)
                .await;
        }
        self.take_over_note(job).await?;
        let context = StepContext {
            job: self.claim.job.clone(),
            epoch: self.claim.epoch,
            generation: job.generation,
            fresh: false,
            started_at: job.started_at.unwrap_or_else(clock::now_micros),
            inputs: Outputs::of(stored),
            files: self.engine.files_of(&self.claim),
            faults: self.engine.faults.clone(),
        };
        let mut begun = Begun::new(context);
        for (stored, prepared) in steps {
            begun.add(stored, prepared);
        }
        self.begun = Some(begun);
        // A job that is only to be ended is not shown as started first.
        if !job.cancel_requested && self.give_up.is_none() {
            self.announce_start(stored).await?;
        }
        info!(job.id = %self.claim.job, epoch = self.claim.epoch, "job begins here");
        Ok(Begin::Here)
    }

    /// Takes in what other steps have added to the job since it began here.
    async fn begin_added(&mut self, seen: &JobSnapshot) -> Result<Begin, LookError> {
        let is_new = |step: &&step::Model| {
            let begun = self.begun.as_ref();
            begun.is_some_and(|begun| !begun.has(step.no))
        };
        let added = seen.steps.iter().filter(is_new);
        let added: Vec<step::Model> = added.cloned().collect();
        if added.is_empty() {
            return Ok(Begin::Here);
        }
        let prepared = match self.prepare_all(&added, seen.job.cancel_requested) {
            Ok(prepared) => prepared,
            Err(reason) => return Ok(Begin::NotHere(reason)),
        };
        for (stored, prepared) in prepared {
            if let Some(begun) = &mut self.begun {
                begun.add(stored, prepared);
            }
        }
        if seen.job.cancel_requested || self.give_up.is_some() {
            return Ok(Begin::Here);
        }
        for step in &added {
            let change = JobChange::Started { completed: false };
            if let Err(error) = self.announce_to(step.no, &change).await {
                // The next look takes them in again.
                for step in &added {
                    self.begun
                        .iter_mut()
                        .for_each(|begun| begun.remove(step.no));
                }
                return Err(error.into());
            }
        }
        Ok(Begin::Here)
    }

    /// The steps that can be prepared here. What makes it impossible becomes the reason to give up; the
    /// error says why the job is for another process.
    fn prepare_all<'s>(
        &mut self,
        stored: &'s [step::Model],
        is_cancelled: bool,
    ) -> Result<Prepared<'s>, String> {
        let mut steps = Vec::with_capacity(stored.len());
        for step in stored {
            match self.prepare(step) {
                Ok(prepared) => steps.push((step, prepared)),
                Err(error) => {
                    let reason = format!("step `{}`: {}", step.name, error.public_message());
                    match (error.is_not_here(), is_cancelled) {
                        (true, true) => {}
                        (true, false) => return Err(reason),
                        (false, _) => drop(self.give_up.get_or_insert(reason)),
                    }
                }
            }
        }
        Ok(steps)
    }

    fn prepare(&self, stored: &step::Model) -> Result<Arc<dyn Step>, StepError> {
        let step = self.engine.registry.prepare_stored(stored)?;
        if stored.state != StepState::Completed {
            step.needs()?;
        }
        Ok(step)
    }

    /// Gives a job up that needs what is not in the settings of this process.
    pub(super) async fn leave(
        &mut self,
        reason: &str,
        myself: &ActorRef<ToTask>,
    ) -> Result<(), LookError> {
        // Nothing runs yet, unless the job needs something else only now.
        self.stop_children(StopReason::Drained);
        let job = &self.claim.job;
        let leases = self.engine.store.leases();
        leases.leave(&self.claim, reason).await?;
        self.engine.hub.changed(job);
        info!(job.id = %job, reason, "the job is left to another process");
        myself.stop(Some(LEFT_TO_OTHERS.to_owned()));
        Ok(())
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
}
