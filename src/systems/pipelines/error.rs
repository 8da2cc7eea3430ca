//! Why something that was asked of pipelines was not done.

use std::io;
use std::sync::Arc;

use entity::{JobId, pipeline_run};
use serde_json::{Value, json};

use super::file_fault::FileFault;
use super::git::GitError;
use super::outputs::OutputError;
use super::planning::PlanError;
use super::project::Fault;
use crate::engine::seam::{ErrorClass, StepError};
use crate::engine::store::StoreError;
use crate::engine::{CallerError, ErrorKind};
use crate::printable::counted;
use crate::webhooks::CommitId;

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
    #[error("project {project} has {} that have not ended, as many as it may", runs(.limit))]
    TooManyRuns { project: String, limit: u64 },
    /// Of a file that was sent.
    #[error("the project file has {}: {}", count(.0), first(.0))]
    Faults(Vec<Fault>),
    /// Of the file in a commit.
    #[error("the project file of commit {commit} has {}: {}", count(&shown(.faults)), first(&shown(.faults)))]
    CommitFaults {
        commit: CommitId,
        faults: Vec<FileFault>,
    },
    #[error("commit: project {0} does not come from git; leave it out")]
    NoSource(String),
    #[error("commit: {0}")]
    BadCommit(&'static str),
    #[error(transparent)]
    Git(#[from] GitError),
    #[error("project {0} was changed meanwhile")]
    Changed(String),
    #[error("project {0} stands in a file of the server's settings and is changed there")]
    OfSettings(String),
    #[error("project {project} has {} that have not ended; to be cancelled first", runs(.open))]
    InUse { project: String, open: u64 },
    #[error("the directory of a project cannot be written")]
    Directory(#[source] io::Error),
    #[error("run {id} is in state {state}; this needs {needed} run")]
    WrongState {
        id: String,
        state: &'static str,
        needed: &'static str,
    },
    /// One that the caller does not see.
    #[error("there is no project {0}, of which this run would make instances")]
    OtherProject(String),
    #[error("there is no run {0}")]
    UnknownRun(String),
    #[error("the graph has no job or instance {0}")]
    NoFocus(String),
    #[error(
        "the graph has {boxes} boxes and {edges} edges, more than are drawn; of a run, ask with \
         collapse=auto, or with focus for the part around a job"
    )]
    LargeGraph { boxes: usize, edges: usize },
    #[error("job {0} makes no instance of a pipeline")]
    OtherJob(JobId),
    #[error("{count} instances; expected the parameters of one")]
    SeveralInstances { count: usize },
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
    /// Two instances of one plan.
    #[error(
        "{first} and {second} have the same output {output}; expected all parameters in its path"
    )]
    SameOutput {
        output: String,
        first: String,
        second: String,
    },
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
            Self::OtherProject(_) => ErrorKind::NotFound,
            Self::UnknownTask { .. }
            | Self::UnknownRun(_)
            | Self::NoFocus(_)
            | Self::OtherJob(_) => ErrorKind::NotFound,
            Self::Plan(PlanError::UnknownTask { .. }) => ErrorKind::NotFound,
            Self::Settings(_) | Self::SeveralInstances { .. } | Self::LargeGraph { .. } => {
                ErrorKind::Invalid
            }
            Self::NoTargets | Self::BadParam { .. } | Self::Plan(_) => ErrorKind::Invalid,
            Self::Values { .. } | Self::SameOutput { .. } => ErrorKind::Invalid,
            Self::Output { cause, .. } => match cause.class() {
                ErrorClass::Outage | ErrorClass::Retry => ErrorKind::Unavailable,
                _ => ErrorKind::Invalid,
            },
            Self::TooManyRuns { .. } => ErrorKind::TooMany,
            Self::WrongState { .. }
            | Self::Changed(_)
            | Self::OfSettings(_)
            | Self::InUse { .. } => ErrorKind::Conflict,
            Self::Faults(_)
            | Self::CommitFaults { .. }
            | Self::NoSource(_)
            | Self::BadCommit(_) => ErrorKind::Invalid,
            Self::Git(error) if error.is_transient() => ErrorKind::Unavailable,
            Self::Git(GitError::NoGit) => ErrorKind::Unavailable,
            Self::Git(_) => ErrorKind::Invalid,
            Self::Directory(_) => ErrorKind::Unavailable,
            // As of a job.
            Self::KeyReused => ErrorKind::Invalid,
            Self::Look(_) => ErrorKind::Unavailable,
            Self::Store(error) => error.kind(),
        }
    }

    fn members(&self) -> Vec<(&'static str, Value)> {
        let faults = match self {
            Self::Faults(faults) => faults,
            Self::CommitFaults { faults, .. } => &shown(faults),
            _ => return Vec::new(),
        };
        let errors = faults.iter().map(|fault| {
            json!({
                "line": fault.position.line, "column": fault.position.column,
                "key": fault.key, "problem": fault.problem,
            })
        });
        vec![("errors", errors.collect())]
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

fn shown(faults: &[FileFault]) -> Vec<Fault> {
    faults.iter().map(FileFault::shown).collect()
}

fn runs(number: &u64) -> String {
    counted(*number, "run")
}

fn count(faults: &[Fault]) -> String {
    match faults.len() {
        1 => "a fault".to_owned(),
        number => format!("{number} faults, the first of which is"),
    }
}

fn first(faults: &[Fault]) -> String {
    faults.first().map(ToString::to_string).unwrap_or_default()
}
