//! Why something that was asked of pipelines was not done.

use std::sync::Arc;

use entity::pipeline_run;

use super::outputs::OutputError;
use super::planning::PlanError;
use crate::engine::seam::{ErrorClass, StepError};
use crate::engine::store::StoreError;
use crate::engine::{CallerError, ErrorKind};

#[derive(Debug, thiserror::Error)]
pub(crate) enum PipelineError {
    #[error("{0:#}")]
    Settings(anyhow::Error),
    #[error("project {project} has no task {task}{hint}")]
    UnknownTask {
        project: String,
        task: String,
        /// Which it may have been.
        hint: String,
    },
    /// Runs that have not ended, of one project.
    #[error("project {project} has {limit} runs that have not ended, as many as it may")]
    TooManyRuns { project: String, limit: u64 },
    #[error("run {id} is in state {state}; this needs {needed} run")]
    WrongState {
        id: String,
        state: &'static str,
        needed: &'static str,
    },
    #[error("there is no run {0}")]
    UnknownRun(String),
    #[error("targets: the list is empty; expected at least one {{task, params}}")]
    NoTargets,
    #[error("parameter {param} of task {task}: expected a value or a list of values")]
    BadParam { task: String, param: String },
    #[error(transparent)]
    Plan(#[from] PlanError),
    #[error("{instance}: {cause}")]
    Output {
        instance: String,
        #[source]
        cause: Arc<OutputError>,
    },
    #[error("{instance}: {problem}")]
    Values { instance: String, problem: String },
    #[error("this idempotency key was used for another request")]
    KeyReused,
    /// Looking failed as a whole.
    #[error(transparent)]
    Look(#[from] StepError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl PipelineError {
    pub(crate) fn wrong_state(run: &pipeline_run::Model, needed: &'static str) -> Self {
        Self::WrongState {
            id: run.id.clone(),
            state: run.state.as_str(),
            needed,
        }
    }
}

impl CallerError for PipelineError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::UnknownTask { .. } | Self::UnknownRun(_) => ErrorKind::NotFound,
            Self::Plan(PlanError::UnknownTask { .. }) => ErrorKind::NotFound,
            Self::Settings(_) => ErrorKind::Invalid,
            Self::NoTargets | Self::BadParam { .. } | Self::Plan(_) | Self::Values { .. } => {
                ErrorKind::Invalid
            }
            Self::Output { cause, .. } => match cause.class() {
                ErrorClass::Outage | ErrorClass::Retry => ErrorKind::Unavailable,
                _ => ErrorKind::Invalid,
            },
            Self::TooManyRuns { .. } => ErrorKind::TooMany,
            Self::WrongState { .. } => ErrorKind::Conflict,
            // As of a job.
            Self::KeyReused => ErrorKind::Invalid,
            Self::Look(_) => ErrorKind::Unavailable,
            Self::Store(error) => error.kind(),
        }
    }

    fn public_message(&self) -> String {
        match self {
            Self::Store(error) => error.public_message(),
            Self::Look(error) => error.public_message().to_owned(),
            error => error.to_string(),
        }
    }

    fn is_logged(&self) -> bool {
        match self {
            Self::Store(error) => error.is_logged(),
            _ => false,
        }
    }
}
