//! Finds out what a table is (its columns, its indexes, whether rows have a rowid) and with that
//! in which order it can be read.

use rusqlite::{Connection, OptionalExtension};

use super::queries::Queries;
use super::scan::CellKinds;
use crate::tables::names::in_double_quotes;
use crate::tables::read::error::ReadError;
use crate::tables::read::source::TableQuery;

/// What the schema says about a table or view.
pub(super) struct SqliteShape {
    keyed_by: KeyedBy,
    pub(super) columns: Vec<String>,
    primary_key: Vec<String>,
    /// Columns that are declared to hold numbers.
    numbers: Vec<String>,
}

/// What distinguishes the rows of a table.
#[derive(Clone, Copy, PartialEq, Eq)]
enum KeyedBy {
    Rowid,
    PrimaryKey,
    /// A view or a virtual table.
    Nothing,
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

impl SqliteShape {
    pub(super) fn of(connection: &Connection, table: &str) -> Result<Self, ReadError> {
        let trouble =
            |cause: rusqlite::Error| ReadError::failed_to("look up the columns of", table)(cause);
        let Some(keyed_by) = keyed_by(connection, table).map_err(trouble)? else {
            let present = tables(connection).map_err(trouble)?;
            return Err(ReadError::TableMissing {
                table: table.to_owned(),
                present,
            });
        };
        Ok(Self {
            keyed_by,
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
            // The words by which SQLite itself knows such columns, and those for decimal numbers.
            numbers: strings(
                connection,
                "SELECT name FROM pragma_table_xinfo(?1)
                 WHERE type LIKE '%INT%' OR type LIKE '%REAL%' OR type LIKE '%FLOA%'
                       OR type LIKE '%DOUB%' OR type LIKE '%DEC%' OR type LIKE '%NUM%'",
                table,
            )
            .map_err(trouble)?,
        })
    }

    /// The best order that the table allows. All columns must have been demanded before.
    pub(super) fn order(
        &self,
        connection: &Connection,
        query: &TableQuery,
    ) -> rusqlite::Result<Order> {
        let (tie, otherwise) = match self.rowid() {
            Some(rowid) => (rowid, Order::Rowid { rowid }),
            None if self.is_kept_by(query.key()) => (query.key(), Order::Copied),
            None => return Ok(Order::Copied),
        };
        let index = index_on_time(connection, query, tie)?;
        Ok(index.map_or(otherwise, |index| Order::Time {
            index,
            tie: tie.to_owned(),
        }))
    }

    /// What its owner should know about a table that has to be read in this order.
    pub(super) fn warning(&self, order: &Order, query: &TableQuery) -> Option<String> {
        let (table, column) = (&query.table, &query.time);
        let consequence = match order {
            Order::Time { .. } => return None,
            Order::Copied if !self.is_kept_by(query.key()) => {
                return Some(format!(
                    "the rows of `{table}` have no key of their own: they are copied before they \
                     are read"
                ));
            }
            Order::Copied => "its rows are copied before they are read",
            Order::Rowid { .. } => "it is read as a whole, whatever the range",
        };
        let (name, on, indexed) = (
            in_double_quotes(&format!("{table}_{column}")),
            in_double_quotes(table),
            in_double_quotes(column),
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
            .find(|&name| self.keyed_by == KeyedBy::Rowid && !self.has_column(name))
    }

    /// What the cells of the columns that a query wants can be.
    pub(super) fn kinds(&self, query: &TableQuery) -> CellKinds {
        let mut numbers = self.numbers.iter();
        CellKinds {
            wanted: query.columns.len(),
            nullable: query.nullable,
            takes_numbers: numbers.any(|name| name.eq_ignore_ascii_case(&query.time)),
        }
    }

    fn has_column(&self, name: &str) -> bool {
        self.columns
            .iter()
            .any(|column| column.eq_ignore_ascii_case(name))
    }

    /// Whether this column alone is the key by which a table without rowid is kept. In a table with
    /// rowid even a primary key would not do: it may be NULL, and not only once.
    fn is_kept_by(&self, column: &str) -> bool {
        self.keyed_by == KeyedBy::PrimaryKey
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

fn keyed_by(connection: &Connection, table: &str) -> rusqlite::Result<Option<KeyedBy>> {
    connection
        .query_row(
            "SELECT type, wr FROM pragma_table_list(?1) WHERE schema = 'main'",
            [table],
            |row| {
                Ok(match (row.get_ref(0)?.as_str()?, row.get(1)?) {
                    ("table", false) => KeyedBy::Rowid,
                    ("table", true) => KeyedBy::PrimaryKey,
                    _ => KeyedBy::Nothing,
                })
            },
        )
        .optional()
}

/// The index by which rows are read in the order of time: of those that lead with it the one with
/// the fewest other columns, as these have to be sorted away within each time.
fn index_on_time(
    connection: &Connection,
    query: &TableQuery,
    tie: &str,
) -> rusqlite::Result<Option<String>> {
    let mut candidates = connection.prepare(
        "SELECT list.name
         FROM pragma_index_list(?1) AS list JOIN pragma_index_xinfo(list.name) AS part
         WHERE list.partial = 0 AND part.seqno = 0 AND part.desc = 0
               AND part.name = ?2 COLLATE NOCASE
         ORDER BY (SELECT count(*) FROM pragma_index_info(list.name)), list.name",
    )?;
    let mut rows = candidates.query([&query.table, &query.time])?;
    while let Some(row) = rows.next()? {
        let index: String = row.get(0)?;
        if Queries::new(query, &index, tie).seek(connection)? {
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
