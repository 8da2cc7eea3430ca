//! What can go wrong between the engine and its store.

use entity::JobId;
use sea_orm::sqlx::{Error as SqlxError, sqlite::SqliteError};
use sea_orm::{DbErr, RuntimeErr};

use crate::engine::{CallerError, ErrorKind};
use crate::servers;

#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("failed to open the engine's database")]
    Connect(#[source] DbErr),
    #[error(
        "`{url}` is not a database that can hold the engine's tables; expected sqlite://PATH, postgres://… or mysql://…"
    )]
    UnknownScheme { url: String },
    #[error("failed to bring the engine's tables to this version")]
    Migrate(#[source] DbErr),
    #[error(
        "the engine's database was written by a newer version: migration `{migration}` is unknown here"
    )]
    Newer { migration: String },
    #[error("failed to {attempted}")]
    Query {
        attempted: &'static str,
        #[source]
        cause: DbErr,
    },
    #[error("another process has taken over job {job}")]
    LeaseLost { job: JobId },
    #[error("the idempotency key was used before for another request")]
    KeyReused,
    #[error("job {job} exists with another request")]
    OtherRequest { job: JobId },
    #[error("too many jobs are waiting: {limit} is the limit")]
    QueueFull { limit: u64 },
    #[error("something cannot be written down as JSON")]
    Unstorable {
        #[source]
        cause: serde_json::Error,
    },
    #[error("the engine's database has been closed")]
    Closed,
    #[error("what is stored of job {job} cannot be read: {reason}")]
    Corrupt { job: JobId, reason: String },
}

impl StoreError {
    /// Whether trying again can help. No `_` arm: a new variant has to choose.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Connect(cause) | Self::Query { cause, .. } => is_connection_trouble(cause),
            Self::UnknownScheme { .. }
            | Self::Migrate(_)
            | Self::Newer { .. }
            | Self::LeaseLost { .. }
            | Self::KeyReused
            | Self::OtherRequest { .. }
            | Self::QueueFull { .. }
            | Self::Unstorable { .. }
            | Self::Closed
            | Self::Corrupt { .. } => false,
        }
    }
}

impl CallerError for StoreError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::KeyReused => ErrorKind::Invalid,
            Self::OtherRequest { .. } => ErrorKind::Conflict,
            Self::QueueFull { .. } => ErrorKind::TooMany,
            Self::Connect(_) | Self::Query { .. } if self.is_transient() => ErrorKind::Unavailable,
            Self::Connect(_)
            | Self::Query { .. }
            | Self::UnknownScheme { .. }
            | Self::Migrate(_)
            | Self::Newer { .. }
            | Self::LeaseLost { .. }
            | Self::Unstorable { .. }
            | Self::Closed
            | Self::Corrupt { .. } => ErrorKind::Internal,
        }
    }
}

/// For `map_err`: says what was attempted.
pub(crate) fn query(attempted: &'static str) -> impl FnOnce(DbErr) -> StoreError {
    move |cause| StoreError::Query { attempted, cause }
}

fn is_connection_trouble(error: &DbErr) -> bool {
    match error {
        DbErr::ConnectionAcquire(_) | DbErr::Conn(_) => true,
        DbErr::Exec(RuntimeErr::SqlxError(cause)) | DbErr::Query(RuntimeErr::SqlxError(cause)) => {
            servers::is_passing_trouble(cause) || sqlite_trouble_passes(cause)
        }
        _ => false,
    }
}

/// Whether an error of SQLite passes: the file is busy, out of reach, or its disk full.
fn sqlite_trouble_passes(error: &SqlxError) -> bool {
    // BUSY, LOCKED, IOERR, FULL, CANTOPEN; the rest of a code says more of the same.
    const PASSING: [u32; 5] = [5, 6, 10, 13, 14];
    let SqlxError::Database(database) = error else {
        return false;
    };
    database.try_downcast_ref::<SqliteError>().is_some_and(|_| {
        let code = database.code().and_then(|code| code.parse::<u32>().ok());
        code.is_some_and(|code| PASSING.contains(&(code & 0xFF)))
    })
}
