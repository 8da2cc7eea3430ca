//! What can go wrong with an output database.

use rusqlite::ErrorCode;

#[derive(Debug, thiserror::Error)]
pub enum SinkError {
    #[error("`{scheme}` is not a kind of output; expected sqlite://PATH")]
    UnknownScheme { scheme: String },
    #[error("failed to open the output database")]
    Open(#[source] rusqlite::Error),
    #[error("failed to {attempted}")]
    Statement {
        attempted: &'static str,
        #[source]
        cause: rusqlite::Error,
    },
    #[error("table `{table}` exists with other columns: expected {expected}")]
    OtherColumns { table: String, expected: String },
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

impl SinkError {
    /// Whether trying again can help. No `_` arm: a new variant has to choose.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Open(cause) | Self::Statement { cause, .. } => is_trouble_that_passes(cause),
            Self::TaskUnknown => true,
            Self::UnknownScheme { .. }
            | Self::OtherColumns { .. }
            | Self::Fenced
            | Self::Cancelled
            | Self::Corrupt { .. } => false,
        }
    }

    /// For callers: says what is wrong without SQL, paths or secrets.
    pub fn public_message(&self) -> String {
        match self {
            Self::Open(cause) => format!("the output database cannot be opened: {}", reason(cause)),
            Self::Statement { attempted, cause } => {
                format!(
                    "the output database failed to {attempted}: {}",
                    reason(cause)
                )
            }
            Self::UnknownScheme { .. }
            | Self::OtherColumns { .. }
            | Self::TaskUnknown
            | Self::Fenced
            | Self::Cancelled
            | Self::Corrupt { .. } => self.to_string(),
        }
    }
}

/// For `map_err`: says what was attempted.
pub(super) fn failed_to(attempted: &'static str) -> impl FnOnce(rusqlite::Error) -> SinkError {
    move |cause| match cause.sqlite_error_code() {
        Some(ErrorCode::OperationInterrupted) => SinkError::Cancelled,
        _ => SinkError::Statement { attempted, cause },
    }
}

fn is_trouble_that_passes(error: &rusqlite::Error) -> bool {
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

fn reason(error: &rusqlite::Error) -> &'static str {
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
