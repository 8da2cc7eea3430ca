//! Why a call about imports was not done.

use std::io;

use serde_json::{Value, json};

use crate::engine::seam::StepError;
use crate::engine::store::StoreError;
use crate::engine::{CallerError, ErrorKind, FlowError};
use crate::systems::prediction::import::{ImportError, MappingFault};
use crate::systems::prediction::writing::WriteError;

#[derive(Debug, thiserror::Error)]
pub(crate) enum ImportsError {
    #[error("there is no mapping {name}; known: {known}")]
    UnknownMapping { name: String, known: String },
    #[error("there is no mapping {0}")]
    NoMapping(String),
    #[error("the mapping has {}: {}", count(.0), first(.0))]
    Faults(Vec<MappingFault>),
    #[error("import: expected {expected}, as the mapping is called in the path; found {found}")]
    OtherName { expected: String, found: String },
    #[error("mapping {0} was changed meanwhile")]
    Changed(String),
    #[error("there is no import {0}")]
    UnknownImport(String),
    #[error("import {0} has not ended; cancel its job first")]
    NotEnded(String),
    /// Says nothing of the path but what the caller has said.
    #[error("file: {path} cannot be read")]
    Unreadable {
        path: String,
        #[source]
        cause: io::Error,
    },
    #[error("file: {0}")]
    File(#[from] ImportError),
    #[error(transparent)]
    Write(#[from] WriteError),
    #[error("the import cannot be made a job")]
    Flow(#[from] FlowError),
    #[error("the import cannot be stored")]
    Unstorable(#[from] serde_json::Error),
    #[error("a worker thread ended early")]
    ThreadLost(#[source] StepError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

fn count(faults: &[MappingFault]) -> String {
    match faults.len() {
        1 => "a fault".to_owned(),
        count => format!("{count} faults"),
    }
}

fn first(faults: &[MappingFault]) -> String {
    faults.first().map(ToString::to_string).unwrap_or_default()
}

impl CallerError for ImportsError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::UnknownMapping { .. }
            | Self::Faults(_)
            | Self::OtherName { .. }
            | Self::Unreadable { .. } => ErrorKind::Invalid,
            Self::File(ImportError::TooLarge { .. }) => ErrorKind::TooLarge,
            Self::File(_) => ErrorKind::Invalid,
            Self::NoMapping(_) | Self::UnknownImport(_) => ErrorKind::NotFound,
            Self::Changed(_) | Self::NotEnded(_) => ErrorKind::Conflict,
            Self::Write(error) => match error {
                WriteError::UnknownOutput { .. } => ErrorKind::Invalid,
                error if error.is_of_request() => ErrorKind::Invalid,
                _ => ErrorKind::Unavailable,
            },
            Self::Flow(_) | Self::Unstorable(_) | Self::ThreadLost(_) => ErrorKind::Internal,
            Self::Store(error) => error.kind(),
        }
    }

    fn members(&self) -> Vec<(&'static str, Value)> {
        let Self::Faults(faults) = self else {
            return Vec::new();
        };
        vec![("errors", json!(faults))]
    }

    fn public_message(&self) -> String {
        match self {
            Self::Write(error) => error.public_message(),
            Self::Store(error) => error.public_message(),
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
