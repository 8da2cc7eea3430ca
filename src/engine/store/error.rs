//! What can go wrong between the engine and its store.

use std::borrow::Cow;

use entity::JobId;
use sea_orm::sqlx::{Error as SqlxError, sqlite::SqliteError};
use sea_orm::{DbErr, RuntimeErr};

use crate::database_url::UnusableUrl;
use crate::engine::{CallerError, ErrorKind};
use crate::servers::{self, Conflict};

#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("failed to open the engine's database")]
    Connect(#[source] DbErr),
    #[error(
        "`{url}` is not a database that can hold the engine's tables; expected sqlite://PATH, postgres://… or mysql://…"
    )]
    UnknownScheme { url: String },
    #[error(
        "the engine's database is behind a pool of connections (such as pgbouncer) that does not \
         keep what is set for a session; expected the URL of the server itself"
    )]
    Pooled,
    #[error(transparent)]
    UnusableUrl(#[from] UnusableUrl),
    #[error("the engine's database cannot be used: {reason}")]
    UnusableFile { reason: String },
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
    #[error("failed to begin a transaction")]
    NotBegun(#[source] DbErr),
    #[error("failed to commit a transaction: nothing was stored")]
    NotCommitted(#[source] DbErr),
    #[error("failed to write together with others: nothing was stored")]
    Undone,
    #[error("the database has not answered for {seconds} s: nothing was stored")]
    Silent { seconds: u64 },
    /// The connection was lost, or the disk failed, before the outcome was known.
    #[error(
        "failed to commit a transaction, and it is not known whether it was stored: look for it, \
         or repeat the call with its key"
    )]
    InDoubt(#[source] DbErr),
    #[error("another process has taken over job {job}")]
    LeaseLost { job: JobId },
    #[error("the idempotency key was used before for another request")]
    KeyReused,
    #[error("job {job} exists with another request")]
    OtherRequest { job: JobId },
    #[error("job {job} needs job {needs}, which is not known")]
    UnknownNeed { job: JobId, needs: JobId },
    #[error("job {job} and others need each other in a circle, or need such")]
    NeedsCircle { job: JobId },
    #[error("job {other} has the identity of job {job} and has not ended")]
    IdentityLive { job: JobId, other: JobId },
    #[error("job {job} needs more slots, or slots with longer names, than can be stored")]
    TooManySlots { job: JobId },
    #[error("too many jobs are waiting: {limit} is the limit")]
    QueueFull { limit: u64 },
    #[error("another process does the same at this moment")]
    Contended,
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
            Self::Connect(cause) | Self::Query { cause, .. } => is_passing_trouble(cause),
            // Whatever the database says there: what it was asked for was right.
            Self::NotBegun(_)
            | Self::NotCommitted(_)
            | Self::InDoubt(_)
            | Self::Undone
            | Self::Silent { .. }
            | Self::Contended => true,
            Self::UnknownScheme { .. }
            | Self::Pooled
            | Self::UnusableUrl(_)
            | Self::UnusableFile { .. }
            | Self::Migrate(_)
            | Self::Newer { .. }
            | Self::LeaseLost { .. }
            | Self::KeyReused
            | Self::OtherRequest { .. }
            | Self::UnknownNeed { .. }
            | Self::NeedsCircle { .. }
            | Self::IdentityLive { .. }
            | Self::TooManySlots { .. }
            | Self::QueueFull { .. }
            | Self::Unstorable { .. }
            | Self::Closed
            | Self::Corrupt { .. } => false,
        }
    }

    /// Whether opening the store again can help: another process may be making the tables, or the
    /// connection was lost meanwhile.
    pub(super) fn may_pass_at_start(&self) -> bool {
        match self {
            // The server knows no such user, password or database.
            Self::Connect(cause) => !sqlx_error(cause).is_some_and(servers::is_final),
            // Another process may have made the same table at this moment, which is no such refusal.
            Self::Migrate(cause) => !sqlx_error(cause).is_some_and(servers::is_right_missing),
            _ => self.is_transient(),
        }
    }

    /// Whether the database is away at the start: a server that cannot be reached or is starting, or
    /// a file that another process keeps locked. What else is wrong with it does not pass by itself.
    pub fn is_away(&self) -> bool {
        match self {
            Self::Connect(DbErr::ConnectionAcquire(_)) => true,
            Self::Connect(cause) | Self::Query { cause, .. } | Self::Migrate(cause) => {
                sqlx_error(cause).is_some_and(|cause| match sqlite_code(cause) {
                    Some(code) => [SQLITE_BUSY, SQLITE_LOCKED].contains(&(code & 0xFF)),
                    None => servers::is_passing_trouble(cause),
                })
            }
            _ => false,
        }
    }

    /// Why the database cannot be opened, for operators; `None`: it is about something else.
    pub fn cause_of_opening(&self) -> Option<String> {
        Some(match self {
            Self::Connect(cause) => cause_for_operators(cause),
            Self::UnusableFile { reason } => reason.clone(),
            Self::Migrate(cause) => {
                let cause = match sqlx_error(cause) {
                    Some(refused) if servers::is_right_missing(refused) => MAY_NOT_MAKE.to_owned(),
                    _ => cause_for_operators(cause),
                };
                format!("its tables cannot be brought to this version: {cause}")
            }
            Self::Query { cause, .. } | Self::NotBegun(cause) | Self::NotCommitted(cause) => {
                format!("{self}: {}", cause_for_operators(cause))
            }
            Self::Newer { migration } => {
                format!(
                    "it was written by a newer version: migration `{migration}` is unknown here"
                )
            }
            Self::UnknownScheme { .. } | Self::Pooled | Self::UnusableUrl(_) => self.to_string(),
            _ => return None,
        })
    }

    /// Whether the URL itself cannot be used, whatever stands behind it.
    pub fn is_of_url(&self) -> bool {
        matches!(
            self,
            Self::UnknownScheme { .. } | Self::Pooled | Self::UnusableUrl(_)
        )
    }

    /// The error of a commit that failed.
    pub(super) fn of_commit(cause: DbErr) -> Self {
        match is_certainly_undone(&cause) {
            true => Self::NotCommitted(cause),
            false => Self::InDoubt(cause),
        }
    }

    /// Whether the database itself fails. A transaction that had to give way to another one is
    /// not an outage.
    pub(super) fn is_outage(&self) -> bool {
        let gave_way = matches!(
            self.conflict(),
            Some(Conflict::Deadlock | Conflict::LockTimeout)
        );
        self.is_transient() && !matches!(self, Self::Undone | Self::Contended) && !gave_way
    }

    /// How another transaction was in the way, if one was.
    fn conflict(&self) -> Option<Conflict> {
        self.cause().and_then(sqlx_error).and_then(Conflict::of)
    }

    /// Whether the server has undone the transaction, or a part of it, for the sake of another one.
    pub(super) fn is_deadlock(&self) -> bool {
        self.conflict() == Some(Conflict::Deadlock)
    }

    /// What is wrong with the database, in words for callers.
    pub(super) fn reason(&self) -> String {
        let cause = self.cause().and_then(sqlx_error);
        let reason = cause.map_or(Cow::Borrowed("it cannot be reached"), |cause| {
            sqlite_reason(cause).map_or_else(|| servers::reason(cause), Cow::Borrowed)
        });
        format!("the engine's database fails: {reason}")
    }

    fn cause(&self) -> Option<&DbErr> {
        match self {
            Self::Connect(cause)
            | Self::Query { cause, .. }
            | Self::NotBegun(cause)
            | Self::NotCommitted(cause)
            | Self::InDoubt(cause)
            | Self::Migrate(cause) => Some(cause),
            Self::UnknownScheme { .. }
            | Self::Pooled
            | Self::UnusableUrl(_)
            | Self::UnusableFile { .. }
            | Self::Newer { .. }
            | Self::LeaseLost { .. }
            | Self::KeyReused
            | Self::OtherRequest { .. }
            | Self::UnknownNeed { .. }
            | Self::NeedsCircle { .. }
            | Self::IdentityLive { .. }
            | Self::TooManySlots { .. }
            | Self::QueueFull { .. }
            | Self::Unstorable { .. }
            | Self::Closed
            | Self::Undone
            | Self::Silent { .. }
            | Self::Contended
            | Self::Corrupt { .. } => None,
        }
    }

    /// Whether another process was in the way: what was attempted has been undone, and goes well or
    /// finds what the other has stored when it is repeated.
    pub(super) fn is_collision(&self) -> bool {
        match self {
            Self::Contended => true,
            Self::Query { .. } => matches!(
                self.conflict(),
                Some(Conflict::SameKey | Conflict::Deadlock)
            ),
            _ => false,
        }
    }
}

