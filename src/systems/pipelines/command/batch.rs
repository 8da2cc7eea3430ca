//! The making of one instance, slice by slice.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use serde_json::json;
use tokio::time::timeout;

use super::checkpoint::{Checkpoint, Phase};
use super::work::{self, Work};
use super::{CommandKind, ending};
use crate::clock;
use crate::engine::seam::{
    Batch, BatchContext, ErrorClass, Progress, Said, Slice, StepError, StopReason, Until, blocking,
};
use crate::engine::store::SliceRows;
use crate::systems::pipelines::executor::{Cause, End, Executor, ExecutorError};
use crate::systems::pipelines::outputs::{self, Attempt, Intent, PublishError};
use crate::systems::pipelines::planning::lack;
use crate::systems::pipelines::project::Body;
use crate::systems::pipelines::store::Marker;

/// A slice that waits for a command reports after so long that it still runs.
const SLICE: Duration = Duration::from_secs(2);

/// Executors that may die under an instance.
const CRASHES_MAX: u32 = 3;

pub(super) struct CommandBatch {
    pub(super) kind: Arc<CommandKind>,
    pub(super) work: Arc<Work>,
    pub(super) context: BatchContext,
    pub(super) at: Checkpoint,
    /// The attempt in the checkpoint was begun by this process, just now: nothing of it runs yet.
    pub(super) is_announced: bool,
    /// The batch was opened at this failure.
    pub(super) is_reported: bool,
}

#[async_trait]
impl Batch for CommandBatch {
    async fn next_slice(&mut self) -> Result<Slice, StepError> {
        match self.at.phase.clone() {
            Phase::New | Phase::Waiting { .. } => self.begin().await,
            Phase::Begun if self.is_announced => self.start().await,
            Phase::Begun => self.attend().await,
            Phase::Failed { reason, is_final } => self.fail(reason, is_final),
            Phase::Publishing(intent) => self.publish(intent).await,
        }
    }

    async fn stop(&mut self, why: StopReason) {
        let is_running = matches!(self.at.phase, Phase::Begun) && !self.is_announced;
        // A program that stops leaves its commands to the next one.
        if why == StopReason::Drained || !is_running {
            return;
        }
        if self.runs_commands() {
            let id = self.attempt_id();
            if let Ok(Some(executor)) = self.executor_of(&id).await
                && executor.stop(&id, None).is_ok()
            {
                executor.wait(&id).await.ok();
            }
            self.put_away(&id).await.ok();
        }
        self.discard().await.ok();
    }
}

impl CommandBatch {
    fn runs_commands(&self) -> bool {
        matches!(self.work.task().body, Some(Body::Run(_) | Body::Exec(_)))
    }

    fn attempt_id(&self) -> String {
        format!("{}.{}", self.context.job.job, self.at.attempt)
    }

    /// The executor that knows an attempt of this batch.
    async fn executor_of(&self, id: &str) -> Result<Option<Arc<Executor>>, StepError> {
        let marker = work::marker(self.context.job.job.as_str(), self.at.attempt);
        self.kind.executors.of_attempt(id, &marker).await
    }

    fn checkpoint(&self) -> Slice {
        Slice::More(Said {
            checkpoint: Some(json!(self.at)),
            ..Said::default()
        })
    }

    /// Looks whether there is anything to do.
    async fn begin(&mut self) -> Result<Slice, StepError> {
        if !self.work.params.forced {
            let missing = tokio::select! {
                // Then the batch is stopped: an answer of a database may take a while.
                () = self.context.cancel.cancelled() => {
                    return Ok(Slice::More(Progress::default().into()));
                }
                missing = self.work.missing(&self.kind) => missing?,
            };
            match missing {
                None => return Ok(Slice::Done(Said::default())),
                Some(missing) if self.work.task().body.is_none() => return self.wait(&missing),
                Some(_) => {}
            }
        }
        if self.work.task().body.is_none() {
            // A group: what it needs has succeeded.
            return Ok(Slice::Done(Said::default()));
        }
        self.at.attempt += 1;
        self.at.phase = Phase::Begun;
        self.is_announced = true;
        Ok(self.checkpoint())
    }

