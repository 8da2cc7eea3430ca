//! Why a log cannot be read.

use std::io;

use entity::JobId;

use crate::engine::artifacts::ArtifactError;
use crate::engine::store::StoreError;
use crate::engine::{CallerError, ErrorKind};

#[derive(Debug, thiserror::Error)]
pub(crate) enum LogError {
    #[error("job {job} has no attempt {attempt}")]
    NoAttempt { job: JobId, attempt: u32 },
    #[error("job {0} runs no commands of a pipeline")]
    OtherJob(JobId),
    /// `writer`: a process, with its machine.
    #[error(
        "the log of attempt {attempt} of job {job} is being written by {writer}, in a directory that the \
         process that was asked does not see"
    )]
    Elsewhere {
        job: JobId,
        attempt: u32,
        writer: String,
    },
    #[error("{at_once} searches are running already, try again when one has ended")]
    TooManySearches { at_once: usize },
    #[error("failed to read a log")]
    Read(#[from] io::Error),
    #[error(transparent)]
    Artifact(#[from] ArtifactError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl CallerError for LogError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::NoAttempt { .. } | Self::OtherJob(_) => ErrorKind::NotFound,
            Self::Elsewhere { .. } => ErrorKind::Conflict,
            Self::TooManySearches { .. } => ErrorKind::TooMany,
            Self::Read(_) => ErrorKind::Internal,
            Self::Artifact(error) => error.kind(),
            Self::Store(error) => error.kind(),
        }
    }

    fn public_message(&self) -> String {
        match self {
            Self::Artifact(error) => error.public_message(),
            Self::Store(error) => error.public_message(),
            error => error.to_string(),
        }
    }

    fn is_logged(&self) -> bool {
        match self {
            Self::Artifact(error) => error.is_logged(),
            Self::Store(error) => error.is_logged(),
            _ => false,
        }
    }
}
