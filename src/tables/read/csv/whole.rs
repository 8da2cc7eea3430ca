//! Reads whole files: every column is a text, and an empty field is NULL.

use std::borrow::Cow;

use ::csv::StringRecord;

use super::table::{CsvTable, Found};
use crate::tables::dialect::ColumnType;
use crate::tables::read::error::ReadError;
use crate::tables::read::slice::SliceLimits;
use crate::tables::read::whole::{
    Cell, CellRow, Mark, Reached, Room, RowCount, TableColumn, WholeEnd, WholeReader, WholeTable,
};

pub(super) fn columns(file: &CsvTable) -> Vec<TableColumn> {
    let columns = file.header.iter().map(|name| TableColumn {
        name: name.clone(),
        holds: Some(ColumnType::Text),
    });
    columns.collect()
}

/// Malformed records count as rows without a key.
pub(super) fn count(mut file: CsvTable, table: &WholeTable) -> Result<RowCount, ReadError> {
    let key = file.field(&table.key);
    let mut record = StringRecord::new();
    let mut count = RowCount::default();
    loop {
        match file.read(&mut record)? {
            Found::End => return Ok(count),
            Found::Record if !record[key].is_empty() => count.rows += 1,
            Found::Record | Found::OtherFields | Found::NotUtf8 => count.without_key += 1,
        }
    }
}

pub(super) struct CsvRows {
    file: CsvTable,
    /// Where the key and the columns stand in a record.
    fields: Vec<usize>,
}

impl CsvRows {
    pub(super) fn open(
        mut file: CsvTable,
        table: &WholeTable,
        from: Option<&Mark>,
    ) -> Result<Self, ReadError> {
        table.found_in(&columns(&file))?;
        match from.map(|mark| &mark.0) {
            None => {}
            Some(Reached::Byte(next)) => file.seek(*next)?,
            Some(_) => return Err(table.foreign_mark()),
        }
        Ok(Self {
            fields: table.names().map(|name| file.field(name)).collect(),
            file,
        })
    }
}

impl WholeReader for CsvRows {
    fn read_slice(
        &mut self,
        limits: SliceLimits,
        visit: &mut dyn FnMut(&dyn CellRow) -> usize,
    ) -> Result<WholeEnd, ReadError> {
        self.file.demand_bytes(self.file.next_byte())?;
        let mut room = Room::new(limits);
        let mut record = StringRecord::new();
        let mut finished = false;
        while !room.is_full() && !finished {
            match self.file.read(&mut record)? {
                Found::End => finished = true,
                Found::Record => {
                    let row = CsvRow {
                        record: &record,
                        fields: &self.fields,
                    };
                    if row.cell(0) != Cell::Null {
                        room.count(visit(&row));
                    }
                }
                // They were counted among the rows without a key.
                Found::OtherFields | Found::NotUtf8 => {}
            }
        }
        Ok(WholeEnd {
            mark: Some(Mark(Reached::Byte(self.file.next_byte()))),
            finished,
            left_out: 0,
        })
    }
}

struct CsvRow<'r> {
    record: &'r StringRecord,
    fields: &'r [usize],
}

impl CellRow for CsvRow<'_> {
    fn cell(&self, place: usize) -> Cell<'_> {
        let field = self.fields.get(place).and_then(|at| self.record.get(*at));
        match field.unwrap_or_default() {
            "" => Cell::Null,
            text => Cell::Text(Cow::Borrowed(text)),
        }
    }
}
