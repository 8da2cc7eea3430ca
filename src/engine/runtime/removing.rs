//! Removes single ended jobs with everything that they have left, their results included.
//!
//! It goes in bounded steps, each of which can be done again, the job itself last; what has begun is
//! continued by the sweeper of some process if this one is killed.

use std::sync::Arc;

use entity::{JobId, JobState, StepState, job, step};
use tokio::time::sleep;
use tracing::{info, warn};

use super::sweeper::PAUSE;
use super::{Engine, Runtime};
use crate::engine::seam::{Outputs, Step, StepContext, StepError};
use crate::engine::store::{RemovalBegun, StoreError};
use crate::engine::{CallerError, ErrorKind};
use crate::telemetry::chain;

/// Why a job is not removed.
#[derive(Debug, thiserror::Error)]
pub enum RemoveError {
    #[error("there is no job {0}")]
    Unknown(JobId),
    #[error("job {job} is {}; only an ended job can be removed: cancel it first", .state.as_str())]
    NotEnded { job: JobId, state: JobState },
    /// Nothing of it was removed.
    #[error("the results of job {job} cannot be found: {}", .cause.public_message())]
    Unreachable {
        job: JobId,
        #[source]
        cause: StepError,
    },
    /// The rest follows by itself.
    #[error(
        "job {job} is being removed; the rest follows as soon as that is possible: {}",
        .cause.public_message()
    )]
    Begun {
        job: JobId,
        #[source]
        cause: StepError,
    },
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Runtime {
    /// Removes an ended job with everything that it has left, its published rows included. It is done to
    /// its end, even if the caller does not wait for that.
    pub async fn remove(&self, id: &JobId) -> Result<(), RemoveError> {
        let engine = &self.engine;
        let found = engine.store.jobs().find(id).await?;
        let job = found.ok_or_else(|| RemoveError::Unknown(id.clone()))?;
        if job.state.has_ended() {
            // Before anything is changed: is everything known that is to be removed?
            let found = engine.find_results(&job).await;
            found.map_err(|cause| RemoveError::Unreachable {
                job: id.clone(),
                cause,
            })?;
        }
        match engine.store.jobs().begin_removal(id).await? {
            RemovalBegun::Begun => {}
            RemovalBegun::Unknown => return Err(RemoveError::Unknown(id.clone())),
            RemovalBegun::NotEnded(state) => {
                return Err(RemoveError::NotEnded {
                    job: id.clone(),
                    state,
                });
            }
        }
        let engine = Arc::clone(engine);
        let removing = tokio::spawn(async move { engine.remove(&job).await });
        let removed = removing
            .await
            .unwrap_or_else(|_| Err(StepError::thread_lost()));
        removed.map_err(|cause| {
            warn!(job.id = %id, error = chain(&cause), "a job could not be removed to its end");
            RemoveError::Begun {
                job: id.clone(),
                cause,
            }
        })
    }
}

impl Engine {
    /// Removes what is left of a job whose removal has begun.
    pub(super) async fn remove(&self, job: &job::Model) -> Result<(), StepError> {
        let context = ended_context(self, job);
        let rows = self.limits.retention.rows_per_step;
        let stored = self.store.steps().of(&job.id).await?;
        for step in self.prepared(&stored)? {
            while step.remove(&context, rows).await? > 0 {
                sleep(PAUSE).await;
            }
            step.forget(&context).await?;
        }
        if let Some(artifacts) = &self.artifacts {
            artifacts.drop_files_of(&job.id).await?;
        }
        let (jobs, sweeping) = ([job.id.clone()], self.store.sweeping());
        while !sweeping.drop_jobs(&jobs, &self.kept.of_jobs, rows).await? {
            sleep(PAUSE).await;
        }
        info!(job.id = %job.id, "the job was removed with its results");
        Ok(())
    }

    /// Whether everything that is to be removed can be found. A job that never began has left nothing; one
    /// whose removal has begun may be removed in part.
    async fn find_results(&self, job: &job::Model) -> Result<(), StepError> {
        let stored = self.store.steps().of(&job.id).await?;
        let steps = self.prepared(&stored)?;
        let has_begun = stored.iter().any(|step| step.state != StepState::Pending);
        if !has_begun || self.store.jobs().is_being_removed(&job.id).await? {
            return Ok(());
        }
        let context = ended_context(self, job);
        for step in steps {
            step.find_results(&context).await?;
        }
        Ok(())
    }

    fn prepared(&self, stored: &[step::Model]) -> Result<Vec<Arc<dyn Step>>, StepError> {
        let steps = stored.iter().map(|step| self.registry.prepare_stored(step));
        steps.collect()
    }
}

/// What the steps of an ended job are given.
pub(super) fn ended_context(engine: &Engine, job: &job::Model) -> StepContext {
    StepContext {
        job: job.id.clone(),
        epoch: job.lease_epoch,
        generation: job.generation,
        fresh: false,
        started_at: job.started_at.unwrap_or(job.created_at),
        inputs: Outputs::default(),
        files: None,
        faults: engine.faults.clone(),
    }
}

impl CallerError for RemoveError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Unknown(_) => ErrorKind::NotFound,
            Self::NotEnded { .. } | Self::Unreachable { .. } => ErrorKind::Conflict,
            Self::Begun { .. } => ErrorKind::Unavailable,
            Self::Store(error) => error.kind(),
        }
    }

    fn public_message(&self) -> String {
        match self {
            Self::Store(error) => error.public_message(),
            Self::Unknown(_)
            | Self::NotEnded { .. }
            | Self::Unreachable { .. }
            | Self::Begun { .. } => self.to_string(),
        }
    }

    fn is_logged(&self) -> bool {
        // Where it happened.
        matches!(self, Self::Begun { .. })
    }
}
