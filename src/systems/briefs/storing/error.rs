//! Why articles could not be stored or read.

use std::sync::Arc;

use crate::engine::seam::StepError;
use crate::tables::DatabaseError;

/// What is waited for while it is away.
pub(crate) const THE_OUTPUT: &str = "the database of articles";

#[derive(Debug, thiserror::Error)]
pub(crate) enum StoringError {
    #[error("the database of articles (briefs.output) cannot be used: {reason}")]
    BadUrl { reason: String },
    #[error("failed to open the database of articles")]
    Open(#[source] DatabaseError),
    #[error("failed to {attempted}")]
    Statement {
        attempted: &'static str,
        #[source]
        cause: DatabaseError,
    },
    #[error(
        "table `{table}` exists and was not made by briefs: {fault}; expected another database in \
         briefs.output"
    )]
    OtherTable { table: String, fault: String },
    #[error("row `{id}` of table `{table}` cannot be read: {fault}")]
    Corrupt {
        table: String,
        id: String,
        fault: &'static str,
    },
    /// The process ends.
    #[error("articles are not stored any more: the process is ending")]
    Ending,
}

impl StoringError {
    /// For callers: no SQL, paths or secrets.
    pub(crate) fn public_message(&self) -> String {
        match self {
            Self::Open(cause) => {
                format!(
                    "the database of articles cannot be opened: {}",
                    cause.reason()
                )
            }
            Self::Statement { attempted, cause } => {
                format!(
                    "the database of articles failed to {attempted}: {}",
                    cause.reason()
                )
            }
            Self::BadUrl { .. } | Self::OtherTable { .. } | Self::Corrupt { .. } | Self::Ending => {
                self.to_string()
            }
        }
    }

    /// Whether trying again can help. No `_` arm: a new variant has to choose.
    pub(crate) fn is_transient(&self) -> bool {
        match self {
            Self::Open(cause) | Self::Statement { cause, .. } => cause.is_transient(),
            Self::BadUrl { .. } | Self::OtherTable { .. } | Self::Corrupt { .. } => false,
            Self::Ending => true,
        }
    }
}

impl From<StoringError> for StepError {
    fn from(error: StoringError) -> Self {
        Arc::new(error).into()
    }
}

/// Pages that are stored together fail together.
impl From<Arc<StoringError>> for StepError {
    fn from(error: Arc<StoringError>) -> Self {
        let public = error.public_message();
        let converted = match &*error {
            StoringError::Open(cause) | StoringError::Statement { cause, .. }
                if cause.is_transient() =>
            {
                Self::outage(THE_OUTPUT, public)
            }
            StoringError::Open(cause) | StoringError::Statement { cause, .. }
                if !cause.is_final() =>
            {
                Self::retry(public).about(THE_OUTPUT)
            }
            StoringError::Ending => Self::retry(public).about(THE_OUTPUT),
            _ => Self::refused(public).about(THE_OUTPUT),
        };
        converted.caused_by(error)
    }
}

/// For `map_err`: names what was attempted.
pub(super) fn failed_to(attempted: &'static str) -> impl FnOnce(DatabaseError) -> StoringError {
    move |cause| StoringError::Statement { attempted, cause }
}
