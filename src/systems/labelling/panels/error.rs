//! What can go wrong with an output database.

use crate::engine::seam::{ErrorClass, StepError};
use crate::tables::{DatabaseError, UnusableUrl};

/// What a step waits for while it is away; its name is added where it is known.
pub const THE_OUTPUT: &str = "the output database";

#[derive(Debug, thiserror::Error)]
pub enum SinkError {
    #[error(
        "`{scheme}` is not a kind of output; expected sqlite://PATH, or postgres:// or mysql:// \
         with a server and a database"
    )]
    UnknownScheme { scheme: String },
    #[error(transparent)]
    UnusableUrl(#[from] UnusableUrl),
    /// Without its cause: that may show the URL, and with it a password.
    #[error("the URL of the output cannot be read, or an option in it cannot be used")]
    BadUrl,
    #[error("failed to open the output database")]
    Open(#[source] DatabaseError),
    #[error("failed to {attempted}")]
    Statement {
        attempted: &'static str,
        #[source]
        cause: DatabaseError,
    },
    #[error("table `{table}` exists with other columns: expected {expected}")]
    OtherColumns { table: String, expected: String },
    #[error(
        "table `{table}` is one of the original program: `audience migrate --adopt` takes over its \
         tables with their rows, `audience migrate --set-aside` only renames them"
    )]
    OfOriginal { table: String },
    #[error("nothing was changed: {obstacles}")]
    NotAdoptable { obstacles: String },
    #[error("the name of group `{group}` is too long for a table of this output database")]
    NameTooLong { group: String },
    #[error(
        "the label `{label}` is too long: with the `/` before it, it has {chars} characters, and the \
         output database takes {chars_max}"
    )]
    LabelTooLong {
        /// Its beginning.
        label: String,
        chars: usize,
        chars_max: usize,
    },
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

impl SinkError {
    /// Whether trying again can help. No `_` arm: a new variant has to choose.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Open(cause) | Self::Statement { cause, .. } => cause.is_transient(),
            Self::TaskUnknown => true,
            Self::UnknownScheme { .. }
            | Self::UnusableUrl(_)
            | Self::BadUrl
            | Self::OtherColumns { .. }
            | Self::OfOriginal { .. }
            | Self::NotAdoptable { .. }
            | Self::NameTooLong { .. }
            | Self::LabelTooLong { .. }
            | Self::RowTooLarge { .. }
            | Self::Fenced
            | Self::Cancelled
            | Self::Corrupt { .. } => false,
        }
    }

    /// Whether the same is refused again, however often it is tried.
    pub fn is_final(&self) -> bool {
        match self {
            Self::Open(cause) | Self::Statement { cause, .. } => cause.is_final(),
            Self::UnknownScheme { .. }
            | Self::UnusableUrl(_)
            | Self::BadUrl
            | Self::OtherColumns { .. }
            | Self::OfOriginal { .. }
            | Self::NotAdoptable { .. }
            | Self::NameTooLong { .. }
            | Self::LabelTooLong { .. }
            | Self::Corrupt { .. } => true,
            // The next attempt finds out anew how large a row may be, and leaves it out.
            Self::RowTooLarge { .. } | Self::TaskUnknown | Self::Fenced | Self::Cancelled => false,
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
            | Self::UnusableUrl(_)
            | Self::BadUrl
            | Self::OtherColumns { .. }
            | Self::OfOriginal { .. }
            | Self::NotAdoptable { .. }
            | Self::NameTooLong { .. }
            | Self::LabelTooLong { .. }
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
            error if error.is_transient() => Self::outage(THE_OUTPUT, public),
            error if error.is_final() => Self::refused(public).about(THE_OUTPUT),
            _ => Self::retry(public).about(THE_OUTPUT),
        };
        step_error.caused_by(error)
    }
}

/// For `map_err`: names what was attempted.
pub(super) fn failed_to(attempted: &'static str) -> impl FnOnce(DatabaseError) -> SinkError {
    move |cause| match cause {
        cause if cause.is_interruption() => SinkError::Cancelled,
        DatabaseError::RowTooLarge { bytes, bytes_max } => {
            SinkError::RowTooLarge { bytes, bytes_max }
        }
        cause => SinkError::Statement { attempted, cause },
    }
}

/// For `map_err`, where a database is opened.
pub(super) fn not_opened(cause: DatabaseError) -> SinkError {
    SinkError::Open(cause)
}
