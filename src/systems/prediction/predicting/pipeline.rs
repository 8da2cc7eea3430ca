//! The threads in front of a batch: one reads rows as the model takes them, the next one scores them.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tokio::task::{JoinHandle, spawn_blocking};

use super::error::{of_read, of_scoring};
use super::params::PredictParams;
use super::table::ResultSlice;
use super::values::{StoredValue, number_of, text_of};
use crate::engine::seam::StepError;
use crate::models::{Answers, FeatureKind, Rows, RowsBuilder};
use crate::systems::prediction::serving::Served;
use crate::tables::{CellRow, ColumnType, SliceLimits, WholeEnd, WholeReader};

/// Slices that may wait between one thread and the next.
const SLICES_WAITING: usize = 1;

/// Rows of one slice, ready to be scored.
struct ReadSlice {
    rows: Rows,
    /// What is wrong with rows, by their place.
    faults: BTreeMap<usize, String>,
    keys: Vec<StoredValue>,
    kept: Vec<StoredValue>,
    /// Rows whose key the result cannot hold.
    left_out: u64,
    end: WholeEnd,
}

/// Rows of one slice with their answers.
pub(super) struct ScoredSlice {
    pub result: ResultSlice,
    pub left_out: u64,
    pub end: WholeEnd,
}

pub(super) type Slices = mpsc::Receiver<Result<ScoredSlice, StepError>>;

/// Begins to read and score. The threads end by themselves once the table is read or nobody wants its slices.
pub(super) fn start(
    reader: Box<dyn WholeReader>,
    served: &Arc<Served>,
    params: &PredictParams,
    limits: SliceLimits,
) -> (Slices, Vec<JoinHandle<()>>) {
    let (read, to_score) = mpsc::channel(SLICES_WAITING);
    let (scored, slices) = mpsc::channel(SLICES_WAITING);
    let read_loop = ReadLoop {
        reader,
        served: Arc::clone(served),
        places: Places::of(params),
        limits,
        slices: read,
    };
    let score_loop = ScoreLoop {
        served: Arc::clone(served),
        read: to_score,
        scored,
    };
    let runtime = Handle::current();
    let log = tracing::Span::current();
    let reads = log.clone();
    let reading = spawn_blocking(move || reads.in_scope(|| read_loop.run()));
    let scoring = spawn_blocking(move || log.in_scope(|| score_loop.run(&runtime)));
    (slices, vec![reading, scoring])
}

/// Where values stand in a row that is read; its key is at 0.
struct Places {
    key: ColumnType,
    features: Vec<usize>,
    kept: Vec<(usize, ColumnType)>,
}

impl Places {
    fn of(params: &PredictParams) -> Self {
        let kept = params.kept.iter().zip(&params.result.kept);
        Self {
            key: params.result.key.holds,
            features: params.features.iter().map(|place| place + 1).collect(),
            kept: kept
                .map(|(place, column)| (place + 1, column.holds))
                .collect(),
        }
    }
}

struct ReadLoop {
    reader: Box<dyn WholeReader>,
    served: Arc<Served>,
    places: Places,
    limits: SliceLimits,
    slices: mpsc::Sender<Result<ReadSlice, StepError>>,
}

impl ReadLoop {
    fn run(mut self) {
        loop {
            let slice = self.next();
            let is_last = slice.as_ref().map_or(true, |slice| slice.end.finished);
            if self.slices.blocking_send(slice).is_err() || is_last {
                return;
            }
        }
    }

