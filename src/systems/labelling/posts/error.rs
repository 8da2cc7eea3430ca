//! What can go wrong while a source is read, whether trying again can help, and what a caller of
//! the API may be told about it.

use std::{io, path::PathBuf};

use rusqlite::ErrorCode;

use crate::engine::seam::StepError;
use crate::servers::{self, Said};

/// A source could not be opened, checked or read.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    #[error("unknown kind of source `{scheme}`: known are {known}")]
    UnknownScheme { scheme: String, known: &'static str },

    #[error("found no source at `{}`", path.display())]
    SourceMissing { path: PathBuf },

    #[error("found no table `{table}` in the source: it holds {}", listed(present))]
    TableMissing { table: String, present: Vec<String> },

    #[error(
        "table `{table}` lacks {}: its columns are {}",
        listed(missing),
        listed(present)
    )]
    ColumnsMissing {
        table: String,
        missing: Vec<String>,
        present: Vec<String>,
    },

    #[error(
        "failed to read times from `{table}`.`{column}`: it holds {found}, \
         expected is text `YYYY-MM-DD HH:MM:SS`"
    )]
    TimesUnusable {
        table: String,
        column: String,
        found: String,
    },

    #[error(
        "failed to read `{table}` on: the portion or position was made for another kind of table"
    )]
    ForeignPosition { table: String },

    #[error("failed to read `{table}` in the order of `{column}`: its index is gone")]
    IndexGone { table: String, column: String },

    #[error("failed to open the database of table `{table}`")]
    OpenDatabase {
        table: String,
        #[source]
        cause: rusqlite::Error,
    },

    #[error("failed to {attempt} `{table}`")]
    Database {
        attempt: &'static str,
        table: String,
        #[source]
        cause: rusqlite::Error,
    },

    #[error("failed to understand the URL of a source (it begins with `{scheme}:`)")]
    MalformedUrl { scheme: String },

    #[error("failed to connect to the database server of table `{table}`")]
    Connect {
        table: String,
        #[source]
        cause: Said,
    },

    #[error("failed to {attempt} `{table}` on its database server")]
    Server {
        attempt: &'static str,
        table: String,
        #[source]
        cause: Said,
    },

    #[error("failed to read `{}`, the file of table `{table}`", path.display())]
    File {
        table: String,
        path: PathBuf,
        #[source]
        cause: io::Error,
    },

    #[error("failed to read the record at line {line} of `{}`", path.display())]
    Record {
        table: String,
        path: PathBuf,
        line: u64,
        #[source]
        cause: csv::Error,
    },

    #[error(
        "failed to read `{}` on from byte {position}: it has shrunk to {size} bytes",
        path.display()
    )]
    FileShrunk {
        table: String,
        path: PathBuf,
        position: u64,
        size: u64,
    },
}

impl SourceError {
    /// Whether trying again can help. No `_` arm: a new variant has to choose.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::OpenDatabase { cause, .. } | Self::Database { cause, .. } => {
                is_passing_trouble(cause)
            }
            Self::File { cause, .. } => !matches!(
                cause.kind(),
                io::ErrorKind::PermissionDenied | io::ErrorKind::IsADirectory
            ),
            // A disk that is not mounted, a file that is being replaced: requests for a source
            // that is not there are refused before they become jobs.
            Self::SourceMissing { .. } => true,
            Self::Connect { cause, .. } | Self::Server { cause, .. } => {
                servers::is_passing_trouble(&cause.0)
            }
            Self::UnknownScheme { .. }
            | Self::MalformedUrl { .. }
            | Self::TableMissing { .. }
            | Self::ColumnsMissing { .. }
            | Self::TimesUnusable { .. }
            | Self::ForeignPosition { .. }
            | Self::IndexGone { .. }
            | Self::Record { .. }
            | Self::FileShrunk { .. } => false,
        }
    }

    /// A sentence for callers of the API: names tables and columns, never SQL, a path of the host
    /// or a secret.
    pub fn public_message(&self) -> String {
        match self {
            Self::UnknownScheme { .. } => "The source is of a kind that is not known.".to_owned(),
            Self::MalformedUrl { .. } => {
                "The URL of the source in the settings cannot be read.".to_owned()
            }
            Self::SourceMissing { .. } => "The source is not there.".to_owned(),
            Self::TableMissing { table, .. } => format!("The source has no table `{table}`."),
            Self::ColumnsMissing { table, missing, .. } => {
                format!("Table `{table}` lacks {}.", listed(missing))
            }
            Self::TimesUnusable {
                table,
                column,
                found,
            } => format!(
                "Column `{column}` of table `{table}` holds {found} where text of the form \
                 YYYY-MM-DD HH:MM:SS is expected."
            ),
            Self::ForeignPosition { table } => {
                format!("Table `{table}` was changed to another kind while it was read.")
            }
            Self::IndexGone { table, column } => format!(
                "The index on column `{column}` of table `{table}` was removed while it was read."
            ),
            Self::Connect { table, cause } => {
                let reason = servers::reason(&cause.0);
                format!("Table `{table}` is on a database server: {reason}.")
            }
            Self::Server { table, cause, .. } => format!(
                "{} This is about its database server: {}.",
                self.table_unreadable(table),
                servers::reason(&cause.0)
            ),
            Self::OpenDatabase { table, .. }
            | Self::Database { table, .. }
            | Self::File { table, .. } => self.table_unreadable(table),
            Self::Record { table, line, .. } => {
                format!("The file of table `{table}` has a malformed record at line {line}.")
            }
            Self::FileShrunk { table, .. } => {
                format!("The file of table `{table}` was cut short while it was read.")
            }
        }
    }

    fn table_unreadable(&self, table: &str) -> String {
        let outlook = if self.is_transient() {
            " at the moment"
        } else {
            ""
        };
        format!("Table `{table}` cannot be read{outlook}.")
    }
}

/// Whether the database is only busy or its disk unwell. A missing file never gets here: it is
/// looked for before it is opened, so that a database which cannot be opened exists.
fn is_passing_trouble(error: &rusqlite::Error) -> bool {
    matches!(
        error.sqlite_error_code(),
        Some(
            ErrorCode::DatabaseBusy
                | ErrorCode::DatabaseLocked
                | ErrorCode::SystemIoFailure
                | ErrorCode::CannotOpen
                | ErrorCode::DiskFull
                | ErrorCode::FileLockingProtocolFailed
        )
    )
}

fn listed(names: &[String]) -> String {
    if names.is_empty() {
        return "none".to_owned();
    }
    names
        .iter()
        .map(|name| format!("`{name}`"))
        .collect::<Vec<_>>()
        .join(", ")
}

impl From<SourceError> for StepError {
    fn from(error: SourceError) -> Self {
        let public = error.public_message();
        let step_error = match error.is_transient() {
            true => Self::outage("the source", public),
            false => Self::retry(public),
        };
        step_error.caused_by(error)
    }
}
