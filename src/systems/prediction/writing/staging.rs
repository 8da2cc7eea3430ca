//! Rows on their way: from the file into temporary tables, some thousands at a time.

use std::fmt::Write;
use std::ops::ControlFlow;

use tokio_util::sync::CancellationToken;

use super::error::{WriteError, failed_to};
use super::tables::Layout;
use crate::systems::prediction::import::{
    Format, FoundTable, Grid, Mapping, Problem, Row, Sink, Skipped, Used, Value, Workbook, run,
};
use crate::tables::{Dialect, Session, TextRows};

/// Rows that are sent together.
const ROWS_AT_ONCE: usize = 4_000;

/// Bytes of their texts.
const BYTES_AT_ONCE: usize = 1 << 20;

/// What a file held.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    pub format: Format,
    /// Rows by table of the mapping.
    pub rows: Vec<u64>,
    /// The first of them.
    pub problems: Vec<Problem>,
    pub problem_count: u64,
}

/// Where rows are staged.
pub(super) struct Stage<'s> {
    pub session: &'s mut dyn Session,
    pub dialect: &'static dyn Dialect,
    pub cancel: &'s CancellationToken,
    pub problems_max: usize,
}

/// The temporary table of a table of the mapping.
pub(super) fn staged(part: usize) -> String {
    format!("audience_staged_{part}")
}

/// Its column with a value of the rows.
pub(super) fn value_column(value: usize) -> String {
    format!("c{value}")
}

/// Its column with the cell.
pub(super) const CELL_COLUMN: &str = "cell";

impl Stage<'_> {
    /// Makes the temporary tables, and fills them with the rows of the file.
    pub fn fill(
        self,
        workbook: &mut Workbook,
        mapping: &Mapping,
        layout: &Layout,
    ) -> Result<Found, WriteError> {
        let text = self.dialect.types().text;
        let mut buffers = Vec::new();
        for (no, part) in layout.parts.iter().enumerate() {
            let values = (0..part.columns.len()).map(value_column);
            let columns: Vec<String> = [CELL_COLUMN.to_owned()].into_iter().chain(values).collect();
            let typed: Vec<String> = columns
                .iter()
                .map(|name| format!("{name} {text}"))
                .collect();
            let create = self
                .dialect
                .create_temporary(&staged(no), &typed.join(", "));
            let created = self.session.run(&create);
            created.map_err(failed_to("make a temporary table"))?;
            buffers.push(Buffer::new(
                self.dialect.temporary(&staged(no)),
                columns.join(", "),
                columns.len(),
            ));
        }
        let mut filling = Filling {
            stage: self,
            buffers,
            found: Found {
                format: workbook.format,
                rows: vec![0; layout.parts.len()],
                problems: Vec::new(),
                problem_count: 0,
            },
            failure: None,
        };
        run(workbook, mapping, &mut filling)?;
        if filling.failure.is_none() {
            filling.flush_all();
        }
        match filling.failure {
            Some(failure) => Err(failure),
            None => Ok(filling.found),
        }
    }
}

struct Filling<'s> {
    stage: Stage<'s>,
    buffers: Vec<Buffer>,
    found: Found,
    failure: Option<WriteError>,
}

impl Filling<'_> {
    fn flush(&mut self, part: usize) -> Result<(), WriteError> {
        let buffer = &mut self.buffers[part];
        if buffer.rows() == 0 {
            return Ok(());
        }
        if self.stage.cancel.is_cancelled() {
            return Err(WriteError::Cancelled);
        }
        let inserted = self
            .stage
            .session
            .insert(&buffer.table, &buffer.columns, buffer);
        inserted.map_err(failed_to("stage rows"))?;
        buffer.clear();
        Ok(())
    }

    fn flush_all(&mut self) {
        for part in 0..self.buffers.len() {
            if let Err(failure) = self.flush(part) {
                self.failure = Some(failure);
                return;
            }
        }
    }
}

const ON: ControlFlow<()> = ControlFlow::Continue(());

impl Sink for Filling<'_> {
    fn table(&mut self, _: &FoundTable<'_>) -> ControlFlow<()> {
        ON
    }

    fn row(&mut self, row: &Row<'_>) -> ControlFlow<()> {
        self.found.rows[row.table] += 1;
        let buffer = &mut self.buffers[row.table];
        buffer.add(row);
        if buffer.is_full()
            && let Err(failure) = self.flush(row.table)
        {
            self.failure = Some(failure);
            return ControlFlow::Break(());
        }
        ON
    }

    fn problem(&mut self, problem: Problem) -> ControlFlow<()> {
        self.found.problem_count += 1;
        if self.found.problems.len() < self.stage.problems_max {
            self.found.problems.push(problem);
        }
        ON
    }

    fn skipped(&mut self, _: Skipped) -> ControlFlow<()> {
        ON
    }

    fn table_end(&mut self, _: &str) -> ControlFlow<()> {
        ON
    }

    fn sheet_end(&mut self, _: &Grid, _: &Used) -> ControlFlow<()> {
        match self.stage.cancel.is_cancelled() {
            true => {
                self.failure = Some(WriteError::Cancelled);
                ControlFlow::Break(())
            }
            false => ON,
        }
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

    fn add(&mut self, row: &Row<'_>) {
        self.texts.push_str(&row.cell());
        self.ends.push((self.texts.len(), true));
        for value in row.values {
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
