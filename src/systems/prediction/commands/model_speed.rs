//! `audience model speed`, which `scripts/bench` calls: how long a model takes, without anything around it.

use std::fs::File;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use clap::Args;
use serde_json::json;

use super::files::Faulty;
use super::model::{Failure, Outcome};
use super::model_file::{self, Answering};
use super::row_file::{RowFormat, RowReader};
use crate::models::{Rows, RowsBuilder, Signature, Slot};
use crate::settings::Loaded;

/// For so long each figure is taken.
const MEASURED_FOR: Duration = Duration::from_secs(2);

/// Answers to single rows between two looks at the clock.
const ROWS_AT_ONCE: usize = 200;

#[derive(Debug, Args)]
pub(super) struct SpeedArguments {
    /// A package, a zip, a bare file or an MLflow folder
    file: PathBuf,
    /// Rows as CSV or JSON Lines
    #[arg(long = "in", value_name = "FILE")]
    input: PathBuf,
}

/// The median of one row alone, and of all rows together, on one thread.
pub(super) async fn speed(arguments: &SpeedArguments, loaded: &Loaded) -> Result<Outcome, Failure> {
    let package = model_file::package(&arguments.file, None, loaded)?;
    let model = Answering::of_package(package, &arguments.file, loaded).await;
    let model = model.map_err(Failure::Other)??;
    let rows = read(&arguments.input, model.signature())?;
    let singles: Vec<Rows> = (0..rows.len())
        .map(|row| some_of(&rows, row..row + 1, model.signature()))
        .collect();
    let mut one_row = Vec::new();
    let mut next = singles.iter().cycle();
    let began = Instant::now();
    while began.elapsed() < MEASURED_FOR {
        let some: Vec<&Rows> = next.by_ref().take(ROWS_AT_ONCE).collect();
        let clock = Instant::now();
        for rows in some {
            drop(model.score_here(rows)?);
        }
        one_row.push(clock.elapsed().as_secs_f64() / ROWS_AT_ONCE as f64);
    }
    let mut all_rows = Vec::new();
    let began = Instant::now();
    while began.elapsed() < MEASURED_FOR {
        let clock = Instant::now();
        drop(model.score_here(&rows)?);
        all_rows.push(clock.elapsed().as_secs_f64());
    }
    let (one_us, all_ms) = (median(one_row) * 1e6, median(all_rows) * 1e3);
    Ok(Outcome {
        text: format!("one row {one_us:.3} µs, {} rows {all_ms:.3} ms", rows.len()),
        json: json!({ "rows": rows.len(), "one_row_us": one_us, "all_rows_ms": all_ms }),
        is_good: true,
    })
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// All rows of a file, together.
fn read(path: &Path, signature: &Signature) -> Result<Rows, Failure> {
    let name = path.to_string_lossy();
    let fault = |fault: String| Faulty::of(path, fault);
    let file = File::open(path).map_err(|error| fault(error.to_string()))?;
    let reader = RowReader::open(file, RowFormat::of_name(&name), signature);
    let mut reader = reader.map_err(fault)?;
    let mut builder = RowsBuilder::new(signature);
    while let Some(batch) = reader.next_batch().map_err(fault)? {
        add(&mut builder, &batch, 0..batch.len(), signature);
    }
    let rows = builder.build();
    match rows.is_empty() {
        true => Err(fault("it has no rows".to_owned()).into()),
        false => Ok(rows),
    }
}

fn some_of(rows: &Rows, some: Range<usize>, signature: &Signature) -> Rows {
    let mut builder = RowsBuilder::with_capacity(signature, some.len());
    add(&mut builder, rows, some, signature);
    builder.build()
}

fn add(builder: &mut RowsBuilder<'_>, rows: &Rows, some: Range<usize>, signature: &Signature) {
    for row in some {
        builder.begin_row();
        for feature in 0..signature.features().len() {
            match signature.slot(feature) {
                Slot::Number(slot) => builder.set_number(feature, rows.numbers(row)[slot]),
                Slot::Text(slot) => builder.set_text(feature, rows.texts(row)[slot].clone()),
            }
        }
    }
}
