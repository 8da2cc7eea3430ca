//! What can go wrong with a database, whichever it is.

use std::borrow::Cow;

use rusqlite::ErrorCode;
use rusqlite::ffi::{
    SQLITE_CONSTRAINT_PRIMARYKEY, SQLITE_CONSTRAINT_TRIGGER, SQLITE_CONSTRAINT_UNIQUE,
};
use sqlx::error::ErrorKind;

use crate::servers::{self, Said};

/// A database failed, refused, or could not be reached.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    #[error(transparent)]
    Sqlite(#[from] rusqlite::Error),
    #[error(transparent)]
    Server(Said),
    #[error(
        "a row of {bytes} bytes cannot be inserted: the database takes {bytes_max} bytes at once \
         (max_allowed_packet)"
    )]
    RowTooLarge { bytes: usize, bytes_max: usize },
    /// Whether the transaction is durable may not be known.
    #[error("the transaction could not be committed")]
    Commit(#[source] Box<DatabaseError>),
}

impl From<sqlx::Error> for DatabaseError {
    fn from(error: sqlx::Error) -> Self {
        Self::Server(error.into())
    }
}

impl DatabaseError {
    /// For `map_err`, where a transaction is committed.
    pub(super) fn of_commit(cause: impl Into<Self>) -> Self {
        Self::Commit(Box::new(cause.into()))
    }

    /// Whether trying again can help. No `_` arm: a new variant has to choose.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Sqlite(error) => is_passing_file_trouble(error),
            Self::Server(said) => servers::is_passing_trouble(&said.0),
            Self::RowTooLarge { .. } => false,
            // Its statements were right, or one of them would have failed; but a constraint that
            // is looked at so late refuses the same rows again.
            Self::Commit(cause) => !cause.is_refused_row() && !cause.is_limit_of_role(),
        }
    }

    /// Whether the same statement is refused again, however often it is tried: for its values, its
    /// names, or the rights of its user.
    pub fn is_final(&self) -> bool {
        match self {
            Self::Sqlite(error) => matches!(
                error.sqlite_error_code(),
                Some(
                    ErrorCode::PermissionDenied
                        | ErrorCode::ReadOnly
                        | ErrorCode::NotADatabase
                        | ErrorCode::DatabaseCorrupt
                        | ErrorCode::TooBig
                        | ErrorCode::TypeMismatch
                        | ErrorCode::ConstraintViolation
                )
            ),
            Self::Server(said) => servers::is_final(&said.0),
            Self::RowTooLarge { .. } => true,
            Self::Commit(cause) => cause.is_refused_row() || cause.is_limit_of_role(),
        }
    }

    /// What is wrong, in words for callers: no SQL, no path, no address, no secret.
    pub fn reason(&self) -> Cow<'static, str> {
        match self {
            Self::Sqlite(error) => file_reason(error),
            Self::Server(said) => servers::reason(&said.0),
            Self::RowTooLarge { .. } => Cow::Borrowed("a row is too large for it"),
            Self::Commit(cause) => cause.reason(),
        }
    }

    /// The same for the author of the statement, with the names of tables and columns that it has where
    /// the statement itself is at fault. Values of rows stay hidden.
    pub fn reason_for_author(&self) -> Cow<'static, str> {
        let of_author = match self {
            Self::Sqlite(error) => of_sqlite_statement(error),
            Self::Server(said) => servers::fault_of_statement(&said.0),
            Self::Commit(_) | Self::RowTooLarge { .. } => None,
        };
        match of_author {
            Some(message) => Cow::Owned(format!(
                "it answered with an error: {}",
                servers::first_line(&message)
            )),
            None => self.reason(),
        }
    }

    /// Whether a limit of the role ended what was asked for: it would do so again.
    fn is_limit_of_role(&self) -> bool {
        match self {
            Self::Server(said) => servers::is_limit_of_role(&said.0),
            Self::Commit(cause) => cause.is_limit_of_role(),
            Self::Sqlite(_) | Self::RowTooLarge { .. } => false,
        }
    }

    /// Whether the statement was stopped because its caller cancelled it. Servers report that in
    /// words of their own.
    pub(crate) fn is_interruption(&self) -> bool {
        match self {
            Self::Sqlite(error) => {
                error.sqlite_error_code() == Some(ErrorCode::OperationInterrupted)
            }
            Self::Commit(cause) => cause.is_interruption(),
            Self::Server(_) | Self::RowTooLarge { .. } => false,
        }
    }

    /// Whether a constraint of a table refuses a row.
    fn is_refused_row(&self) -> bool {
        match self {
            Self::Sqlite(error) => {
                error.sqlite_error_code() == Some(ErrorCode::ConstraintViolation)
            }
            Self::Server(Said(sqlx::Error::Database(error))) => {
                !matches!(error.kind(), ErrorKind::Other)
            }
            Self::Server(_) | Self::RowTooLarge { .. } | Self::Commit(_) => false,
        }
    }

    /// Whether a statement names a table that does not exist.
    pub(super) fn is_missing_table(&self) -> bool {
        match self {
            Self::Sqlite(
                rusqlite::Error::SqlInputError { msg: message, .. }
                | rusqlite::Error::SqliteFailure(_, Some(message)),
            ) => message.starts_with("no such table"),
            Self::Server(Said(sqlx::Error::Database(error))) => {
                let code = error.code();
                // `42S02` is the code of MySQL.
                matches!(code.as_deref(), Some("42P01" | "42S02"))
            }
            Self::Commit(cause) => cause.is_missing_table(),
            Self::Sqlite(_) | Self::Server(_) | Self::RowTooLarge { .. } => false,
        }
    }

    /// Whether a row with the same key exists.
    pub(crate) fn is_unique_violation(&self) -> bool {
        match self {
            Self::Sqlite(rusqlite::Error::SqliteFailure(error, _)) => {
                [SQLITE_CONSTRAINT_PRIMARYKEY, SQLITE_CONSTRAINT_UNIQUE]
                    .contains(&error.extended_code)
            }
            Self::Server(Said(sqlx::Error::Database(error))) => error.is_unique_violation(),
            Self::Sqlite(_) | Self::Server(_) | Self::RowTooLarge { .. } | Self::Commit(_) => false,
        }
    }
}

