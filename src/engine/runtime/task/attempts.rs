//! Attempts at batches: begun, and recorded when their actors die.

use std::sync::Arc;
use std::time::Duration;

use entity::{AttemptOutcome, BatchState, batch};
use ractor::{Actor, ActorRef};
use serde_json::Value;
use tracing::warn;

use super::snapshot::{JobSnapshot, policy_of};
use super::{Child, Death, LookError, TaskState, ToTask};
use crate::backoff::Backoff;
use crate::clock;
use crate::engine::runtime::batch_actor::{BatchActor, BatchArgs, BatchLimits};
use crate::engine::runtime::retry::{Trouble, Verdict, after_attempt};
use crate::engine::runtime::stop::StopSwitch;
use crate::engine::runtime::tree::batch_name;
use crate::engine::seam::{BatchContext, ErrorClass, Step, StepContext, StepError, StepPolicy};
use crate::engine::store::{AttemptEnd, BatchKey, StoreError, signals_of};
use crate::telemetry::chain;
use crate::telemetry::metrics::metrics;

/// A pending batch with what its actor is given.
pub(super) struct Startable {
    key: BatchKey,
    kind: String,
    /// Attempts before.
    attempts: i32,
    batches: (i32, i32),
    job: StepContext,
    step: Arc<dyn Step>,
    spec: Value,
    checkpoint: Option<Value>,
    signals: Vec<Value>,
    policy: StepPolicy,
}

impl TaskState {
    pub(super) async fn start_batch(
        &mut self,
        key: BatchKey,
        seen: &JobSnapshot,
        myself: &ActorRef<ToTask>,
    ) -> Result<(), LookError> {
        let Some(batch) = self.startable(key, seen)? else {
            return Ok(());
        };
        let store = &self.engine.store;
        let in_doubt = self.doubtful_starts.contains(&key);
        let in_outage = self.waiting.is_some();
        let begun = store
            .batches()
            .begin_attempt(
                &self.claim,
                key,
                batch.job.generation,
                batch.attempts,
                in_doubt,
                in_outage,
            )
            .await;
        if let Err(StoreError::InDoubt(_)) = &begun {
            self.doubtful_starts.insert(key);
        }
        let begun = begun?;
        self.doubtful_starts.remove(&key);
        if let Some(no) = begun {
            self.spawn_batch(batch, no, in_outage, myself).await;
        }
        Ok(())
    }

    /// `None`: it is not among those that may be started.
    pub(super) fn startable(
        &self,
        key: BatchKey,
        seen: &JobSnapshot,
    ) -> Result<Option<Startable>, LookError> {
        let of_key = |batch: &&batch::Model| (batch.step_no, batch.no) == (key.step_no, key.no);
        let row = seen.steps.iter().find(|step| step.no == key.step_no);
        let (Some(stored), Some(row)) = (seen.pending.iter().find(of_key), row) else {
            return Ok(None);
        };
        let Some((job, step)) = self.step(key.step_no, seen) else {
            return Ok(None);
        };
        let checkpoint = stored.checkpoint.as_deref().map(|text| self.parsed(text));
        Ok(Some(Startable {
            key,
            kind: row.kind.clone(),
            attempts: stored.attempts,
            batches: (row.batches_total, row.batches_done),
            job,
            step,
            spec: self.parsed(&stored.spec)?,
            checkpoint: checkpoint.transpose()?,
            signals: signals_of(stored)?,
            policy: policy_of(row)?,
        }))
    }

