//! Writes the queries that read a table along an index.

use rusqlite::{Connection, ErrorCode, params};

use super::scan::{selected, source_of};
use crate::tables::names::in_double_quotes;
use crate::tables::read::source::TableQuery;

/// The queries that read a table along an index; each takes the number of rows as its limit.
pub(super) struct Queries {
    pub(super) from: String,
    pub(super) rest_of_moment: String,
    pub(super) later: String,
}

impl Queries {
    pub(super) fn new(query: &TableQuery, index: &str, tie: &str) -> Self {
        let head = format!(
            "SELECT {} FROM {} INDEXED BY {}",
            selected(query, Some(tie)),
            source_of(query),
            in_double_quotes(index)
        );
        let time = format!("source.{}", in_double_quotes(&query.time));
        let tie = format!("source.{}", in_double_quotes(tie));
        let in_order = format!("AND {time} < ?2 ORDER BY {time}, {tie} LIMIT ?3");
        Self {
            from: format!("{head} WHERE {time} >= ?1 {in_order}"),
            rest_of_moment: format!(
                "{head} WHERE {time} = ?1 AND {tie} > ?2 ORDER BY {tie} LIMIT ?3"
            ),
            later: format!("{head} WHERE {time} > ?1 {in_order}"),
        }
    }

    /// Whether SQLite can do all of this by seeking in the index.
    pub(super) fn seek(&self, connection: &Connection) -> rusqlite::Result<bool> {
        for query in [&self.from, &self.rest_of_moment, &self.later] {
            let mut explain = match connection.prepare(&format!("EXPLAIN QUERY PLAN {query}")) {
                Ok(explain) => explain,
                // That is how SQLite says that the index cannot serve the query at all.
                Err(error) if error.sqlite_error_code() == Some(ErrorCode::Unknown) => {
                    return Ok(false);
                }
                Err(error) => return Err(error),
            };
            let step: String = explain.query_row(params![0, 0, 0], |row| row.get("detail"))?;
            if !step.starts_with("SEARCH") {
                return Ok(false);
            }
        }
        Ok(true)
    }

    #[cfg(test)]
    pub(super) fn all(&self) -> [&str; 3] {
        [&self.from, &self.rest_of_moment, &self.later]
    }
}