    /// Parks until the next look at what others make.
    fn wait(&mut self, missing: &str) -> Result<Slice, StepError> {
        let Some(wait) = self.work.task().wait else {
            return Err(StepError::refused(format!(
                "input missing: {}",
                lack(missing)
            )));
        };
        let now = clock::now_micros();
        let since = match self.at.phase {
            Phase::Waiting { since } => since,
            _ => now,
        };
        let micros = |duration: Duration| i64::try_from(duration.as_micros()).unwrap_or(i64::MAX);
        if let Some(limit) = wait.timeout
            && now - since >= micros(limit)
        {
            let limit = ending::humantime(limit);
            return Err(StepError::refused(format!(
                "{} within {limit}",
                lack(missing)
            )));
        }
        self.at.phase = Phase::Waiting { since };
        let said = Said {
            checkpoint: Some(json!(self.at)),
            ..Said::default()
        };
        Ok(Slice::Park(
            said,
            Until::Time(now.saturating_add(micros(wait.poll))),
        ))
    }

    /// Starts the commands of the attempt that the checkpoint names.
    async fn start(&mut self) -> Result<Slice, StepError> {
        self.is_announced = false;
        self.sweep().await?;
        let (directory, outputs) = (self.work.directory(), self.work.outputs.clone());
        let (job, number) = (self.context.job.job.to_string(), self.at.attempt);
        let prepared = blocking(move || {
            let attempt = Attempt { job: &job, number };
            Ok(outputs::prepare(&directory, &outputs, attempt))
        });
        let temporaries = match prepared.await? {
            Ok(temporaries) => temporaries,
            Err(error) => {
                return Ok(self.failed(error.to_string(), error.class() == ErrorClass::Final));
            }
        };
        let body = self.work.task().body.clone();
        match body {
            Some(Body::Sql { connection, run }) => self.execute_statements(&connection, &run).await,
            Some(Body::Run(_) | Body::Exec(_)) => {
                let names = (self.context.job.job.as_str(), self.at.attempt);
                let attempt = self.work.attempt(&self.kind, names, &temporaries).await;
                let attempt = match attempt {
                    Ok(attempt) => attempt,
                    Err(error) if error.is_transient() => return Err(error),
                    Err(error) => {
                        return Ok(self.failed(error.public_message().to_owned(), true));
                    }
                };
                let executor = self.kind.executors.own().await?;
                executor.start(&attempt).await.map_err(ending::away)?;
                self.attend().await
            }
            Some(Body::Uses { .. }) | None => Err(StepError::refused(
                "this task has nothing that could be run here",
            )),
        }
    }

    /// Waits for the end of commands, also of those that an earlier process has started.
    async fn attend(&mut self) -> Result<Slice, StepError> {
        if !self.runs_commands() {
            // It was interrupted with its process, and its transaction with it.
            return self.again();
        }
        let id = self.attempt_id();
        let Some(executor) = self.executor_of(&id).await? else {
            // It was never started, or its failure has been noted.
            return self.again();
        };
        let ended = tokio::select! {
            // Then the batch is asked to stop, which ends its commands, or leaves them to the next program.
            () = self.context.cancel.cancelled() => return Ok(Slice::More(Progress::default().into())),
            ended = timeout(SLICE, executor.wait(&id)) => ended,
        };
        match ended {
            Err(_) => Ok(Slice::More(Progress::default().into())),
            Ok(Ok(end)) => self.ended(&id, &end).await,
            Ok(Err(ExecutorError::UnknownAttempt { .. })) => self.again(),
            Ok(Err(error)) => Err(ending::away(error)),
        }
    }

    async fn ended(&mut self, id: &str, end: &End) -> Result<Slice, StepError> {
        ending::measure(&self.work.params.project, end);
        if let Some(error) = &end.log_error {
            let job = &self.context.job.job;
            tracing::error!(job.id = %job, error, "the log of an attempt is not whole: {error}");
        }
        if end.is_success() {
            return self.succeeded().await;
        }
        self.discard().await?;
        self.put_away(id).await?;
        match end.cause {
            Cause::ExecutorDied | Cause::Orphaned => {
                self.at.crashes += 1;
                if self.at.crashes > CRASHES_MAX {
                    let reason = format!("its executor ended {} times", self.at.crashes);
                    return Ok(self.failed(reason, true));
                }
                self.again()
            }
            Cause::Exited | Cause::TimedOut | Cause::Stopped => {
                let reason = ending::reason(self.work.task(), end);
                Ok(self.failed(reason, false))
            }
        }
    }

    /// Begins another attempt, which counts as the same try.
    fn again(&mut self) -> Result<Slice, StepError> {
        self.at.attempt += 1;
        self.at.phase = Phase::Begun;
        self.is_announced = true;
        self.is_reported = false;
        Ok(self.checkpoint())
    }

