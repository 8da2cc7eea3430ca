//! The rows that a job has written, read back for callers who download them.

use std::sync::Arc;

use entity::prediction;
use tokio::sync::mpsc;
use tokio::task::spawn_blocking;

use super::error::PredictionsError;
use super::params::PredictParams;
use super::places::ReadFrom;
use super::predictions::Predictions;
use super::table::{JOB_ID, ResultColumn};
use crate::engine::seam::{ResultCell, ResultRows, Rows, StepKind, SystemError};
use crate::tables::{Cell, ColumnType, SliceLimits, Source, WholeTable};

/// Rows that are read at once, with the bytes after which fewer are enough, and how many such parts may wait for
/// a slow caller.
const AT_ONCE: SliceLimits = SliceLimits {
    rows: 500,
    bytes: 256 << 10,
};
const WAITING: usize = 2;

/// The column with JSON in it.
const SCORES: &str = "scores";

impl Predictions {
    pub(super) async fn result_rows(
        &self,
        prediction: &prediction::Model,
    ) -> Result<ResultRows, SystemError> {
        let params = self.params_of(prediction).await.map_err(SystemError::of)?;
        let from = ReadFrom::Output(params.output.clone());
        let source = self.places.open(&from).map_err(SystemError::of)?;
        let columns = params.result.columns();
        let forms: Vec<Form> = columns.iter().map(Form::of).collect();
        let mut columns: Vec<String> = columns.into_iter().map(|column| column.name).collect();
        let table = WholeTable {
            name: params.result.into,
            key: columns.remove(0),
            only: Some((JOB_ID.to_owned(), prediction.job_id.to_string())),
            columns,
        };
        let names: Vec<String> = [&table.key]
            .into_iter()
            .chain(&table.columns)
            .cloned()
            .collect();
        let (sender, rows) = mpsc::channel(WAITING);
        // Ends by itself when the rows are read or the caller has gone.
        drop(spawn_blocking(move || {
            send(&source, &table, &forms, &sender);
        }));
        ResultRows::of(names, rows).await
    }

    /// Those of the step that wrote the rows.
    async fn params_of(
        &self,
        prediction: &prediction::Model,
    ) -> Result<PredictParams, PredictionsError> {
        let steps = self.store.engine().steps().of(&prediction.job_id).await?;
        let steps = steps.iter();
        let steps = steps.filter(|step| step.kind == super::PredictKind::NAME);
        let mut params = steps.map(|step| serde_json::from_str::<PredictParams>(&step.params));
        let is_it = |params: &PredictParams| {
            params.result.into == prediction.into_table && params.output == prediction.output
        };
        let found = params.find(|params| params.as_ref().map_or(true, is_it));
        let not_begun = || PredictionsError::NotBegun(prediction.job_id.to_string());
        Ok(found.ok_or_else(not_begun)??)
    }
}

/// What a column is shown as where a database has no type for it.
#[derive(Clone, Copy)]
enum Form {
    AsItIs,
    Truth,
    Json,
}

impl Form {
    fn of(column: &ResultColumn) -> Self {
        match column.holds {
            ColumnType::Truth => Self::Truth,
            _ if column.name == SCORES => Self::Json,
            _ => Self::AsItIs,
        }
    }
}

fn send(source: &Arc<dyn Source>, table: &WholeTable, forms: &[Form], sender: &mpsc::Sender<Rows>) {
    let failed = |error| Err(SystemError::of(PredictionsError::Read(error)));
    let mut reader = match source.open_whole(table, None) {
        Ok(reader) => reader,
        Err(error) => {
            // Fails if the caller has gone.
            sender.blocking_send(failed(error)).ok();
            return;
        }
    };
    loop {
        let mut rows = Vec::new();
        let read = reader.read_slice(AT_ONCE, &mut |row| {
            let cells = forms.iter().enumerate();
            let cells: Vec<ResultCell> =
                cells.map(|(at, form)| cell(row.cell(at), *form)).collect();
            let bytes = cells.iter().map(bytes_of).sum();
            rows.push(cells);
            bytes
        });
        let (rows, is_last) = match read {
            Ok(end) => (Ok(rows), end.finished),
            Err(error) => (failed(error), true),
        };
        let is_empty = rows.as_ref().is_ok_and(Vec::is_empty);
        if !is_empty && sender.blocking_send(rows).is_err() || is_last {
            return;
        }
    }
}

fn cell(cell: Cell<'_>, form: Form) -> ResultCell {
    match (cell, form) {
        (Cell::Null | Cell::Bytes, _) => ResultCell::Null,
        (Cell::Integer(integer), Form::Truth) => ResultCell::Truth(integer != 0),
        (Cell::Integer(integer), _) => ResultCell::Integer(integer),
        (Cell::Number(number), _) => ResultCell::Number(number),
        (Cell::Truth(truth), _) => ResultCell::Truth(truth),
        (Cell::Text(text), Form::Json) => ResultCell::Json(text.into_owned()),
        (Cell::Text(text), _) => ResultCell::Text(text.into_owned()),
    }
}

fn bytes_of(cell: &ResultCell) -> usize {
    let more = match cell {
        ResultCell::Text(text) | ResultCell::Json(text) => text.len(),
        _ => 0,
    };
    size_of::<ResultCell>() + more
}
