//! What can go wrong while a table is read, whether trying again can help, and what a caller of
//! the API may see of it.

use std::io;
use std::path::PathBuf;

use crate::database_url::UnusableUrl;
use crate::tables::error::DatabaseError;

/// A table could not be found, checked or read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    #[error("unknown kind of source `{scheme}`: known are {known}")]
    UnknownScheme { scheme: String, known: &'static str },

    #[error(transparent)]
    UnusableUrl(#[from] UnusableUrl),

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

    #[error("failed to read `{table}` in the order of `{column}`: its index was dropped")]
    IndexDropped { table: String, column: String },

    #[error("failed to connect to the database of table `{table}`")]
    Connect {
        table: String,
        #[source]
        cause: DatabaseError,
    },

    #[error("failed to {attempt} `{table}`")]
    Database {
        attempt: &'static str,
        table: String,
        #[source]
        cause: DatabaseError,
    },

    #[error(
        "failed to read table `{table}` of `{}`: the file is in WAL mode and its log holds changes, which \
         can only be read where SQLite may write: let this user write to the directory, or take the log \
         over into the file (PRAGMA wal_checkpoint(TRUNCATE))",
        path.display()
    )]
    LogUnreadable { table: String, path: PathBuf },

    #[error("failed to understand the URL of a source (it begins with `{scheme}:`)")]
    MalformedUrl { scheme: String },

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
        "failed to read `{}` to its end: a quote in the record at line {line} is never closed, so \
         that all behind it is taken for one field",
        path.display()
    )]
    QuoteNotClosed {
        table: String,
        path: PathBuf,
        line: u64,
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

impl ReadError {
    /// Whether trying again can help. No `_` arm: a new variant has to choose.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Connect { cause, .. } | Self::Database { cause, .. } => cause.is_transient(),
            Self::File { cause, .. } => !matches!(
                cause.kind(),
                io::ErrorKind::PermissionDenied | io::ErrorKind::IsADirectory
            ),
            // A disk that is not mounted, a file that is being replaced: requests for a source
            // that is not there are refused before they become jobs.
            Self::SourceMissing { .. } => true,
            Self::UnknownScheme { .. }
            | Self::UnusableUrl(_)
            | Self::LogUnreadable { .. }
            | Self::MalformedUrl { .. }
            | Self::TableMissing { .. }
            | Self::ColumnsMissing { .. }
            | Self::TimesUnusable { .. }
            | Self::ForeignPosition { .. }
            | Self::IndexDropped { .. }
            | Self::Record { .. }
            | Self::QuoteNotClosed { .. }
            | Self::FileShrunk { .. } => false,
        }
    }

    /// Whether the same fails again, however often it is tried. A table that is being replaced, or
    /// changed, may be whole again soon.
    pub fn is_final(&self) -> bool {
        match self {
            Self::Connect { cause, .. } | Self::Database { cause, .. } => cause.is_final(),
            Self::UnknownScheme { .. }
            | Self::UnusableUrl(_)
            | Self::LogUnreadable { .. }
            | Self::MalformedUrl { .. }
            | Self::ColumnsMissing { .. }
            | Self::TimesUnusable { .. }
            | Self::ForeignPosition { .. }
            | Self::Record { .. }
            | Self::QuoteNotClosed { .. }
            | Self::FileShrunk { .. } => true,
            Self::File { .. } => !self.is_transient(),
            Self::SourceMissing { .. } | Self::TableMissing { .. } | Self::IndexDropped { .. } => {
                false
            }
        }
    }

    /// A sentence for callers of the API: names tables and columns, never SQL, a path of the host
    /// or a secret.
    pub fn public_message(&self) -> String {
        match self {
            Self::UnknownScheme { .. } => "The source is of a kind that is not known.".to_owned(),
            Self::UnusableUrl(_) => {
                "The URL of the source in the settings has an option that is not known.".to_owned()
            }
            Self::LogUnreadable { table, .. } => format!(
                "Table `{table}` is in a SQLite file in WAL mode whose log holds changes: they can only \
                 be read if this program may write to the directory of the file, or once they are \
                 taken over into it (PRAGMA wal_checkpoint(TRUNCATE))."
            ),
            Self::MalformedUrl { .. } => {
                "The URL of the source in the settings cannot be read.".to_owned()
            }
            Self::SourceMissing { .. } => {
                "The file that the URL of the source names is not there.".to_owned()
            }
            Self::TableMissing { table, .. } => format!("The source has no table `{table}`."),
            Self::ColumnsMissing {
                table,
                missing,
                present,
            } => {
                let (missing, present) = (listed(missing), listed(present));
                format!("Table `{table}` lacks {missing}: its columns are {present}.")
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
            Self::IndexDropped { table, column } => format!(
                "The index on column `{column}` of table `{table}` was removed while it was read."
            ),
            Self::Connect {
                table,
                cause: cause @ DatabaseError::Server(_),
            } => format!(
                "Table `{table}` is on a database server: {}.",
                cause.reason()
            ),
            Self::Database {
                table,
                cause: cause @ DatabaseError::Server(_),
                ..
            } => format!(
                "{} This is about its database server: {}.",
                self.table_unreadable(table, None),
                cause.reason()
            ),
            Self::Connect { table, cause } | Self::Database { table, cause, .. } => {
                self.table_unreadable(table, Some(&cause.reason()))
            }
            Self::File { table, cause, .. } => {
                self.table_unreadable(table, Some(&cause.kind().to_string()))
            }
            Self::Record { table, line, .. } => {
                format!("The file of table `{table}` has a malformed record at line {line}.")
            }
            Self::QuoteNotClosed { table, line, .. } => format!(
                "The file of table `{table}` has a quote that is never closed, in the record at \
                 line {line}: the rows behind it are missing."
            ),
            Self::FileShrunk { table, .. } => {
                format!("The file of table `{table}` was cut short while it was read.")
            }
        }
    }

    /// For `map_err`, where a database fails while a table is read.
    pub(super) fn unreadable<C: Into<DatabaseError>>(table: &str) -> impl FnOnce(C) -> Self {
        Self::failed_to("read", table)
    }

    /// For `map_err`: names what was attempted.
    pub(super) fn failed_to<C: Into<DatabaseError>>(
        attempt: &'static str,
        table: &str,
    ) -> impl FnOnce(C) -> Self {
        move |cause| Self::Database {
            attempt,
            table: table.to_owned(),
            cause: cause.into(),
        }
    }

    /// For `map_err`, where a database is opened.
    pub(super) fn not_connected<C: Into<DatabaseError>>(table: &str) -> impl FnOnce(C) -> Self {
        move |cause| Self::Connect {
            table: table.to_owned(),
            cause: cause.into(),
        }
    }

    fn table_unreadable(&self, table: &str, reason: Option<&str>) -> String {
        let outlook = if self.is_transient() {
            " at the moment"
        } else {
            ""
        };
        // Its own words follow: that it answered with an error is known.
        let own_words = |reason: &str| {
            let words = reason.strip_prefix("it answered with an error: ");
            format!(": {}", words.unwrap_or(reason))
        };
        let reason = reason.map(own_words).unwrap_or_default();
        format!("Table `{table}` cannot be read{outlook}{reason}.")
    }
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