/// The database is locked, or its disk unwell: both may pass.
fn is_passing_file_trouble(error: &rusqlite::Error) -> bool {
    matches!(
        error.sqlite_error_code(),
        Some(
            ErrorCode::DatabaseBusy
                | ErrorCode::DatabaseLocked
                | ErrorCode::DiskFull
                | ErrorCode::SystemIoFailure
                | ErrorCode::CannotOpen
                | ErrorCode::FileLockingProtocolFailed
        )
    )
}

fn file_reason(error: &rusqlite::Error) -> Cow<'static, str> {
    let known = match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            "it is locked by another process"
        }
        Some(ErrorCode::DiskFull) => "the disk is full",
        Some(ErrorCode::SystemIoFailure) => "the disk answers with errors",
        Some(ErrorCode::CannotOpen) => "there is no such file and none can be created there",
        Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => "it cannot be written to",
        Some(ErrorCode::NotADatabase) => "the file is not a database",
        Some(ErrorCode::DatabaseCorrupt) => "the file is damaged",
        _ => return in_its_words(error),
    };
    Cow::Borrowed(known)
}

/// What SQLite says of a statement that it cannot prepare.
fn of_sqlite_statement(error: &rusqlite::Error) -> Option<String> {
    let (code, message) = match error {
        rusqlite::Error::SqliteFailure(code, message) => (code, message.as_deref()?),
        rusqlite::Error::SqlInputError { error, msg, .. } => (error, msg.as_str()),
        _ => return None,
    };
    (code.extended_code == rusqlite::ffi::SQLITE_ERROR).then(|| message.to_owned())
}

fn in_its_words(error: &rusqlite::Error) -> Cow<'static, str> {
    use rusqlite::Error as Cause;

    let (code, message) = match error {
        Cause::InvalidColumnType(_, column, kind) => {
            return Cow::Owned(format!(
                "column `{column}` holds {kind}, which is not expected there"
            ));
        }
        Cause::IntegralValueOutOfRange(..) => return Cow::Borrowed("a number is out of range"),
        Cause::FromSqlConversionFailure(_, kind, _) => {
            return Cow::Owned(format!("a value of the type {kind} cannot be read"));
        }
        Cause::Utf8Error(..) => return Cow::Borrowed("a text is not valid UTF-8"),
        rusqlite::Error::SqliteFailure(code, message) => (code, message.as_deref()),
        rusqlite::Error::SqlInputError { error, msg, .. } => (error, Some(msg.as_str())),
        _ => return Cow::Borrowed("it answered with an error"),
    };
    match message {
        // What a trigger says may be made of rows.
        _ if code.extended_code == SQLITE_CONSTRAINT_TRIGGER => {
            Cow::Borrowed("a trigger of it refused this")
        }
        Some(message) => Cow::Owned(format!(
            "it answered with an error: {}",
            servers::without_data(message)
        )),
        None => Cow::Owned(format!("it answered with an error: {code}")),
    }
}

#[cfg(test)]
mod tests {
    use rusqlite::ffi;

    use super::*;

    #[test]
    fn trouble_that_passes_is_transient() {
        for (code, transient) in [
            (ffi::SQLITE_BUSY, true),
            (ffi::SQLITE_LOCKED, true),
            (ffi::SQLITE_IOERR_READ, true),
            (ffi::SQLITE_CANTOPEN, true),
            (ffi::SQLITE_FULL, true),
            (ffi::SQLITE_NOTADB, false),
            (ffi::SQLITE_CORRUPT, false),
            (ffi::SQLITE_ERROR, false),
            (ffi::SQLITE_PERM, false),
        ] {
            let error = rusqlite::Error::SqliteFailure(ffi::Error::new(code), None);
            assert_eq!(
                DatabaseError::from(error).is_transient(),
                transient,
                "{code}"
            );
        }
        assert_eq!(
            ffi::Error::new(ffi::SQLITE_IOERR_READ).code,
            ErrorCode::SystemIoFailure
        );
    }
}
