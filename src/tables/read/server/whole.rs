//! Reads whole tables of servers in the order of their key: one query, whose rows a thread of its own fetches.

use smallvec::SmallVec;
use sqlx::Error;

use super::dialect::ReadServer;
use super::packed::PackedRows;
use super::shape;
use super::time_kind::TimeKind;
use crate::tables::dialect::ColumnType;
use crate::tables::read::error::ReadError;
use crate::tables::read::slice::SliceLimits;
use crate::tables::read::whole::{
    Cell, CellRow, Mark, Reached, Room, RowCount, TableColumn, WholeEnd, WholeReader, WholeTable,
    cell_of, column_named,
};
use crate::tables::server::{LentSession, ServerSession, TextCells};

/// What the catalog says of a table.
pub(super) struct Catalog {
    /// In quotes, with its schema.
    relation: String,
    columns: Vec<TableColumn>,
    /// In the same order.
    type_names: Vec<String>,
}

impl Catalog {
    pub(super) fn of<S: ReadServer>(
        session: &mut ServerSession<S>,
        table: &str,
    ) -> Result<Self, ReadError> {
        let trouble = |cause: Error| ReadError::failed_to("look up the columns of", table)(cause);
        let mut found = session.rows(S::columns(table)).map_err(trouble)?;
        let Some(first) = found.first() else {
            return Err(ReadError::TableMissing {
                table: table.to_owned(),
                present: shape::tables(session).map_err(trouble)?,
            });
        };
        let [schema, name] = [text(first, 0), text(first, 1)];
        // Where names of tables ignore case, another table may be found as well.
        found.retain(|row| text(row, 0) == schema && text(row, 1) == name);
        let type_names: Vec<String> = found.iter().map(|row| text(row, 4)).collect();
        let columns = found.iter().zip(&type_names);
        let columns = columns.map(|(row, type_name)| TableColumn {
            name: text(row, 3),
            holds: S::holds(type_name),
        });
        let dialect = S::dialect();
        Ok(Self {
            relation: format!("{}.{}", dialect.quoted(&schema), dialect.quoted(&name)),
            columns: columns.collect(),
            type_names,
        })
    }

    pub(super) fn into_columns(self) -> Vec<TableColumn> {
        self.columns
    }

    fn type_of(&self, column: &TableColumn) -> &str {
        let place = self.columns.iter().position(|known| known == column);
        place.map_or("", |place| &self.type_names[place])
    }

    /// A column of `source`: alone, its name could be that of what is selected, which is a text.
    fn quoted<S: ReadServer>(&self, name: &str) -> String {
        let known = column_named(&self.columns, name);
        let name = known.map_or(name, |column| &column.name);
        format!("source.{}", S::dialect().quoted(name))
    }

    /// The condition that a row takes part by its text.
    fn only<S: ReadServer>(&self, table: &WholeTable) -> String {
        match &table.only {
            None => String::new(),
            Some((column, text)) => {
                format!(" AND {} = {}", self.quoted::<S>(column), S::text(text))
            }
        }
    }

    pub(super) fn count<S: ReadServer>(
        &self,
        session: &mut ServerSession<S>,
        table: &WholeTable,
    ) -> sqlx::Result<RowCount> {
        let sql = format!(
            "SELECT count(*), count({}) FROM {} AS source WHERE 1 = 1{}",
            self.quoted::<S>(&table.key),
            self.relation,
            self.only::<S>(table)
        );
        let rows = session.rows(sql)?;
        let number = |place: usize| {
            let cell = rows
                .first()
                .and_then(|row| row.get(place)?.as_ref()?.parse::<u64>().ok());
            cell.unwrap_or(0)
        };
        let (all, with_key) = (number(0), number(1));
        Ok(RowCount {
            rows: with_key,
            without_key: all.saturating_sub(with_key),
        })
    }

    /// All rows behind a key, which is in the bytes that the server sent.
    fn select<S: ReadServer>(
        &self,
        table: &WholeTable,
        behind: Option<&[u8]>,
    ) -> Result<(String, Vec<Option<ColumnType>>), ReadError> {
        let columns = table.found_in(&self.columns)?;
        let selected = columns.iter().map(|column| {
            let name = self.quoted::<S>(&column.name);
            S::streamed_value(&name, self.type_of(column))
        });
        let selected: Vec<String> = selected.collect();
        let key_type = columns.first().map_or("", |key| self.type_of(key));
        let key = self.quoted::<S>(&table.key);
        let is_number = S::is_number(key_type);
        let order = S::id_in_order(&key, is_number, S::is_binary(key_type));
        let behind = behind.map_or(String::new(), |id| {
            format!(" AND {order} > {}", S::id(id, is_number))
        });
        let sql = format!(
            "SELECT {} FROM {} AS source WHERE {key} IS NOT NULL{}{behind} ORDER BY {order}",
            selected.join(", "),
            self.relation,
            self.only::<S>(table)
        );
        Ok((sql, columns.iter().map(|column| column.holds).collect()))
    }
}