    /// Spawns the actor of an attempt that has been opened in the store.
    pub(super) async fn spawn_batch(
        &mut self,
        batch: Startable,
        no: i32,
        in_outage: bool,
        myself: &ActorRef<ToTask>,
    ) {
        let began_at = clock::now_micros();
        let (stop, signal) = StopSwitch::new();
        let (key, (total, done)) = (batch.key, batch.batches);
        let attempt = (batch.job.generation, no);
        let args = BatchArgs {
            limits: BatchLimits::of(&self.engine.limits, &batch.policy),
            engine: Arc::clone(&self.engine),
            task: myself.clone(),
            claim: self.claim.clone(),
            key,
            attempt,
            step: batch.step,
            context: BatchContext {
                job: batch.job,
                step_no: key.step_no,
                batch_no: key.no,
                batches: total,
                attempt: no,
                checkpoint: batch.checkpoint,
                signals: batch.signals,
                cancel: signal.cancel.clone(),
                trace: self.span.trace().attempt(key.step_no, key.no, no),
            },
            spec: batch.spec,
            kind: batch.kind.clone(),
            span: self.span.clone(),
            began_at,
            in_outage,
            stop: signal,
        };
        // Its pre_start does nothing that can fail; if it did, the attempt would stay open and
        // be closed as crashed when the task is next adopted.
        if let Ok((child, _)) =
            BatchActor::spawn_linked(None, BatchActor, args, myself.get_cell()).await
        {
            let cell = child.get_cell();
            let tree = &self.engine.tree;
            tree.begins(myself.get_id(), &batch.kind, total, done);
            tree.add_batch(
                cell.clone(),
                myself.get_id(),
                &self.claim.job,
                &batch.kind,
                key,
            );
            let child = Child {
                attempt,
                key,
                stop,
                began_at,
                in_outage,
                cell,
            };
            self.children.insert(child.cell.get_id(), child);
        }
    }

    pub(super) fn parsed(&self, text: &str) -> Result<Value, StoreError> {
        serde_json::from_str(text).map_err(|error| StoreError::Corrupt {
            job: self.claim.job.clone(),
            reason: error.to_string(),
        })
    }

    pub(super) async fn record_deaths(&mut self) -> Result<(), LookError> {
        while let Some(death) = self.deaths.pop() {
            let recorded = self.record(&death).await;
            if recorded.is_err() {
                self.deaths.push(death);
                return recorded;
            }
        }
        Ok(())
    }

    async fn record(&mut self, death: &Death) -> Result<(), LookError> {
        let key = death.child.key;
        if death.error.is_none() && !death.child.stop.was_asked() {
            // It has completed or is parked, which is stored together with the end of the attempt.
            self.parked_looks.remove(&key.step_no);
            return Ok(());
        }
        let batches = self.engine.store.batches();
        let Some(stored) = batches.find(&self.claim.job, key).await? else {
            return Ok(());
        };
        match stored.state {
            BatchState::Pending => {}
            // Stored together with the end of the attempt.
            BatchState::Completed | BatchState::Failed => return Ok(()),
            BatchState::Parked => {
                self.parked_looks.remove(&key.step_no);
                return Ok(());
            }
        }
        // What a stop interrupts ends with an error, too, and is no failure.
        let error = death
            .error
            .as_ref()
            .filter(|_| !death.child.stop.was_asked());
        let end = match error {
            None => AttemptEnd {
                outcome: AttemptOutcome::Stopped,
                error: None,
                failures: stored.failures,
                outages: stored.outages,
                not_before_at: stored.not_before_at,
                given_up: false,
                quiet: false,
            },
            Some(error) => {
                let step_error = error.downcast_ref::<StepError>();
                if step_error.is_some_and(StepError::is_lost_lease) {
                    return Err(StoreError::LeaseLost {
                        job: self.claim.job.clone(),
                    }
                    .into());
                }
                warn!(
                    job.id = %self.claim.job, batch.no = key.no, attempt.no = death.child.attempt.1,
                    error = chain(&**error), "attempt failed"
                );
                let trouble = step_error.map_or(Trouble::Failure, trouble_of);
                if let Some(error) = step_error.filter(|error| error.is_transient()) {
                    self.note_waiting(error).await?;
                }
                let message = step_error.map_or_else(
                    || first_line(&error.to_string()),
                    |error| error.public_message().to_owned(),
                );
                let policy = self.policy(key.step_no).await?;
                let end = self.end_of_attempt(&stored, &policy, trouble, message);
                AttemptEnd {
                    quiet: death.child.in_outage && end.outcome == AttemptOutcome::Outage,
                    ..end
                }
            }
        };
        let attempt = death.child.attempt;
        let store = &self.engine.store;
        let ended = store
            .batches()
            .end_attempt(&self.claim, key, attempt, &end)
            .await?;
        if ended {
            self.report_attempt(&death.child, &end);
        }
        Ok(())
    }

