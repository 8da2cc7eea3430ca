//! What can go wrong with an output database.

use rusqlite::ErrorCode;

use crate::engine::seam::{ErrorClass, StepError};
use crate::servers::{self, Said};

#[derive(Debug, thiserror::Error)]
pub enum SinkError {
    #[error(
        "`{scheme}` is not a kind of output; expected sqlite://PATH, or postgres:// or mysql:// \
         with a server and a database"
    )]
    UnknownScheme { scheme: String },
    /// Without its cause: that may show the URL, and with it a password.
    #[error("the URL of the output cannot be read, or an option in it cannot be used")]
    BadUrl,
    #[error("failed to open the output database")]
    Open(#[source] Cause),
    #[error("failed to {attempted}")]
    Statement {
        attempted: &'static str,
        #[source]
        cause: Cause,
    },
    #[error("table `{table}` exists with other columns: expected {expected}")]
    OtherColumns { table: String, expected: String },
    #[error("the name of group `{group}` is too long for a table of this output database")]
    NameTooLong { group: String },
    #[error(
        "a row of {bytes} bytes cannot be staged: the output database takes {bytes_max} bytes at \
         once (max_allowed_packet)"
    )]
    RowTooLarge { bytes: usize, bytes_max: usize },
    #[error("another process has taken over the task")]
    Fenced,
    /// Waited for: the right file may have been moved away for a while.
    #[error("the output database does not know the task: it is not the one that it began with")]
    TaskUnknown,
    #[error("stopped on request")]
    Cancelled,
    #[error("what is stored of the task cannot be read: {reason}")]
    Corrupt { reason: String },
}

/// What a database said.
#[derive(Debug, thiserror::Error)]
pub enum Cause {
    #[error(transparent)]
    Sqlite(#[from] rusqlite::Error),
    #[error(transparent)]
    Server(Said),
}

impl From<sqlx::Error> for Cause {
    fn from(error: sqlx::Error) -> Self {
        Self::Server(error.into())
    }
}

impl SinkError {
    /// Whether trying again can help. No `_` arm: a new variant has to choose.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Open(cause) | Self::Statement { cause, .. } => cause.passes(),
            Self::TaskUnknown => true,
            Self::UnknownScheme { .. }
            | Self::BadUrl
            | Self::OtherColumns { .. }
            | Self::NameTooLong { .. }
            | Self::RowTooLarge { .. }
            | Self::Fenced
            | Self::Cancelled
            | Self::Corrupt { .. } => false,
        }
    }

    /// For callers: says what is wrong without SQL, paths or secrets.
    pub fn public_message(&self) -> String {
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
            Self::UnknownScheme { .. }
            | Self::BadUrl
            | Self::OtherColumns { .. }
            | Self::NameTooLong { .. }
            | Self::RowTooLarge { .. }
            | Self::TaskUnknown
            | Self::Fenced
            | Self::Cancelled
            | Self::Corrupt { .. } => self.to_string(),
        }
    }
}

impl From<SinkError> for StepError {
    fn from(error: SinkError) -> Self {
        let public = error.public_message();
        let step_error = match &error {
            SinkError::Fenced => Self::lease_lost(),
            SinkError::Cancelled => Self::new(ErrorClass::Stopped, public),
            error if error.is_transient() => Self::outage("the output database", public),
            _ => Self::retry(public),
        };
        step_error.caused_by(error)
    }
}

impl Cause {
    fn passes(&self) -> bool {
        match self {
            Self::Sqlite(error) => file_trouble_passes(error),
            Self::Server(said) => servers::is_passing_trouble(&said.0),
        }
    }

    fn reason(&self) -> &'static str {
        match self {
            Self::Sqlite(error) => file_reason(error),
            Self::Server(said) => servers::reason(&said.0),
        }
    }

    /// SQLite stops a statement only when it is told to.
    fn is_interruption(&self) -> bool {
        match self {
            Self::Sqlite(error) => {
                error.sqlite_error_code() == Some(ErrorCode::OperationInterrupted)
            }
            Self::Server(_) => false,
        }
    }
}

/// For `map_err`: says what was attempted.
pub(super) fn failed_to<C: Into<Cause>>(attempted: &'static str) -> impl FnOnce(C) -> SinkError {
    move |cause| {
        let cause = cause.into();
        if cause.is_interruption() {
            SinkError::Cancelled
        } else {
            SinkError::Statement { attempted, cause }
        }
    }
}

/// For `map_err`, where a database is opened.
pub(super) fn not_opened(cause: impl Into<Cause>) -> SinkError {
    SinkError::Open(cause.into())
}

fn file_trouble_passes(error: &rusqlite::Error) -> bool {
    matches!(
        error.sqlite_error_code(),
        Some(
            ErrorCode::DatabaseBusy
                | ErrorCode::DatabaseLocked
                | ErrorCode::DiskFull
                | ErrorCode::SystemIoFailure
                | ErrorCode::CannotOpen
        )
    )
}

fn file_reason(error: &rusqlite::Error) -> &'static str {
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            "it is locked by another process"
        }
        Some(ErrorCode::DiskFull) => "the disk is full",
        Some(ErrorCode::SystemIoFailure) => "the disk answers with errors",
        Some(ErrorCode::CannotOpen) => "there is no such file and none can be created there",
        Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => "it cannot be written to",
        Some(ErrorCode::NotADatabase) => "the file is not a database",
        Some(ErrorCode::DatabaseCorrupt) => "the file is damaged",
        _ => "it answered with an error",
    }
}
