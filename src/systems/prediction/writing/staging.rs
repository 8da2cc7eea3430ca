//! Rows on their way: into temporary tables, a thousand at a time.

use std::fmt::Write;

use tokio_util::sync::CancellationToken;

use super::error::{WriteError, failed_to};
use super::tables::{Layout, Origin};
use crate::systems::prediction::import::Value;
use crate::tables::{Dialect, Session, TextRows};

/// Rows that are sent together.
const ROWS_AT_ONCE: usize = 1_000;

/// Bytes of their texts.
const BYTES_AT_ONCE: usize = 256 << 10;

/// Where rows are staged.
pub(super) struct Stage<'s> {
    session: &'s mut dyn Session,
    pub cancel: &'s CancellationToken,
    buffers: Vec<Buffer>,
    /// Rows by table of the layout.
    rows: Vec<u64>,
}

/// The temporary table of a table of the layout.
pub(super) fn staged(part: usize) -> String {
    format!("audience_staged_{part}")
}

/// Its column with a value of the rows.
pub(super) fn value_column(value: usize) -> String {
    format!("c{value}")
}

/// Its column with the cell, where rows have one.
pub(super) const CELL_COLUMN: &str = "cell";

impl<'s> Stage<'s> {
    /// Makes the temporary tables.
    pub fn begin(
        session: &'s mut dyn Session,
        dialect: &'static dyn Dialect,
        layout: &Layout,
        cancel: &'s CancellationToken,
    ) -> Result<Self, WriteError> {
        let text = dialect.types().text;
        let mut buffers = Vec::new();
        for (no, part) in layout.parts.iter().enumerate() {
            let cell = (layout.origin == Origin::Import).then(|| CELL_COLUMN.to_owned());
            let values = (0..part.columns.len()).map(value_column);
            let columns: Vec<String> = cell.into_iter().chain(values).collect();
            let typed: Vec<String> = columns
                .iter()
                .map(|name| format!("{name} {text}"))
                .collect();
            let create = dialect.create_temporary(&staged(no), &typed.join(", "));
            let created = session.run(&create);
            created.map_err(failed_to("make a temporary table"))?;
            buffers.push(Buffer::new(
                dialect.temporary(&staged(no)),
                columns.join(", "),
                columns.len(),
            ));
        }
        Ok(Self {
            session,
            cancel,
            buffers,
            rows: vec![0; layout.parts.len()],
        })
    }

    /// Stages a row; `cell`: where it comes from, of imports.
    pub fn row(
        &mut self,
        part: usize,
        cell: Option<&str>,
        values: &[Value],
    ) -> Result<(), WriteError> {
        self.rows[part] += 1;
        let buffer = &mut self.buffers[part];
        buffer.add(cell, values);
        match buffer.is_full() {
            true => self.flush(part),
            false => Ok(()),
        }
    }

    /// Sends what has not been sent; returns how many rows there are of each table.
    pub fn finish(mut self) -> Result<Vec<u64>, WriteError> {
        for part in 0..self.buffers.len() {
            self.flush(part)?;
        }
        Ok(self.rows)
    }

    fn flush(&mut self, part: usize) -> Result<(), WriteError> {
        let buffer = &mut self.buffers[part];
        if buffer.rows() == 0 {
            return Ok(());
        }
        if self.cancel.is_cancelled() {
            return Err(WriteError::Cancelled);
        }
        let inserted = self.session.insert(&buffer.table, &buffer.columns, buffer);
        inserted.map_err(failed_to("stage rows"))?;
        buffer.clear();
        Ok(())
    }
}

/// Rows that have not been sent, as texts one behind the other.
struct Buffer {
    /// As it stands in statements.
    table: String,
    columns: String,
    width: usize,
    texts: String,
    /// Where each text ends, and whether it is one: NULL is none.
    ends: Vec<(usize, bool)>,
}

impl Buffer {
    fn new(table: String, columns: String, width: usize) -> Self {
        Self {
            table,
            columns,
            width,
            texts: String::new(),
            ends: Vec::new(),
        }
    }

    fn add(&mut self, cell: Option<&str>, values: &[Value]) {
        if let Some(cell) = cell {
            self.texts.push_str(cell);
            self.ends.push((self.texts.len(), true));
        }
        for value in values {
            match value {
                Value::Null => {}
                Value::Text(text) => self.texts.push_str(text),
                Value::Boolean(is_true) => self.texts.push(if *is_true { '1' } else { '0' }),
                // Writing into a text does not fail.
                value => drop(write!(self.texts, "{value}")),
            }
            self.ends.push((self.texts.len(), !value.is_null()));
        }
    }

    fn is_full(&self) -> bool {
        self.rows() >= ROWS_AT_ONCE || self.texts.len() >= BYTES_AT_ONCE
    }

    fn clear(&mut self) {
        self.texts.clear();
        self.ends.clear();
    }
}

impl TextRows for Buffer {
    fn rows(&self) -> usize {
        self.ends.len() / self.width
    }

    fn columns(&self) -> usize {
        self.width
    }

    fn text(&self, row: usize, column: usize) -> &str {
        let place = row * self.width + column;
        let start = match place {
            0 => 0,
            place => self.ends[place - 1].0,
        };
        &self.texts[start..self.ends[place].0]
    }

    fn maybe_text(&self, row: usize, column: usize) -> Option<&str> {
        let (_, is_text) = self.ends[row * self.width + column];
        is_text.then(|| self.text(row, column))
    }
}