    /// An attempt that completed its batch has reported that itself.
    fn report_attempt(&self, child: &Child, end: &AttemptEnd) {
        let (key, kind, outcome) = (child.key, self.kind_of(child.key.step_no), end.outcome);
        let (attempt, error) = (child.attempt, end.error.as_deref());
        self.span
            .attempt_ended(key, attempt, child.began_at, kind, outcome, error);
        if end.given_up || outcome == AttemptOutcome::Stopped {
            return;
        }
        metrics()
            .batch_retries
            .add(1, &[("kind", kind), ("reason", outcome.as_str())]);
        let pause = end
            .not_before_at
            .map_or(0, |at| (at - clock::steady::now_micros()).max(0) / 1_000);
        self.span.event(
            "batch.retried",
            &[
                ("batch", batch_name(kind, key)),
                ("attempt.no", attempt.1.to_string()),
                ("reason", end.error.clone().unwrap_or_default()),
                ("pause_ms", pause.to_string()),
            ],
        );
    }

    fn end_of_attempt(
        &self,
        stored: &batch::Model,
        policy: &StepPolicy,
        trouble: Trouble,
        error: String,
    ) -> AttemptEnd {
        let limits = &self.engine.limits;
        let attempts_max = policy.attempts_max.unwrap_or(limits.attempts_max);
        let backoff = Backoff {
            first: policy.backoff_first.unwrap_or(limits.backoff.first),
            longest: policy.backoff_longest.unwrap_or(limits.backoff.longest),
        };
        let counts = (stored.failures.max(0) as u32, stored.outages.max(0) as u32);
        let verdict = after_attempt(trouble, counts, attempts_max, backoff, self.spread());
        let at = |pause: Duration| Some(clock::steady::now_micros() + pause.as_micros() as i64);
        let (failures, outages, not_before_at, given_up) = match verdict {
            Verdict::Again {
                counted: true,
                after,
            } => (stored.failures + 1, stored.outages, at(after), false),
            Verdict::Again {
                counted: false,
                after,
            } => (stored.failures, stored.outages + 1, at(after), false),
            Verdict::GiveUp => (stored.failures + 1, stored.outages, None, true),
        };
        let outcome = match trouble {
            Trouble::Outage => AttemptOutcome::Outage,
            Trouble::Failure | Trouble::Final => AttemptOutcome::Failed,
        };
        let error = if given_up && trouble == Trouble::Failure {
            Some(format!("{error} (attempt {failures} of {attempts_max})"))
        } else {
            Some(error)
        };
        AttemptEnd {
            outcome,
            error,
            failures,
            outages,
            not_before_at,
            given_up,
            quiet: false,
        }
    }
}

pub(super) fn trouble_of(error: &StepError) -> Trouble {
    match error.class() {
        ErrorClass::Outage => Trouble::Outage,
        // A step that needs what is not here is not begun here.
        ErrorClass::Final | ErrorClass::NotHere => Trouble::Final,
        // A lost lease ends the task before this is asked, and so does a stop.
        ErrorClass::Retry | ErrorClass::Stopped | ErrorClass::LeaseLost => Trouble::Failure,
    }
}

/// Of a panic's text, what people can use.
pub(in crate::engine::runtime) fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().to_owned()
}
