//! Why rows could not be written.

use crate::engine::seam::{ErrorClass, StepError};
use crate::systems::prediction::import::ImportError;
use crate::systems::prediction::scraping::PackError;
use crate::tables::DatabaseError;

/// What is waited for while it is away.
pub(crate) const THE_OUTPUT: &str = "the output database";

#[derive(Debug, thiserror::Error)]
pub(crate) enum WriteError {
    /// The file itself is at fault.
    #[error(transparent)]
    File(#[from] ImportError),
    #[error("unknown output `{name}`; known: {known}")]
    UnknownOutput { name: String, known: String },
    #[error("the output cannot be used: {reason}")]
    BadUrl { reason: String },
    #[error("failed to open the output database")]
    Open(#[source] DatabaseError),
    #[error("failed to {attempted}")]
    Statement {
        attempted: &'static str,
        #[source]
        cause: DatabaseError,
    },
    #[error(
        "table `{table}` exists and was not made by {maker}: it lacks the column `{column}`; \
         expected another name in `into`"
    )]
    OtherTable {
        table: String,
        /// `an import`, `a scrape`.
        maker: &'static str,
        column: &'static str,
    },
    #[error(
        "table `{table}` exists and `{key}` is not its primary key; expected its key, or another name in \
         `into`"
    )]
    OtherKey { table: String, key: String },
    #[error(
        "the key `{key}…` of a row is too long for table `{table}`, which takes {most} characters"
    )]
    KeyTooLong {
        table: String,
        key: String,
        most: usize,
    },
    #[error("`{table}` is a name of the program's own; expected another one in `into`")]
    ReservedTable { table: String },
    #[error("the name `{name}` is too long for the output database")]
    NameTooLong { name: String },
    #[error("column `{column}` of table `{table}` has two types in the mapping")]
    TwoTypes { table: String, column: String },
    #[error(
        "column `{column}` of table `{table}` is of the type {declared} already, and the rows have \
         {wanted}; expected the same type, or another name of the column or the table"
    )]
    OtherType {
        table: String,
        column: String,
        declared: &'static str,
        wanted: &'static str,
    },
    /// Those that are to be extracted cannot be read.
    #[error(transparent)]
    Pages(Box<PackError>),
    #[error("stopped on request")]
    Cancelled,
    #[error("another process has taken over the job")]
    Fenced,
    #[error("what is stored of the import cannot be read")]
    Corrupt,
}

impl WriteError {
    /// For callers: no SQL, paths or secrets.
    pub(crate) fn public_message(&self) -> String {
        match self {
            Self::Open(cause) => {
                format!("the output database cannot be opened: {}", cause.reason())
            }
            Self::Statement { attempted, cause } => {
                format!(
                    "the output database failed to {attempted}: {}",
                    cause.reason()
                )
            }
            Self::File(_)
            | Self::UnknownOutput { .. }
            | Self::BadUrl { .. }
            | Self::OtherTable { .. }
            | Self::OtherKey { .. }
            | Self::KeyTooLong { .. }
            | Self::ReservedTable { .. }
            | Self::NameTooLong { .. }
            | Self::TwoTypes { .. }
            | Self::OtherType { .. }
            | Self::Pages(_)
            | Self::Cancelled
            | Self::Fenced
            | Self::Corrupt => self.to_string(),
        }
    }

    /// What is refused for the file or the mapping, however often it is tried.
    pub(crate) fn is_of_request(&self) -> bool {
        match self {
            Self::File(_)
            | Self::OtherTable { .. }
            | Self::OtherKey { .. }
            | Self::KeyTooLong { .. }
            | Self::ReservedTable { .. }
            | Self::NameTooLong { .. }
            | Self::TwoTypes { .. }
            | Self::OtherType { .. } => true,
            Self::UnknownOutput { .. }
            | Self::BadUrl { .. }
            | Self::Open(_)
            | Self::Statement { .. }
            | Self::Pages(_)
            | Self::Cancelled
            | Self::Fenced
            | Self::Corrupt => false,
        }
    }
}

impl From<WriteError> for StepError {
    fn from(error: WriteError) -> Self {
        let error = match error {
            WriteError::Pages(error) => return (*error).into(),
            WriteError::Fenced => return Self::lease_lost(),
            error => error,
        };
        let public = error.public_message();
        let converted = match &error {
            WriteError::Cancelled => Self::new(ErrorClass::Stopped, public),
            WriteError::UnknownOutput { .. } => Self::not_here(public),
            WriteError::Open(cause) | WriteError::Statement { cause, .. }
                if cause.is_transient() =>
            {
                Self::outage(THE_OUTPUT, public)
            }
            WriteError::Open(cause) | WriteError::Statement { cause, .. } if !cause.is_final() => {
                Self::retry(public).about(THE_OUTPUT)
            }
            _ => Self::refused(public).about(THE_OUTPUT),
        };
        converted.caused_by(error)
    }
}

/// For `map_err`: names what was attempted.
pub(crate) fn failed_to(attempted: &'static str) -> impl FnOnce(DatabaseError) -> WriteError {
    move |cause| match cause {
        cause if cause.is_interruption() => WriteError::Cancelled,
        cause => WriteError::Statement { attempted, cause },
    }
}
