//! Reads posts out of the tables that teams keep them in: on database servers, in SQLite databases
//! and in CSV files.
//!
//! A source is read in portions, a portion in slices:
//!
//! ```text
//! Source::plan ──► Portion ┬─► Source::open ──► Reader ──► read_slice, read_slice, … finished
//!                  Portion ┤                       │
//!                  …       ┘                       └─► Position: a later open goes on from there
//! ```
//!
//! Portions and positions are durable: a process that dies leaves both behind, and the next one
//! visits exactly the rows that are left. No lock on the users' data outlives a slice.

mod catalog;
mod csv;
mod error;
mod load;
mod moment;
mod portion;
mod range;
mod server;
mod slice;
mod sqlite;
#[cfg(test)]
mod tests;

use std::{borrow::Cow, path::Path, sync::Arc};

use serde::{Deserialize, Serialize};

use crate::{servers::ServerKind, sqlite::file_of};

pub use self::{
    catalog::{SourceEntry, Sources, UnknownSource},
    error::SourceError,
    load::load_csv,
    moment::{Moment, MomentError},
    portion::{Portion, Position},
};

/// How many times are looked at before a column is said not to hold any: one broken row at the
/// start of a table should not keep the rest from being read.
const TIMES_CHECKED: u32 = 100;

/// Where posts come from. Every method blocks; call them where blocking is fine.
pub trait Source: Send + Sync {
    /// The tables that could be read, sorted by name.
    fn tables(&self) -> Result<Vec<String>, SourceError>;

    /// Finds out whether a job that matches `text` could read the table: it can be reached, exists,
    /// has every column that the job needs, and its times can be read.
    fn check(
        &self,
        table: &str,
        columns: &ColumnNames,
        text: TextColumn,
    ) -> Result<(), SourceError>;

    /// Divides the rows of the range into at most so many portions; none if there are no rows.
    fn plan(&self, spec: &ReadSpec, portions_wanted: u32) -> Result<Plan, SourceError>;

    /// Starts to read a portion, or goes on from where an earlier reader of it ended.
    fn open(
        &self,
        spec: &ReadSpec,
        portion: &Portion,
        from: Option<&Position>,
    ) -> Result<Box<dyn Reader>, SourceError>;
}

/// Reads one portion. Blocks like its source.
pub trait Reader: Send {
    /// Reads on from where the last slice ended and calls `visit` for each row that takes part;
    /// `visit` returns the bytes it kept. Stops after `limits.rows` rows scanned or once the kept
    /// bytes reach `limits.bytes`. After an error the rows of this slice do not count: open the
    /// portion again from the last position.
    fn read_slice(
        &mut self,
        limits: SliceLimits,
        visit: &mut dyn FnMut(Row<'_>) -> usize,
    ) -> Result<SliceEnd, SourceError>;
}

/// What the columns of a table of posts are called.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ColumnNames {
    pub id: String,
    pub s_id: String,
    pub s_area_id: String,
    pub author: String,
    pub title: String,
    pub content: String,
    pub post_time: String,
}

impl Default for ColumnNames {
    fn default() -> Self {
        Self {
            id: "id".to_owned(),
            s_id: "s_id".to_owned(),
            s_area_id: "s_area_id".to_owned(),
            author: "author".to_owned(),
            title: "title".to_owned(),
            content: "content".to_owned(),
            post_time: "post_time".to_owned(),
        }
    }
}

impl ColumnNames {
    fn text(&self, column: TextColumn) -> &str {
        match column {
            TextColumn::Author => &self.author,
            TextColumn::Content => &self.content,
            TextColumn::Title => &self.title,
            TextColumn::SAreaId => &self.s_area_id,
        }
    }

    /// The columns that a job which matches `text` cannot do without.
    fn needed(&self, text: TextColumn) -> [&str; 5] {
        [
            &self.id,
            &self.s_id,
            &self.author,
            self.text(text),
            &self.post_time,
        ]
    }

