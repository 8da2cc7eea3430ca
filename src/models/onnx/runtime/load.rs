//! Reads a file by ONNX Runtime that is not read here.

use super::external;
use super::library;
use super::session::Session;
use crate::models::model::Scorer;
use crate::models::onnx::graph;
use crate::models::onnx::interface::{self, Gives};
use crate::models::onnx::labels::{self, Classes};
use crate::models::onnx::scorer::{Engine, GraphScorer};
use crate::models::onnx::trouble::Trouble;
use crate::models::package::Package;
use crate::models::signature::Signature;

/// Rows of a sample, more than one: a graph that mixes them up shows.
const SAMPLE_ROWS: usize = 2;

/// Rows that are computed at once: whatever the graph does with them, memory is bounded by so many.
const BATCH_ROWS: usize = 256;

/// `reason` is why the file is not read here.
pub fn load(package: &Package, reason: &str) -> Result<(Signature, Box<dyn Scorer>), Trouble> {
    let environment = library::environment()
        .map_err(|advice| Trouble::unsupported(format!("{reason}; {advice}")))?;
    if external::has_external_data(&package.file) {
        return Err(Trouble::invalid(
            "the file refers to other files for its data; save it as one file (`onnx.save` without `save_as_external_data`)",
        ));
    }
    let known = graph::read(&package.file).ok();
    let (session, graph) = Session::open(environment, &package.file, known)?;
    let description = &package.description;
    let takes = interface::takes(&graph, description)?;
    let rows = if takes.is_single { 1 } else { SAMPLE_ROWS };
    let outputs = session
        .run(interface::sample(&takes, rows))
        .map_err(Trouble::invalid)?;
    let found = labels::found(&graph, 0, 1);
    let (gives, task, labels) = interface::gives(&outputs, rows, found, description)?;
    let scorer = GraphScorer {
        batch: if takes.is_single { 1 } else { BATCH_ROWS },
        engine: Engine::Runtime(session),
        columns: takes.columns,
        classes: Classes::new(&labels),
        class_count: match gives {
            Gives::Value(_) => 0,
            Gives::Classes { .. } => labels.len(),
        },
        gives,
    };
    let signature = Signature::new(task, takes.features, labels);
    Ok((signature, Box::new(scorer)))
}