fn text(row: &TextCells, place: usize) -> String {
    row.get(place).cloned().flatten().unwrap_or_default()
}

pub(super) struct ServerRows<S: ReadServer> {
    table: WholeTable,
    rows: PackedRows,
    /// Dropped with the reader, which ends the query.
    _session: LentSession<S>,
    holds: Vec<Option<ColumnType>>,
    /// The row that is visited unless the next one has the same key.
    held: Option<HeldRow>,
    reached: Option<Vec<u8>>,
}

impl<S: ReadServer> ServerRows<S> {
    pub(super) fn open(
        mut session: ServerSession<S>,
        table: WholeTable,
        from: Option<&Mark>,
    ) -> Result<Self, ReadError> {
        let reached = match from.map(|mark| &mark.0) {
            None => None,
            Some(Reached::Id(id)) => Some(id.clone()),
            Some(_) => return Err(table.foreign_mark()),
        };
        let catalog = Catalog::of(&mut session, &table.name)?;
        let (sql, holds) = catalog.select::<S>(&table, reached.as_deref())?;
        let streamed = session.stream(async move |connection, outbox| {
            S::stream(connection, sql, TimeKind::Text, outbox).await
        });
        let (parcels, session) = streamed.map_err(ReadError::unreadable(&table.name))?;
        Ok(Self {
            rows: PackedRows::new(parcels),
            _session: session,
            table,
            holds,
            held: None,
            reached,
        })
    }

    fn read(
        &mut self,
        limits: SliceLimits,
        visit: &mut dyn FnMut(&dyn CellRow) -> usize,
    ) -> sqlx::Result<(bool, u64)> {
        let Self {
            rows,
            holds,
            held,
            reached,
            ..
        } = self;
        let (mut room, mut left_out) = (Room::new(limits), 0);
        while !room.is_full() {
            let next = rows.peek()?;
            let has_next = next.is_some();
            let bytes = next.as_ref().map_or(0, |row| row.bytes.len());
            let before = match &next {
                Some(row) => {
                    let next = HeldRow::of(row.bytes);
                    held.replace(next)
                }
                None => held.take(),
            };
            rows.step_over(bytes);
            if let Some(before) = before {
                let is_last = held.as_ref().is_none_or(|next| next.key() != before.key());
                if is_last {
                    room.count(visit(&ServerRow {
                        row: &before,
                        holds,
                    }));
                    *reached = Some(before.key().unwrap_or_default().to_vec());
                } else {
                    left_out += 1;
                }
            }
            if !has_next {
                return Ok((true, left_out));
            }
        }
        Ok((false, left_out))
    }
}

impl<S: ReadServer> WholeReader for ServerRows<S> {
    fn read_slice(
        &mut self,
        limits: SliceLimits,
        visit: &mut dyn FnMut(&dyn CellRow) -> usize,
    ) -> Result<WholeEnd, ReadError> {
        let read = self.read(limits, visit);
        let (finished, left_out) = read.map_err(ReadError::unreadable(&self.table.name))?;
        let reached = self.reached.clone();
        Ok(WholeEnd {
            mark: reached.map(|id| Mark(Reached::Id(id))),
            finished,
            left_out,
        })
    }
}

/// A row in its packed form, with the places of its fields.
struct HeldRow {
    bytes: Vec<u8>,
    /// Where each field begins, and its length; `None`: NULL.
    fields: SmallVec<[(usize, Option<usize>); 48]>,
}

/// Bytes in front of a row, and of a field.
const COUNT_BYTES: usize = 2;
const LENGTH_BYTES: usize = 4;

impl HeldRow {
    /// Of a row that is whole.
    fn of(bytes: &[u8]) -> Self {
        let mut fields = SmallVec::new();
        let mut at = COUNT_BYTES;
        while let Some(Ok(length)) = bytes
            .get(at..at + LENGTH_BYTES)
            .map(<[u8; LENGTH_BYTES]>::try_from)
        {
            at += LENGTH_BYTES;
            // What is less than 0 is NULL.
            let length = usize::try_from(i32::from_be_bytes(length)).ok();
            fields.push((at, length));
            at += length.unwrap_or(0);
        }
        Self {
            bytes: bytes.to_vec(),
            fields,
        }
    }

    fn field(&self, place: usize) -> Option<&[u8]> {
        let (at, length) = *self.fields.get(place)?;
        self.bytes.get(at..at + length?)
    }

    fn key(&self) -> Option<&[u8]> {
        self.field(0)
    }
}

struct ServerRow<'r> {
    row: &'r HeldRow,
    holds: &'r [Option<ColumnType>],
}

impl CellRow for ServerRow<'_> {
    fn cell(&self, place: usize) -> Cell<'_> {
        cell_of(
            self.row.field(place),
            self.holds.get(place).copied().flatten(),
        )
    }
}