    fn next(&mut self) -> Result<ReadSlice, StepError> {
        let signature = self.served.signature();
        let most = self.limits.rows as usize;
        let mut filling = Filling {
            kinds: signature
                .features()
                .iter()
                .map(|feature| feature.kind)
                .collect(),
            names: signature
                .features()
                .iter()
                .map(|feature| feature.name.as_str())
                .collect(),
            row_bytes: signature.numbers() * size_of::<f64>()
                + (signature.texts() + self.places.kept.len() + 1) * size_of::<StoredValue>(),
            builder: RowsBuilder::with_capacity(signature, most),
            places: &self.places,
            faults: BTreeMap::new(),
            keys: Vec::with_capacity(most),
            kept: Vec::with_capacity(most * self.places.kept.len()),
            left_out: 0,
        };
        let read = self
            .reader
            .read_slice(self.limits, &mut |row| filling.add(row));
        let end = read.map_err(of_read)?;
        Ok(ReadSlice {
            rows: filling.builder.build(),
            faults: filling.faults,
            keys: filling.keys,
            kept: filling.kept,
            left_out: filling.left_out,
            end,
        })
    }
}

/// A slice while it is read.
struct Filling<'f> {
    builder: RowsBuilder<'f>,
    kinds: Vec<FeatureKind>,
    names: Vec<&'f str>,
    places: &'f Places,
    /// What each row takes besides its texts.
    row_bytes: usize,
    faults: BTreeMap<usize, String>,
    keys: Vec<StoredValue>,
    kept: Vec<StoredValue>,
    left_out: u64,
}

impl Filling<'_> {
    /// Returns the bytes that the row takes.
    fn add(&mut self, row: &dyn CellRow) -> usize {
        let Some(key) = StoredValue::key(row.cell(0), self.places.key) else {
            self.left_out += 1;
            return 0;
        };
        self.builder.begin_row();
        let mut bytes = self.row_bytes + key.bytes();
        let mut fault = None;
        for (feature, place) in self.places.features.iter().enumerate() {
            let cell = row.cell(*place);
            let set = match self.kinds[feature] {
                FeatureKind::Number => number_of(&cell).map(|number| {
                    self.builder.set_number(feature, number);
                }),
                FeatureKind::Text => text_of(cell).map(|text| {
                    bytes += text.as_ref().map_or(0, |text| text.len());
                    self.builder.set_text(feature, text);
                }),
            };
            if let Err(reason) = set {
                fault.get_or_insert_with(|| format!("{}: {reason}", self.names[feature]));
            }
        }
        if let Some(fault) = fault {
            self.faults.insert(self.keys.len(), fault);
        }
        self.keys.push(key);
        for (place, holds) in &self.places.kept {
            let kept = StoredValue::kept(row.cell(*place), *holds);
            bytes += kept.bytes();
            self.kept.push(kept);
        }
        bytes
    }
}

struct ScoreLoop {
    served: Arc<Served>,
    read: mpsc::Receiver<Result<ReadSlice, StepError>>,
    scored: mpsc::Sender<Result<ScoredSlice, StepError>>,
}

impl ScoreLoop {
    fn run(mut self, runtime: &Handle) {
        while let Some(slice) = self.read.blocking_recv() {
            let scored = slice.and_then(|slice| self.score(slice, runtime));
            let is_failed = scored.is_err();
            if self.scored.blocking_send(scored).is_err() || is_failed {
                return;
            }
        }
    }

    fn score(&self, slice: ReadSlice, runtime: &Handle) -> Result<ScoredSlice, StepError> {
        let answers = self.answers(slice.rows, runtime)?;
        Ok(ScoredSlice {
            result: ResultSlice {
                keys: slice.keys,
                kept: slice.kept,
                answers,
                faults: slice.faults,
            },
            left_out: slice.left_out + slice.end.left_out,
            end: slice.end,
        })
    }

    /// Another server is asked as calls ask it.
    fn answers(&self, rows: Rows, runtime: &Handle) -> Result<Answers, StepError> {
        if rows.is_empty() {
            return Ok(Answers::values(Vec::new()));
        }
        let answered = match self.served.is_remote() {
            true => runtime.block_on(Arc::clone(&self.served).predict(rows)),
            false => self.served.score_blocking(&rows),
        };
        answered.map_err(of_scoring)
    }
}
