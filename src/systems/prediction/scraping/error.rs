//! Why a call about scrapes was not done.

use serde_json::{Value, json};

use super::pack::PackError;
use crate::engine::store::StoreError;
use crate::engine::triggers::TriggerError;
use crate::engine::{CallerError, ErrorKind, FlowError};
use crate::systems::prediction::import::MappingFault;
use crate::systems::prediction::scrape::FetchError;
use crate::systems::prediction::writing::WriteError;

#[derive(Debug, thiserror::Error)]
pub(crate) enum ScrapesError {
    #[error("there is no scrape {name}; known: {known}")]
    UnknownScrape { name: String, known: String },
    #[error("there is no scrape {0}")]
    NoScrape(String),
    #[error("the scrape has {}: {}", count(.0.len()), first(.0))]
    Faults(Vec<MappingFault>),
    /// What does not fit its mapping.
    #[error("the scrape has {}: {}", count(.0.len()), .0.join("; "))]
    Misfits(Vec<String>),
    #[error("scrape: expected {expected}, as the scrape is called in the path; found {found}")]
    OtherName { expected: String, found: String },
    #[error("scrape {0} was changed meanwhile")]
    Changed(String),
    #[error("there is no run {run} of the scrape {scrape}")]
    UnknownRun { scrape: String, run: String },
    #[error("run {run} has no page {page} that is kept")]
    UnknownPage { run: String, page: i32 },
    #[error("no pages of the scrape {scrape} are kept {range}")]
    NothingKept { scrape: String, range: String },
    #[error("from: expected a day that is not later than `to`")]
    Backwards,
    #[error("the client for pages cannot be made")]
    Client(#[source] FetchError),
    #[error("the mapping {name} of the scrape cannot be read: {reason}")]
    Mapping { name: String, reason: String },
    #[error(transparent)]
    Write(#[from] WriteError),
    #[error(transparent)]
    Pack(#[from] PackError),
    #[error("the run cannot be made a job")]
    Flow(#[from] FlowError),
    #[error("the run cannot be stored")]
    Unstorable(#[from] serde_json::Error),
    #[error(transparent)]
    Trigger(#[from] TriggerError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

fn count(faults: usize) -> String {
    match faults {
        1 => "a fault".to_owned(),
        count => format!("{count} faults"),
    }
}

fn first(faults: &[MappingFault]) -> String {
    faults.first().map(ToString::to_string).unwrap_or_default()
}

impl CallerError for ScrapesError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::UnknownScrape { .. }
            | Self::Faults(_)
            | Self::Misfits(_)
            | Self::OtherName { .. }
            | Self::NothingKept { .. }
            | Self::Backwards
            | Self::Mapping { .. } => ErrorKind::Invalid,
            Self::NoScrape(_) | Self::UnknownRun { .. } | Self::UnknownPage { .. } => {
                ErrorKind::NotFound
            }
            Self::Changed(_) => ErrorKind::Conflict,
            Self::Write(error) => match error {
                WriteError::UnknownOutput { .. } => ErrorKind::Invalid,
                error if error.is_of_request() => ErrorKind::Invalid,
                _ => ErrorKind::Unavailable,
            },
            Self::Pack(PackError::Missing) => ErrorKind::NotFound,
            Self::Pack(PackError::Files(error)) if error.is_transient() => ErrorKind::Unavailable,
            Self::Pack(_) | Self::Client(_) | Self::Flow(_) | Self::Unstorable(_) => {
                ErrorKind::Internal
            }
            Self::Trigger(error) => error.kind(),
            Self::Store(error) => error.kind(),
        }
    }

    fn members(&self) -> Vec<(&'static str, Value)> {
        match self {
            Self::Faults(faults) => vec![("errors", json!(faults))],
            _ => Vec::new(),
        }
    }

    fn public_message(&self) -> String {
        match self {
            Self::Write(error) => error.public_message(),
            Self::Trigger(error) => error.public_message(),
            Self::Store(error) => error.public_message(),
            error => error.to_string(),
        }
    }

    fn is_logged(&self) -> bool {
        match self {
            Self::Trigger(error) => error.is_logged(),
            Self::Store(error) => error.is_logged(),
            _ => false,
        }
    }
}