    /// All commands have succeeded: what they made is looked at.
    pub(super) async fn succeeded(&mut self) -> Result<Slice, StepError> {
        let (directory, outputs) = (self.work.directory(), self.work.outputs.clone());
        let (job, number) = (self.context.job.job.to_string(), self.at.attempt);
        let finished = blocking(move || {
            let attempt = Attempt { job: &job, number };
            Ok(outputs::finish(&directory, &outputs, attempt))
        });
        match finished.await? {
            Ok(intent) => {
                self.at.phase = Phase::Publishing(intent);
                Ok(self.checkpoint())
            }
            Err(error) => {
                self.discard().await?;
                if self.runs_commands() {
                    self.put_away(&self.attempt_id()).await?;
                }
                Ok(self.failed(error.to_string(), error.class() == ErrorClass::Final))
            }
        }
    }

    async fn publish(&mut self, intent: Intent) -> Result<Slice, StepError> {
        let directory = self.work.directory();
        match blocking(move || Ok(outputs::publish(&directory, &intent))).await? {
            Ok(()) => {}
            Err(PublishError::NothingMoved(error)) => {
                self.discard().await?;
                return Ok(self.failed(error.to_string(), error.class() == ErrorClass::Final));
            }
            // What has begun has to be finished, however long that takes.
            Err(PublishError::Unfinished(error)) => {
                let sentence = error.to_string();
                return Err(StepError::outage("an output", sentence).caused_by(error));
            }
        }
        // What is no file has to be there by now.
        let directory = self.work.directory();
        match self
            .kind
            .looker
            .look_after(&directory, &self.work.outputs)
            .await
        {
            Ok(()) => {}
            Err(error) if error.is_transient() => return Err(error),
            Err(error) => {
                return Ok(self.failed(error.public_message().to_owned(), false));
            }
        }
        let marker = Marker {
            project: self.work.params.project.clone(),
            identity: self.work.params.identity.clone(),
            job: self.context.job.job.clone(),
            fingerprint: self.work.task().fingerprint.clone(),
            result: None,
        };
        // Before the instance counts as made.
        if self.runs_commands() {
            self.put_away(&self.attempt_id()).await?;
        }
        let progress = Progress {
            done: 1,
            total: Some(1),
            ..Progress::default()
        };
        Ok(Slice::Done(Said {
            rows: Some(SliceRows::of(marker)),
            ..progress.into()
        }))
    }

    /// Notes the failure of the attempt; the next slice reports it.
    pub(super) fn failed(&mut self, reason: String, is_final: bool) -> Slice {
        self.at.failures += 1;
        let tries = self.work.task().retries + 1;
        let is_final = is_final || self.at.failures >= tries;
        let reason = match tries {
            1 => reason,
            _ => format!("{reason}, attempt {} of {tries}", self.at.failures),
        };
        self.at.phase = Phase::Failed { reason, is_final };
        self.checkpoint()
    }

    /// Reports a failure once; the attempt after that begins.
    fn fail(&mut self, reason: String, is_final: bool) -> Result<Slice, StepError> {
        match is_final {
            true => Err(StepError::refused(reason)),
            false if self.is_reported => self.again(),
            false => {
                self.is_reported = true;
                Err(StepError::retry(reason))
            }
        }
    }

    /// Removes what earlier attempts have left.
    async fn sweep(&self) -> Result<(), StepError> {
        if self.at.attempt <= 1 {
            // A directory may hold many files, and is not listed to find nothing.
            return Ok(());
        }
        let (directory, outputs) = (self.work.directory(), self.work.outputs.clone());
        let job = self.context.job.job.to_string();
        blocking(move || Ok(outputs::sweep(&directory, &outputs, &job, &|_| true)?)).await
    }

    /// Removes what this attempt has made.
    pub(super) async fn discard(&self) -> Result<(), StepError> {
        let (directory, outputs) = (self.work.directory(), self.work.outputs.clone());
        let (job, number) = (self.context.job.job.to_string(), self.at.attempt);
        let attempt = move || {
            let attempt = Attempt { job: &job, number };
            Ok(outputs::discard(&directory, &outputs, attempt)?)
        };
        blocking(attempt).await
    }

    /// Keeps the log of an attempt as an artifact; the executor need not know the attempt any more.
    async fn put_away(&self, id: &str) -> Result<(), StepError> {
        self.kind
            .logs
            .keep(id, self.at.attempt, self.context.job.files.as_ref())
            .await?;
        if let Some(executor) = self.executor_of(id).await? {
            executor.forget(id).map_err(ending::away)?;
        }
        Ok(())
    }
}