impl CallerError for StoreError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::KeyReused => ErrorKind::Invalid,
            Self::UnknownNeed { .. } | Self::NeedsCircle { .. } | Self::TooManySlots { .. } => {
                ErrorKind::Invalid
            }
            Self::OtherRequest { .. } | Self::IdentityLive { .. } => ErrorKind::Conflict,
            Self::QueueFull { .. } => ErrorKind::TooMany,
            Self::NotBegun(_)
            | Self::NotCommitted(_)
            | Self::InDoubt(_)
            | Self::Undone
            | Self::Silent { .. }
            | Self::Contended => ErrorKind::Unavailable,
            Self::Connect(_) | Self::Query { .. } if self.is_transient() => ErrorKind::Unavailable,
            Self::Connect(_)
            | Self::Query { .. }
            | Self::UnknownScheme { .. }
            | Self::Pooled
            | Self::UnusableUrl(_)
            | Self::UnusableFile { .. }
            | Self::Migrate(_)
            | Self::Newer { .. }
            | Self::LeaseLost { .. }
            | Self::Unstorable { .. }
            | Self::Closed
            | Self::Corrupt { .. } => ErrorKind::Internal,
        }
    }

    /// The store logs its outages.
    fn is_logged(&self) -> bool {
        self.is_outage()
    }
}

