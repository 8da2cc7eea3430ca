//! The statements that write rows.

use super::staging::{CELL_COLUMN, staged, value_column};
use super::tables::{CELL, FETCHED_AT, IMPORT_ID, Layout, Origin};
use crate::tables::Dialect;

/// The imports and runs of scrapes that an output has, each with what became of its rows.
pub(super) const IMPORTS: &str = "audience_output_import";
/// The tables that they have made.
pub(super) const TABLES: &str = "audience_output_table";

/// Statements for the rows of one table of the layout, which stand in a temporary one, called `s`. The table
/// that they go to is called `t`.
pub(super) struct Statements<'l> {
    dialect: &'static dyn Dialect,
    layout: &'l Layout,
    part: usize,
}

impl<'l> Statements<'l> {
    pub fn of(dialect: &'static dyn Dialect, layout: &'l Layout, part: usize) -> Self {
        Self {
            dialect,
            layout,
            part,
        }
    }

    fn target(&self) -> String {
        let part = &self.layout.parts[self.part];
        self.dialect.quoted(&self.layout.targets[part.target].into)
    }

    fn source(&self) -> String {
        format!("{} AS s", self.dialect.temporary(&staged(self.part)))
    }

    /// The column that a value goes to, quoted, and the value as what that column is.
    fn value(&self, value: usize) -> (String, String) {
        let part = &self.layout.parts[self.part];
        let column = &self.layout.targets[part.target].columns[part.columns[value]];
        let text = format!("s.{}", value_column(value));
        (
            self.dialect.quoted(&column.name),
            self.dialect.converted(&text, column.column_type),
        )
    }

    fn values(&self) -> impl Iterator<Item = (String, String)> {
        let count = self.layout.parts[self.part].columns.len();
        (0..count).map(|value| self.value(value))
    }

    /// The names of the columns that values go to.
    fn names(&self) -> impl Iterator<Item = &str> {
        let part = &self.layout.parts[self.part];
        let columns = &self.layout.targets[part.target].columns;
        part.columns.iter().map(|at| columns[*at].name.as_str())
    }

    fn has_key(&self) -> bool {
        !self.layout.parts[self.part].key.is_empty()
    }

    /// Whether rows of both have the same key.
    fn meets(&self) -> String {
        let key = self.layout.parts[self.part].key.iter();
        let same = key.map(|value| {
            let (column, value) = self.value(*value);
            format!("t.{column} = {value}")
        });
        same.collect::<Vec<_>>().join(" AND ")
    }

    /// Updates what differs in rows with the same key; `?1` is the import, if there is one. `None`: nothing can
    /// differ.
    pub fn update(&self) -> Option<String> {
        let part = &self.layout.parts[self.part];
        if !self.has_key() || part.key.len() == part.columns.len() {
            return None;
        }
        let others = (0..part.columns.len()).filter(|value| !part.key.contains(value));
        let others: Vec<(String, String)> = others.map(|value| self.value(value)).collect();
        let same = others
            .iter()
            .map(|(column, value)| self.dialect.same(&format!("t.{column}"), value));
        let same = same.collect::<Vec<_>>().join(" AND ");
        let mut on = format!("{} AND NOT ({same})", self.meets());
        let mut set = others;
        match self.layout.origin {
            Origin::Import => {
                set.push((self.dialect.quoted(IMPORT_ID), "?1".to_owned()));
                set.push((self.dialect.quoted(CELL), format!("s.{CELL_COLUMN}")));
            }
            Origin::Scrape => {
                let mut newer = self.values().zip(self.names());
                if let Some(((column, value), _)) = newer.find(|(_, name)| *name == FETCHED_AT) {
                    on += &format!(" AND t.{column} <= {value}");
                }
            }
        }
        Some(
            self.dialect
                .update_from(&self.target(), &set, &self.source(), &on),
        )
    }

    /// Inserts the rows whose key is not there, or without a key all of them; `?1` is the import, if there is one.
    pub fn insert(&self) -> String {
        let (mut columns, mut values): (Vec<String>, Vec<String>) = self.values().unzip();
        if self.layout.origin == Origin::Import {
            columns.extend([IMPORT_ID, CELL].map(|name| self.dialect.quoted(name)));
            values.extend(["?1".to_owned(), format!("s.{CELL_COLUMN}")]);
        }
        let (target, source) = (self.target(), self.source());
        let mut insert = format!(
            "INSERT INTO {target} ({}) SELECT {} FROM {source}",
            columns.join(", "),
            values.join(", ")
        );
        if self.has_key() {
            let meets = self.meets();
            insert += &format!(" WHERE NOT EXISTS (SELECT 1 FROM {target} AS t WHERE {meets})");
        }
        insert
    }
}

/// Removes the rows of earlier imports of file `?1` from a table.
pub(super) fn remove_file(dialect: &dyn Dialect, into: &str) -> String {
    format!(
        "DELETE FROM {} WHERE {} IN (SELECT import_id FROM {IMPORTS} WHERE file_name = ?1)",
        dialect.quoted(into),
        dialect.quoted(IMPORT_ID)
    )
}

/// Keeps others from a table until the transaction ends; `?1` is its name.
pub(super) fn lock_table() -> String {
    format!("UPDATE {TABLES} SET key_columns = key_columns WHERE name = ?1")
}
