//! Reads whole tables of SQLite: in the order of rowid, each slice a query of its own; views and tables without
//! rowid by their key, from a copy that dies with the reader.

use rusqlite::types::ValueRef;
use rusqlite::{Connection, Row, ToSql};

use super::shape::SqliteShape;
use crate::tables::dialect::ColumnType;
use crate::tables::names::in_double_quotes;
use crate::tables::read::error::ReadError;
use crate::tables::read::key::Key;
use crate::tables::read::row::lossy;
use crate::tables::read::slice::SliceLimits;
use crate::tables::read::whole::{
    Cell, CellRow, Mark, Reached, Room, RowCount, TableColumn, WholeEnd, WholeReader, WholeTable,
};
use crate::tables::sqlite::SqliteSession;

/// Where the number of a row stands in a query; its key and its columns follow.
const NUMBER: usize = 0;
const KEY: usize = 1;

/// What its columns hold, as far as they are declared: any cell may hold something else.
pub(super) fn columns(connection: &Connection, table: &str) -> rusqlite::Result<Vec<TableColumn>> {
    let sql = "SELECT name, type FROM pragma_table_xinfo(?1) WHERE hidden <> 1 ORDER BY cid";
    let mut statement = connection.prepare(sql)?;
    let columns = statement.query_map([table], |row| {
        let declared: Option<String> = row.get(1)?;
        Ok(TableColumn {
            name: row.get(0)?,
            holds: held(&declared.unwrap_or_default()),
        })
    })?;
    columns.collect()
}

/// By the words that are usual in declarations; a column without a type takes anything. There are no dates: what
/// stands in a column that is called so may be any text.
fn held(declared: &str) -> Option<ColumnType> {
    let declared = declared.to_ascii_uppercase();
    let has = |words: &[&str]| words.iter().any(|word| declared.contains(word));
    Some(if has(&["BLOB", "BYTEA", "BINARY"]) {
        return None;
    } else if has(&["BOOL"]) {
        ColumnType::Truth
    } else if has(&["CHAR", "CLOB", "TEXT"]) {
        ColumnType::Text
    } else if has(&["INT"]) {
        ColumnType::Integer
    } else if has(&["REAL", "FLOA", "DOUB", "DEC", "NUM"]) {
        ColumnType::Number
    } else {
        ColumnType::Text
    })
}

pub(super) fn count(connection: &Connection, table: &WholeTable) -> rusqlite::Result<RowCount> {
    let (condition, values) = only(table, 1);
    let sql = format!(
        "SELECT count(*), count({}) FROM {} WHERE {condition}",
        column(&table.key),
        source_of(table)
    );
    connection.query_row(&sql, &*values, |row| {
        let (all, with_key): (i64, i64) = (row.get(0)?, row.get(1)?);
        Ok(RowCount {
            rows: with_key.unsigned_abs(),
            without_key: (all - with_key).unsigned_abs(),
        })
    })
}

/// Reads by the numbers that rows have: their rowid, or their place in the copy.
pub(super) struct SqliteRows {
    session: SqliteSession,
    table: WholeTable,
    sql: String,
    is_copy: bool,
    /// `None` after the greatest that there can be.
    next: Option<i64>,
    reached: Option<Reached>,
}

impl SqliteRows {
    pub(super) fn open(
        session: SqliteSession,
        shape: &SqliteShape,
        table: WholeTable,
        from: Option<&Mark>,
    ) -> Result<Self, ReadError> {
        let reached = from.map(|mark| mark.0.clone());
        let (sql, next) = match (shape.rowid(), &reached) {
            (Some(rowid), None) => (by_rowid(&table, rowid), Some(i64::MIN)),
            (Some(rowid), Some(Reached::Rowid(next))) => (by_rowid(&table, rowid), *next),
            (None, None | Some(Reached::Key(_))) => {
                let last = match &reached {
                    Some(Reached::Key(key)) => Some(key),
                    _ => None,
                };
                let filled = fill_copy(session.connection(), &table, last);
                filled.map_err(ReadError::unreadable(&table.name))?;
                (by_place(&table), Some(i64::MIN))
            }
            _ => return Err(table.foreign_mark()),
        };
        Ok(Self {
            is_copy: shape.rowid().is_none(),
            session,
            table,
            sql,
            next,
            reached,
        })
    }