    /// Of the columns that are needed, those that the table lacks are an error that names them all.
    fn demand(&self, table: &str, text: TextColumn, present: &[String]) -> Result<(), SourceError> {
        let mut missing: Vec<String> = Vec::new();
        for name in self.needed(text) {
            let exists = present
                .iter()
                .any(|column| column.eq_ignore_ascii_case(name));
            if !exists && !missing.iter().any(|named| named == name) {
                missing.push(name.to_owned());
            }
        }
        if missing.is_empty() {
            return Ok(());
        }
        Err(SourceError::ColumnsMissing {
            table: table.to_owned(),
            missing,
            present: present.to_vec(),
        })
    }
}

/// The column that is matched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TextColumn {
    Author,
    Content,
    Title,
    SAreaId,
}

/// What is to be read: the rows of a table from `start` to `end`, both included.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReadSpec {
    pub table: String,
    #[serde(default)]
    pub columns: ColumnNames,
    pub text: TextColumn,
    pub start: Moment,
    pub end: Moment,
}

impl ReadSpec {
    fn of_all_times(table: &str, columns: &ColumnNames, text: TextColumn) -> Self {
        Self {
            table: table.to_owned(),
            columns: columns.clone(),
            text,
            start: Moment::EARLIEST,
            end: Moment::LATEST,
        }
    }

    fn demand_columns(&self, present: &[String]) -> Result<(), SourceError> {
        self.columns.demand(&self.table, self.text, present)
    }
}

/// How the rows of a range are divided.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    pub portions: Vec<Portion>,
    /// Whether every portion is read in the order of time, and so is each one after the other.
    pub time_ordered: bool,
    /// About how many rows the range holds, where that is cheap to know.
    pub rows_estimate: Option<u64>,
    /// What the owner of the table should know, one sentence each.
    pub warnings: Vec<String>,
}

/// One row that takes part: nothing in it is NULL and its time is in the range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row<'a> {
    pub id: &'a str,
    pub s_id: &'a str,
    pub author: &'a str,
    /// The text that is matched.
    pub text: &'a str,
    /// As it stands in the table.
    pub post_time: &'a str,
}

/// When a slice ends. A slice scans at least one row, whatever the limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SliceLimits {
    pub rows: u32,
    pub bytes: usize,
}

/// Where a slice ended and what it came across.
#[derive(Clone, Debug, PartialEq)]
pub struct SliceEnd {
    pub position: Position,
    /// Whether the portion has no more rows.
    pub finished: bool,
    /// Every row of this portion that takes part up to and including this moment has been visited;
    /// `None` while that is not known of any moment.
    pub complete_to: Option<Moment>,
    pub rows_scanned: u64,
    /// Of the rows scanned, those whose time is not one.
    pub rows_undated: u64,
}

/// Makes the source that a URL names: `postgres:`, `mysql:` and `mariadb:` with the options of
/// sqlx; `sqlite:PATH` or `csv:PATH`, with or without `//`, where a path that starts with `/` is
/// absolute. Touches nothing yet.
pub fn open_source(url: &str) -> Result<Arc<dyn Source>, SourceError> {
    if let Some(path) = file_of(url) {
        return Ok(Arc::new(sqlite::SqliteSource::new(&path)));
    }
    if let Some(kind) = ServerKind::of_url(url) {
        return server::open(kind, url);
    }
    let (scheme, path) = url.split_once(':').unwrap_or((url, ""));
    let path = path.strip_prefix("//").unwrap_or(path);
    match scheme {
        "csv" => Ok(Arc::new(csv::CsvSource::new(Path::new(path)))),
        // Only the scheme is shown: what follows it may hold a password.
        _ => Err(SourceError::UnknownScheme {
            scheme: scheme.to_owned(),
            known: "`postgres:`, `mysql:`, `mariadb:`, `sqlite:` and `csv:`",
        }),
    }
}

/// Bytes as text. Valid text is borrowed, however long it is, and checked by the faster of the two
/// ways; what is not UTF-8 keeps its place with U+FFFD, so that no row is lost to it.
fn lossy(bytes: &[u8]) -> Cow<'_, str> {
    match str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => String::from_utf8_lossy(bytes),
    }
}
