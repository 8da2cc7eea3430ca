//! Why an export cannot be made or handed out.

use super::fault::ExportFault;
use crate::engine::seam::StepError;
use crate::engine::store::StoreError;
use crate::engine::{CallerError, ErrorKind};
use crate::systems::briefs::storing::StoringError;

/// What is waited for while there is no room in it.
const THE_DIRECTORY: &str = "the directory of exports";

#[derive(Debug, thiserror::Error)]
pub(crate) enum ExportsError {
    #[error(transparent)]
    Fault(#[from] ExportFault),
    #[error(transparent)]
    Articles(#[from] StoringError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("the request of the job cannot be read or stored")]
    Unstorable,
    #[error("the job has no export yet")]
    NotReady,
    #[error("the job has no export of stage {0}")]
    NoStage(i32),
    #[error("the export has no file `{0}`")]
    NoFile(String),
    #[error(
        "the export of stage {stage} was removed: exports are kept for {days} days (briefs.keep_exports)"
    )]
    Removed { stage: i32, days: u64 },
    #[error(
        "the export of stage {stage} is lost, and its articles are those of stage {last} by now"
    )]
    Replaced { stage: i32, last: i32 },
}

impl CallerError for ExportsError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Fault(fault) if fault.is_outage() => ErrorKind::Unavailable,
            Self::Fault(_) | Self::Unstorable => ErrorKind::Internal,
            Self::Articles(error) if error.is_transient() => ErrorKind::Unavailable,
            Self::Articles(_) => ErrorKind::Internal,
            Self::Store(error) => error.kind(),
            Self::NotReady => ErrorKind::Conflict,
            Self::NoStage(_) | Self::NoFile(_) | Self::Removed { .. } | Self::Replaced { .. } => {
                ErrorKind::NotFound
            }
        }
    }

    fn public_message(&self) -> String {
        match self {
            Self::Fault(fault) => fault.public_message(),
            Self::Articles(error) => error.public_message(),
            Self::Store(error) => error.public_message(),
            Self::Unstorable
            | Self::NotReady
            | Self::NoStage(_)
            | Self::NoFile(_)
            | Self::Removed { .. }
            | Self::Replaced { .. } => self.to_string(),
        }
    }

    fn is_logged(&self) -> bool {
        match self {
            Self::Store(error) => error.is_logged(),
            _ => false,
        }
    }
}

impl From<ExportsError> for StepError {
    fn from(error: ExportsError) -> Self {
        match error {
            ExportsError::Articles(error) => error.into(),
            ExportsError::Store(error) => error.into(),
            ExportsError::Fault(ExportFault::Stopped) => Self::stopped(),
            ExportsError::Fault(fault) if fault.is_outage() => {
                Self::outage(THE_DIRECTORY, fault.public_message()).caused_by(fault)
            }
            ExportsError::Fault(fault) => Self::retry(fault.public_message()).caused_by(fault),
            error => Self::refused(error.public_message()).caused_by(error),
        }
    }
}
