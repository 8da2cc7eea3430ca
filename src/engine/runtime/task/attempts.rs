//! Attempts at batches: begun, and recorded when their actors die.

use std::sync::Arc;
use std::time::Duration;

use entity::{AttemptOutcome, BatchState, batch};
use ractor::{Actor, ActorRef};
use tokio_util::sync::CancellationToken;
use tracing::warn;

use super::{Child, Death, TaskState, ToTask, Trip};
use crate::clock;
use crate::engine::runtime::batch_actor::{BatchActor, BatchArgs};
use crate::engine::runtime::restart::{Trouble, Verdict, after_attempt};
use crate::engine::runtime::tree::batch_name;
use crate::engine::seam::{BatchContext, ErrorClass, StepError};
use crate::engine::store::{AttemptEnd, BatchKey, StoreError};
use crate::telemetry::chain;
use crate::telemetry::metrics::metrics;

impl TaskState {
    pub(super) async fn start_batch(
        &mut self,
        key: BatchKey,
        batches: &[batch::Model],
        myself: &ActorRef<ToTask>,
    ) -> Result<(), Trip> {
        let Some((job, step)) = self.step(key.step_no) else {
            return Ok(());
        };
        let of_step: Vec<_> = batches
            .iter()
            .filter(|batch| batch.step_no == key.step_no)
            .collect();
        let Some(stored) = of_step.iter().find(|batch| batch.no == key.no) else {
            return Ok(());
        };
        let spec = serde_json::from_str(&stored.spec).map_err(|error| StoreError::Corrupt {
            job: self.claim.job.clone(),
            reason: error.to_string(),
        })?;
        let generation = job.generation;
        let store = &self.engine.store;
        let Some(no) = store
            .batches()
            .begin_attempt(&self.claim, key, generation)
            .await?
        else {
            return Ok(());
        };
        let began_at = clock::now_micros();
        let kind = self.kind_of(key.step_no).to_owned();
        let cancel = CancellationToken::new();
        let args = BatchArgs {
            engine: Arc::clone(&self.engine),
            task: myself.clone(),
            claim: self.claim.clone(),
            key,
            attempt: (generation, no),
            step,
            context: BatchContext {
                job,
                batch_no: key.no,
                batches: of_step.len() as i32,
                cancel: cancel.clone(),
                trace: self.span.trace().attempt(key.step_no, key.no, no),
            },
            spec,
            kind: kind.clone(),
            span: self.span.clone(),
            began_at,
        };
        // Its pre_start does nothing that can fail; if it did, the attempt would stay open and
        // be closed as crashed when the task is next adopted.
        if let Ok((child, _)) =
            BatchActor::spawn_linked(None, BatchActor, args, myself.get_cell()).await
        {
            let cell = child.get_cell();
            let tree = &self.engine.tree;
            let completed = of_step
                .iter()
                .filter(|batch| batch.state == BatchState::Completed);
            let (all, done) = (of_step.len() as i32, completed.count() as i32);
            tree.begins(myself.get_id(), &kind, all, done);
            tree.add_batch(cell.clone(), myself.get_id(), &self.claim.job, &kind, key);
            let attempt = (generation, no);
            self.children.insert(
                cell.get_id(),
                Child {
                    cell,
                    key,
                    attempt,
                    cancel,
                    began_at,
                },
            );
        }
        Ok(())
    }

    pub(super) async fn record_deaths(&mut self) -> Result<(), Trip> {
        while let Some(death) = self.deaths.pop() {
            let recorded = self.record(&death).await;
            if recorded.is_err() {
                self.deaths.push(death);
                return recorded;
            }
        }
        Ok(())
    }

    async fn record(&mut self, death: &Death) -> Result<(), Trip> {
        let key = death.child.key;
        let batches = self.engine.store.batches().of(&self.claim.job).await?;
        let stored = batches
            .iter()
            .find(|batch| (batch.step_no, batch.no) == (key.step_no, key.no));
        let Some(stored) = stored else { return Ok(()) };
        // What a stop interrupts ends with an error, too, and is no failure.
        let error = death
            .error
            .as_ref()
            .filter(|_| !death.child.cancel.is_cancelled());
        let end = match error {
            None => AttemptEnd {
                outcome: AttemptOutcome::Stopped,
                error: None,
                failures: stored.failures,
                outages: stored.outages,
                not_before_at: stored.not_before_at,
                given_up: false,
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
                self.end_of_attempt(stored, trouble, message)
            }
        };
        let attempt = death.child.attempt;
        let store = &self.engine.store;
        let ended = store
            .batches()
            .end_attempt(&self.claim, key, attempt, &end)
            .await?;
        if ended {
            self.tell_attempt(&death.child, &end);
        }
        Ok(())
    }

    /// An attempt that completed its batch has told so itself.
    fn tell_attempt(&self, child: &Child, end: &AttemptEnd) {
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
            .map_or(0, |at| (at - clock::now_micros()).max(0) / 1_000);
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

    fn end_of_attempt(&self, stored: &batch::Model, trouble: Trouble, error: String) -> AttemptEnd {
        let limits = &self.engine.limits;
        let counts = (stored.failures.max(0) as u32, stored.outages.max(0) as u32);
        let verdict = after_attempt(
            trouble,
            counts,
            limits.attempts_max,
            limits.backoff,
            self.spread(),
        );
        let at = |pause: Duration| Some(clock::now_micros() + pause.as_micros() as i64);
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
            Some(format!(
                "{error} (attempt {failures} of {})",
                limits.attempts_max
            ))
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
        }
    }
}

pub(super) fn trouble_of(error: &StepError) -> Trouble {
    match error.class() {
        ErrorClass::Outage => Trouble::Outage,
        ErrorClass::Final => Trouble::Final,
        // A lost lease ends the task before this is asked, and so does a stop.
        ErrorClass::Retry | ErrorClass::Stopped | ErrorClass::LeaseLost => Trouble::Failure,
    }
}

/// Of a panic's text, what people can use.
pub(in crate::engine::runtime) fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().to_owned()
}