/// For `map_err`: says what was attempted.
pub(crate) fn query(attempted: &'static str) -> impl FnOnce(DbErr) -> StoreError {
    move |cause| StoreError::Query { attempted, cause }
}

fn is_passing_trouble(error: &DbErr) -> bool {
    match error {
        DbErr::ConnectionAcquire(_) | DbErr::Conn(_) => true,
        DbErr::Exec(RuntimeErr::SqlxError(cause)) | DbErr::Query(RuntimeErr::SqlxError(cause)) => {
            servers::is_passing_trouble(cause) || sqlite_trouble_passes(cause)
        }
        _ => false,
    }
}

/// Whether a commit that failed with this error has stored nothing. Of a lost connection that is
/// not known, and a disk may have taken what it could not confirm.
fn is_certainly_undone(error: &DbErr) -> bool {
    sqlx_error(error).is_some_and(|cause| match sqlite_code(cause) {
        Some(code) => code & 0xFF != SQLITE_IOERR,
        None => servers::is_answer(cause),
    })
}

/// What is wrong, for operators, who may see addresses.
fn cause_for_operators(error: &DbErr) -> String {
    match (sqlx_error(error), error) {
        (Some(cause), _) => match sqlite_code(cause) {
            Some(code) if code & 0xFF == SQLITE_CANTOPEN => {
                "the file cannot be opened or made there".to_owned()
            }
            _ => sqlite_reason(cause).map_or_else(|| servers::cause(cause), str::to_owned),
        },
        (None, DbErr::ConnectionAcquire(_)) => "no connection was to be had in time".to_owned(),
        (None, DbErr::Custom(said)) => said.clone(),
        (None, _) => "it did not answer as expected".to_owned(),
    }
}

fn sqlx_error(error: &DbErr) -> Option<&SqlxError> {
    match error {
        DbErr::Exec(RuntimeErr::SqlxError(cause))
        | DbErr::Query(RuntimeErr::SqlxError(cause))
        | DbErr::Conn(RuntimeErr::SqlxError(cause)) => Some(&**cause),
        _ => None,
    }
}

/// How to mend a right that is missing where tables are made.
const MAY_NOT_MAKE: &str = "the user may not make or change tables there; expected a user with the right \
                            CREATE, for whom `audience migrate` is enough";

const SQLITE_BUSY: u32 = 5;
const SQLITE_LOCKED: u32 = 6;
const SQLITE_READONLY: u32 = 8;
const SQLITE_IOERR: u32 = 10;
const SQLITE_CORRUPT: u32 = 11;
const SQLITE_FULL: u32 = 13;
const SQLITE_CANTOPEN: u32 = 14;
const SQLITE_NOTADB: u32 = 26;

/// Whether an error of SQLite passes: the file is busy, out of reach, or its disk full.
fn sqlite_trouble_passes(error: &SqlxError) -> bool {
    const PASSING: [u32; 5] = [
        SQLITE_BUSY,
        SQLITE_LOCKED,
        SQLITE_IOERR,
        SQLITE_FULL,
        SQLITE_CANTOPEN,
    ];
    // The rest of a code says more of the same.
    sqlite_code(error).is_some_and(|code| PASSING.contains(&(code & 0xFF)))
}

fn sqlite_reason(error: &SqlxError) -> Option<&'static str> {
    Some(match sqlite_code(error)? & 0xFF {
        SQLITE_BUSY | SQLITE_LOCKED => "it is locked by another process",
        SQLITE_READONLY => "it cannot be written to",
        SQLITE_IOERR => "its disk answers with errors",
        SQLITE_FULL => "its disk is full",
        SQLITE_CANTOPEN => "its file cannot be opened",
        SQLITE_CORRUPT => "the file is damaged",
        SQLITE_NOTADB => "the file is not a SQLite database",
        _ => "it answered with an error",
    })
}

/// The extended code of an error of SQLite.
fn sqlite_code(error: &SqlxError) -> Option<u32> {
    let SqlxError::Database(database) = error else {
        return None;
    };
    database.try_downcast_ref::<SqliteError>()?;
    database.code()?.parse().ok()
}
