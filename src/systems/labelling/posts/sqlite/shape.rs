//! Finds out what a table is (its columns, its indexes, whether rows have a rowid) and with that
//! in which order it can be read.

use rusqlite::{Connection, OptionalExtension};

use crate::sqlite::quoted;

use super::by_time::Queries;
use crate::systems::labelling::posts::{ReadSpec, SourceError};

/// What the schema says about a table or view.
pub(super) struct Shape {
    kind: Kind,
    pub(super) columns: Vec<String>,
    primary_key: Vec<String>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Rowid,
    WithoutRowid,
    /// A view or a virtual table: its rows have no key of their own.
    Computed,
}

/// In which order a table is read, best first.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Order {
    /// By time and, within one time, by `tie`, both along the index.
    Time { index: String, tie: String },
    /// As it lies in the file; `rowid` is the name under which the rowid can be had.
    Rowid { rowid: &'static str },
    /// By time, from a sorted copy.
    Copied,
}

impl Shape {
    pub(super) fn of(connection: &Connection, table: &str) -> Result<Self, SourceError> {
        let trouble = |cause| SourceError::Database {
            attempt: "look up the columns of",
            table: table.to_owned(),
            cause,
        };
        let Some(kind) = kind_of(connection, table).map_err(trouble)? else {
            let present = tables(connection).map_err(trouble)?;
            return Err(SourceError::TableMissing {
                table: table.to_owned(),
                present,
            });
        };
        Ok(Self {
            kind,
            columns: strings(
                connection,
                "SELECT name FROM pragma_table_xinfo(?1) WHERE hidden <> 1 ORDER BY cid",
                table,
            )
            .map_err(trouble)?,
            primary_key: strings(
                connection,
                "SELECT name FROM pragma_table_xinfo(?1) WHERE pk > 0 ORDER BY pk",
                table,
            )
            .map_err(trouble)?,
        })
    }

    /// The best order that the table allows. All columns must have been demanded before.
    pub(super) fn order(
        &self,
        connection: &Connection,
        spec: &ReadSpec,
    ) -> rusqlite::Result<Order> {
        let (tie, otherwise) = match self.rowid() {
            Some(rowid) => (rowid, Order::Rowid { rowid }),
            None if self.is_kept_by(&spec.columns.id) => (&*spec.columns.id, Order::Copied),
            None => return Ok(Order::Copied),
        };
        let index = index_on_time(connection, spec, tie)?;
        Ok(index.map_or(otherwise, |index| Order::Time {
            index,
            tie: tie.to_owned(),
        }))
    }

    /// What its owner should know about a table that has to be read in this order.
    pub(super) fn warning(&self, order: &Order, spec: &ReadSpec) -> Option<String> {
        let (table, column) = (&spec.table, &spec.columns.post_time);
        let consequence = match order {
            Order::Time { .. } => return None,
            Order::Copied if !self.is_kept_by(&spec.columns.id) => {
                return Some(format!(
                    "the rows of `{table}` have no key of their own: they are copied before they \
                     are read"
                ));
            }
            Order::Copied => "its rows are copied before they are read",
            Order::Rowid { .. } => "it is read as a whole, whatever the range",
        };
        let (name, on, indexed) = (
            quoted(&format!("{table}_{column}")),
            quoted(table),
            quoted(column),
        );
        Some(format!(
            "table `{table}` has no index on `{column}`: {consequence}; \
             this would help: CREATE INDEX {name} ON {on} ({indexed})"
        ))
    }

    /// The name under which the rowid can be had, if rows have one. Columns may hide it; three of
    /// them are more than anybody has.
    pub(super) fn rowid(&self) -> Option<&'static str> {
        let names = ["rowid", "_rowid_", "oid"];
        names
            .into_iter()
            .find(|&name| self.kind == Kind::Rowid && !self.has_column(name))
    }

    fn has_column(&self, name: &str) -> bool {
        self.columns
            .iter()
            .any(|column| column.eq_ignore_ascii_case(name))
    }

    /// Whether this column alone is the key by which a table without rowid is kept. In a table with
    /// rowid even a primary key would not do: it may be NULL, and not only once.
    fn is_kept_by(&self, column: &str) -> bool {
        self.kind == Kind::WithoutRowid
            && matches!(&*self.primary_key, [only] if only.eq_ignore_ascii_case(column))
    }
}

/// All tables and views, sorted.
pub(super) fn tables(connection: &Connection) -> rusqlite::Result<Vec<String>> {
    strings(
        connection,
        "SELECT name FROM pragma_table_list
         WHERE schema = ?1 AND type IN ('table', 'view', 'virtual') AND name NOT LIKE 'sqlite\\_%'
               ESCAPE '\\'
         ORDER BY name",
        "main",
    )
}

/// The table of a job, as `source`, in the database and never in the temporary one.
pub(super) fn source_of(spec: &ReadSpec) -> String {
    format!("main.{} AS source", quoted(&spec.table))
}

fn kind_of(connection: &Connection, table: &str) -> rusqlite::Result<Option<Kind>> {
    connection
        .query_row(
            "SELECT type, wr FROM pragma_table_list(?1) WHERE schema = 'main'",
            [table],
            |row| {
                Ok(match (row.get_ref(0)?.as_str()?, row.get(1)?) {
                    ("table", false) => Kind::Rowid,
                    ("table", true) => Kind::WithoutRowid,
                    _ => Kind::Computed,
                })
            },
        )
        .optional()
}

/// The index by which rows are read in the order of time: of those that lead with it the one with
/// the fewest other columns, as these have to be sorted away within each time.
fn index_on_time(
    connection: &Connection,
    spec: &ReadSpec,
    tie: &str,
) -> rusqlite::Result<Option<String>> {
    let mut candidates = connection.prepare(
        "SELECT list.name
         FROM pragma_index_list(?1) AS list JOIN pragma_index_xinfo(list.name) AS part
         WHERE list.partial = 0 AND part.seqno = 0 AND part.desc = 0
               AND part.name = ?2 COLLATE NOCASE
         ORDER BY (SELECT count(*) FROM pragma_index_info(list.name)), list.name",
    )?;
    let mut rows = candidates.query([&spec.table, &spec.columns.post_time])?;
    while let Some(row) = rows.next()? {
        let index: String = row.get(0)?;
        if Queries::new(spec, &index, tie).seek(connection)? {
            return Ok(Some(index));
        }
    }
    Ok(None)
}

fn strings(connection: &Connection, sql: &str, parameter: &str) -> rusqlite::Result<Vec<String>> {
    connection
        .prepare(sql)?
        .query_map([parameter], |row| row.get(0))?
        .collect()
}
