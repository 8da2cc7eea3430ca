//! Why a prediction job was not made, or cannot continue.

use crate::engine::seam::StepError;
use crate::engine::store::StoreError;
use crate::engine::{CallerError, ErrorKind, FlowError};
use crate::systems::prediction::serving::{PredictError, ServeError};
use crate::systems::prediction::writing::WriteError;
use crate::tables::ReadError;

/// What is waited for while it is away.
const THE_SOURCE: &str = "the source";
const THE_MODEL: &str = "the model";

#[derive(Debug, thiserror::Error)]
pub(crate) enum PredictionsError {
    #[error("model: {0}")]
    Model(#[source] ServeError),
    #[error("from.source: there is no source {name}; known: {known}")]
    UnknownSource { name: String, known: String },
    #[error("output: there is no output {name}; known: {known}")]
    UnknownOutput { name: String, known: String },
    #[error(
        "from.table: table `{table}` of source `{source_name}` is not in the settings; known: {known}"
    )]
    UnknownTable {
        source_name: String,
        table: String,
        known: String,
    },
    #[error("from.table: `{0}` is a table of the program; expected another one")]
    ReservedTable(String),
    #[error("from.table: there is no table `{table}`; known: {known}")]
    NoTable { table: String, known: String },
    #[error("from.import: there is no import {0}")]
    UnknownImport(String),
    #[error("from.import: import {import} has written no rows")]
    EmptyImport { import: String },
    #[error("from.table: import {import} has written several tables; expected one of {known}")]
    SeveralTables { import: String, known: String },
    #[error("from.table: import {import} has not written `{table}`; known: {known}")]
    OtherTable {
        import: String,
        table: String,
        known: String,
    },
    #[error("columns.{feature}: the model has no such feature; known: {known}")]
    UnknownFeature { feature: String, known: String },
    /// `place` is where the request names it.
    #[error("{place}: table `{table}` has no column `{column}`; known: {known}")]
    UnknownColumn {
        place: String,
        table: String,
        column: String,
        known: String,
    },
    #[error("{place}: column `{column}` holds {found}; expected {expected}")]
    UnfitColumn {
        place: String,
        column: String,
        found: &'static str,
        expected: &'static str,
    },
    #[error("keep: the result has a column `{0}` already; expected other columns")]
    KeptTwice(String),
    #[error("key: the result has a column `{0}` of its own; expected another key")]
    ReservedKey(String),
    #[error("into: table `{0}` is the one that is read; expected another one")]
    SameTable(String),
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error(transparent)]
    Write(#[from] WriteError),
    #[error("job {0} has not written any predictions yet")]
    NotBegun(String),
    #[error("the prediction cannot be made a job")]
    Flow(#[from] FlowError),
    #[error("the prediction cannot be stored")]
    Unstorable(#[from] serde_json::Error),
    #[error("a worker thread ended early")]
    ThreadLost(#[source] StepError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl CallerError for PredictionsError {
    fn kind(&self) -> ErrorKind {
        match self {
            // The model is part of the request, not of the path.
            Self::Model(error) => match error.kind() {
                ErrorKind::NotFound | ErrorKind::Conflict => ErrorKind::Invalid,
                kind => kind,
            },
            Self::UnknownSource { .. }
            | Self::UnknownOutput { .. }
            | Self::UnknownTable { .. }
            | Self::ReservedTable(_)
            | Self::NoTable { .. }
            | Self::UnknownImport(_)
            | Self::EmptyImport { .. }
            | Self::SeveralTables { .. }
            | Self::OtherTable { .. }
            | Self::UnknownFeature { .. }
            | Self::UnknownColumn { .. }
            | Self::UnfitColumn { .. }
            | Self::KeptTwice(_)
            | Self::ReservedKey(_)
            | Self::SameTable(_) => ErrorKind::Invalid,
            Self::Read(error) => match error {
                error if error.is_transient() => ErrorKind::Unavailable,
                _ => ErrorKind::Invalid,
            },
            Self::Write(WriteError::UnknownOutput { .. }) => ErrorKind::Invalid,
            Self::Write(error) => match error.is_of_request() {
                true => ErrorKind::Invalid,
                false => ErrorKind::Unavailable,
            },
            Self::NotBegun(_) => ErrorKind::Conflict,
            Self::Flow(_) | Self::Unstorable(_) | Self::ThreadLost(_) => ErrorKind::Internal,
            Self::Store(error) => error.kind(),
        }
    }

    fn public_message(&self) -> String {
        match self {
            Self::Model(error) => format!("model: {}", error.public_message()),
            Self::Read(error) => format!("from: {}", error.public_message()),
            Self::Write(error) => format!("into: {}", error.public_message()),
            Self::Store(error) => error.public_message(),
            error => error.to_string(),
        }
    }

    fn is_logged(&self) -> bool {
        match self {
            Self::Model(error) => error.is_logged(),
            Self::Store(error) => error.is_logged(),
            _ => false,
        }
    }
}

impl From<PredictionsError> for StepError {
    fn from(error: PredictionsError) -> Self {
        let public = error.public_message();
        match error {
            PredictionsError::Model(error) => of_model(error, public),
            PredictionsError::Read(error) => of_read(error),
            PredictionsError::Write(error) => error.into(),
            PredictionsError::Store(error) => error.into(),
            PredictionsError::UnknownSource { .. } | PredictionsError::UnknownOutput { .. } => {
                Self::not_here(public)
            }
            error => Self::refused(public).caused_by(error),
        }
    }
}

fn of_model(error: ServeError, public: String) -> StepError {
    match error {
        ServeError::Store(error) => error.into(),
        // It may be loaded by the next attempt, e.g. when its server is back.
        error @ ServeError::NotReady { .. } => {
            StepError::outage(THE_MODEL, public).caused_by(error)
        }
        error => StepError::refused(public).caused_by(error),
    }
}

/// The source is away, or the table is not as it was.
pub(super) fn of_read(error: ReadError) -> StepError {
    let public = error.public_message();
    let step_error = match &error {
        error if error.is_transient() => StepError::outage(THE_SOURCE, public),
        error if error.is_final() => StepError::refused(public),
        _ => StepError::retry(public),
    };
    step_error.caused_by(error)
}

pub(super) fn of_scoring(error: PredictError) -> StepError {
    let public = error.to_string();
    let step_error = match &error {
        PredictError::Remote(_) | PredictError::TooManyInWork { .. } => {
            StepError::outage(THE_MODEL, public)
        }
        PredictError::Stopped => StepError::stopped(),
        PredictError::TooManyRows { .. }
        | PredictError::Panicked { .. }
        | PredictError::IsRemote { .. }
        | PredictError::RefusedByRemote(_) => StepError::refused(public),
    };
    step_error.caused_by(error)
}
