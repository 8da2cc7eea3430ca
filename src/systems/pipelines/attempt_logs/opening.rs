//! Finds the log of an attempt.

use std::sync::Arc;
use std::time::Duration;

use entity::{JobId, JobState, job};
use tokio::time::sleep;

use super::attempt_log::{AttemptLog, Source};
use super::error::LogError;
use super::kept::KeptLog;
use super::live::LiveLogs;
use crate::engine::Flows;
use crate::engine::artifacts::AllArtifacts;
use crate::engine::store::{BatchKey, Store};
use crate::systems::pipelines::command::{Checkpoint, Logs, Phase, artifact_name, attempt_of};
use crate::systems::pipelines::composing::FLOW;
use crate::systems::pipelines::project::Body;
use crate::systems::pipelines::projects::Projects;

/// Between the note that an attempt has begun and its file.
const FILE_COMES_WITHIN: Duration = Duration::from_secs(1);
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// The only batch of a job.
const BATCH: BatchKey = BatchKey { step_no: 0, no: 0 };

/// The logs of all attempts; clones share what is followed.
#[derive(Clone)]
pub(crate) struct AttemptLogs {
    pub(super) directory: Logs,
    files: AllArtifacts,
    store: Store,
    pub(super) flows: Flows,
    projects: Arc<Projects>,
    live: Arc<LiveLogs>,
}

/// What has become of an attempt.
pub(super) struct Standing {
    pub is_over: bool,
    /// Another process has begun it.
    pub is_elsewhere: bool,
}

impl AttemptLogs {
    pub(crate) fn new(
        directory: Logs,
        files: AllArtifacts,
        store: Store,
        flows: Flows,
        projects: Arc<Projects>,
    ) -> Self {
        Self {
            directory,
            files,
            store,
            flows,
            projects,
            live: Arc::default(),
        }
    }

    /// The log of an attempt; without one of the last that has a log, or of the first that will.
    pub(crate) async fn open(
        &self,
        job: &job::Model,
        attempt: Option<u32>,
    ) -> Result<AttemptLog, LogError> {
        if job.flow != FLOW {
            return Err(LogError::OtherJob(job.id.clone()));
        }
        let mut tries_left = FILE_COMES_WITHIN.as_millis() / LOOK_EVERY.as_millis();
        loop {
            match self.look(job, attempt).await {
                Ok(Some(log)) => return Ok(log),
                // It was put away meanwhile.
                Ok(None) => continue,
                Err(LogError::Elsewhere { .. }) if tries_left > 0 => tries_left -= 1,
                Err(error) => return Err(error),
            }
            sleep(LOOK_EVERY).await;
        }
    }

    async fn look(
        &self,
        job: &job::Model,
        asked: Option<u32>,
    ) -> Result<Option<AttemptLog>, LogError> {
        let id = &job.id;
        let checkpoint = self.checkpoint(id).await?;
        // Live ones first: one that is put away meanwhile is found among the others.
        let live = match asked {
            Some(attempt) => self.directory.is_live(id, attempt).then_some(attempt),
            None => self.directory.live_attempts(id).into_iter().max(),
        };
        let kept = self.files.list(id).await?;
        let kept = kept.iter().filter_map(|file| attempt_of(&file.name));
        let kept: Vec<u32> = kept.collect();
        let last = kept.iter().copied().chain(live).max();
        let begun = checkpoint.begun();
        let attempt = asked.or(last.max(begun)).unwrap_or(1);
        if asked.is_some() && Some(attempt) > last.max(begun).max(Some(1)) {
            let job = id.clone();
            return Err(LogError::NoAttempt { job, attempt });
        }
        let found = |source| {
            Ok(Some(AttemptLog {
                attempt,
                job: id.clone(),
                logs: self.clone(),
                source,
            }))
        };
        if kept.contains(&attempt) {
            return found(self.kept(id, attempt).await?);
        }
        let standing = self.standing_of(job, &checkpoint, attempt);
        if live == Some(attempt) || !(standing.is_over || standing.is_elsewhere) {
            let log = self.live.open(self, id, attempt);
            return match live == Some(attempt) && log.reader().is_none() {
                true => Ok(None),
                false => found(Source::Live(log)),
            };
        }
        if standing.is_elsewhere {
            let writer = self.flows.runtime().holder(job).unwrap_or_default();
            return Err(LogError::Elsewhere {
                job: id.clone(),
                attempt,
                writer,
            });
        }
        found(Source::Nothing)
    }

    /// The log of an attempt that has ended.
    pub(super) async fn kept(&self, job: &JobId, attempt: u32) -> Result<Source, LogError> {
        let artifact = self.files.parts(job, &artifact_name(attempt)).await?;
        Ok(match artifact {
            Some(artifact) => Source::Kept(KeptLog::open(artifact).await?),
            None => Source::Nothing,
        })
    }

    /// What the store says of an attempt.
    pub(super) async fn standing(&self, id: &JobId, attempt: u32) -> Result<Standing, LogError> {
        let Some(job) = self.store.jobs().find(id).await? else {
            return Ok(Standing {
                is_over: true,
                is_elsewhere: false,
            });
        };
        let checkpoint = self.checkpoint(id).await?;
        Ok(self.standing_of(&job, &checkpoint, attempt))
    }

    fn standing_of(&self, job: &job::Model, checkpoint: &Checkpoint, attempt: u32) -> Standing {
        let has_failed = matches!(checkpoint.phase, Phase::Failed { .. });
        let is_over = job.state.has_ended()
            || attempt < checkpoint.attempt
            || (attempt == checkpoint.attempt && has_failed);
        let runtime = self.flows.runtime();
        let owner = job.lease_owner.as_deref();
        let is_ours = owner.is_none_or(|owner| runtime.is_owner(owner));
        let is_begun = attempt == checkpoint.attempt && job.state == JobState::Running;
        Standing {
            is_over,
            is_elsewhere: !is_over && is_begun && !is_ours && self.has_commands(job),
        }
    }

    /// Whether the task of a job has commands; of a task that is not known here: perhaps.
    fn has_commands(&self, job: &job::Model) -> bool {
        #[derive(serde::Deserialize)]
        struct Named {
            project: String,
            task: String,
        }
        let named = serde_json::from_str::<Named>(&job.request).ok();
        let body = named.and_then(|named| {
            let known = self.projects.find(&named.project)?;
            Some(known.project.task(&named.task)?.body.clone())
        });
        body.is_none_or(|body| matches!(body, Some(Body::Run(_) | Body::Exec(_))))
    }

    async fn checkpoint(&self, job: &JobId) -> Result<Checkpoint, LogError> {
        let batch = self.store.batches().find(job, BATCH).await?;
        Ok(batch.as_ref().map(Checkpoint::of).unwrap_or_default())
    }
}