    fn read(
        &mut self,
        limits: SliceLimits,
        visit: &mut dyn FnMut(&dyn CellRow) -> usize,
    ) -> rusqlite::Result<bool> {
        let mut room = Room::new(limits);
        let Some(first) = self.next else {
            return Ok(true);
        };
        let rows_left = room.rows_left();
        let mut values: Vec<&dyn ToSql> = vec![&first, &rows_left];
        if !self.is_copy
            && let Some((_, text)) = &self.table.only
        {
            values.push(text);
        }
        // Dropped on return, which resets it: SQLite then ends its transaction.
        let mut statement = self.session.connection().prepare_cached(&self.sql)?;
        let mut rows = statement.query(&*values)?;
        while !room.is_full() {
            let Some(row) = rows.next()? else {
                return Ok(true);
            };
            room.count(visit(&SqliteRow(row)));
            self.next = row.get::<_, i64>(NUMBER)?.checked_add(1);
            self.reached = Some(match self.is_copy {
                true => Reached::Key(Key::from(row.get_ref(KEY)?)),
                false => Reached::Rowid(self.next),
            });
        }
        Ok(self.next.is_none())
    }
}

impl WholeReader for SqliteRows {
    fn read_slice(
        &mut self,
        limits: SliceLimits,
        visit: &mut dyn FnMut(&dyn CellRow) -> usize,
    ) -> Result<WholeEnd, ReadError> {
        let read = self.read(limits, visit);
        let finished = read.map_err(ReadError::unreadable(&self.table.name))?;
        Ok(WholeEnd {
            mark: self.reached.clone().map(Mark),
            finished,
            left_out: 0,
        })
    }
}

struct SqliteRow<'r, 's>(&'r Row<'s>);

impl CellRow for SqliteRow<'_, '_> {
    fn cell(&self, place: usize) -> Cell<'_> {
        // There is a column at each place.
        match self.0.get_ref(KEY + place).unwrap_or(ValueRef::Null) {
            ValueRef::Null => Cell::Null,
            ValueRef::Integer(integer) => Cell::Integer(integer),
            ValueRef::Real(number) => Cell::Number(number),
            ValueRef::Text(bytes) => Cell::Text(lossy(bytes)),
            ValueRef::Blob(_) => Cell::Bytes,
        }
    }
}

/// The table, as `source`, in the database and never in the temporary one.
fn source_of(table: &WholeTable) -> String {
    format!("main.{} AS source", in_double_quotes(&table.name))
}

fn column(name: &str) -> String {
    format!("source.{}", in_double_quotes(name))
}

fn selected(table: &WholeTable) -> String {
    table.names().map(column).collect::<Vec<_>>().join(", ")
}

/// The condition that a row takes part by its text, which is the value `?place`.
fn only(table: &WholeTable, place: usize) -> (String, Vec<&dyn ToSql>) {
    match &table.only {
        None => ("1".to_owned(), Vec::new()),
        Some((name, text)) => (format!("{} = ?{place}", column(name)), vec![text]),
    }
}

fn by_rowid(table: &WholeTable, rowid: &str) -> String {
    let (only, _) = only(table, 3);
    format!(
        "SELECT source.{rowid}, {} FROM {} WHERE source.{rowid} >= ?1 AND {} IS NOT NULL AND {only}
         ORDER BY source.{rowid} LIMIT ?2",
        selected(table),
        source_of(table),
        column(&table.key),
    )
}

/// Of rows with the same key, which lie behind each other, the last.
fn by_place(table: &WholeTable) -> String {
    format!(
        "SELECT row, {} FROM temp.copy AS copy WHERE row >= ?1 AND NOT EXISTS (
             SELECT 1 FROM temp.copy AS behind
             WHERE behind.row = copy.row + 1 AND behind.cell_0 = copy.cell_0)
         ORDER BY row LIMIT ?2",
        cells_of_copy(table)
    )
}

fn cells_of_copy(table: &WholeTable) -> String {
    let places = 0..=table.columns.len();
    let names: Vec<String> = places.map(|place| format!("cell_{place}")).collect();
    names.join(", ")
}

/// The columns of the copy have no type, so that every cell keeps its own.
fn fill_copy(
    connection: &Connection,
    table: &WholeTable,
    last: Option<&Key>,
) -> rusqlite::Result<()> {
    let cells = cells_of_copy(table);
    connection.execute_batch(&format!(
        "PRAGMA temp_store = FILE; CREATE TEMP TABLE copy (row INTEGER PRIMARY KEY, {cells});"
    ))?;
    let key = format!("{} COLLATE BINARY", column(&table.key));
    let (mut condition, mut values) = only(table, 1);
    condition += &format!(" AND {key} IS NOT NULL");
    if let Some(last) = &last {
        values.push(last);
        condition += &format!(" AND {key} > ?{}", values.len());
    }
    let insert = format!(
        "INSERT INTO temp.copy ({cells}) SELECT {} FROM {} WHERE {condition} ORDER BY {key}",
        selected(table),
        source_of(table),
    );
    connection.execute(&insert, &*values)?;
    Ok(())
}
