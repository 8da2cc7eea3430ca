//! Chooses how a graph is scored.

use super::direct;
use super::graph;
use super::interface::{self, Gives};
use super::labels::Classes;
use super::plan::Plan;
use super::scorer::GraphScorer;
use super::trouble::Trouble;
use crate::models::model::Scorer;
use crate::models::package::Package;
use crate::models::refusal::Refusal;
use crate::models::signature::Signature;

/// Rows of a sample, more than one: a graph that mixes them up shows.
const SAMPLE_ROWS: usize = 2;

/// Reads and checks an ONNX file.
pub fn load(package: &Package) -> Result<(Signature, Box<dyn Scorer>), Refusal> {
    match read(package) {
        Ok(loaded) => Ok(loaded),
        Err(Trouble::Invalid(message)) => Err(Refusal::new(message)),
        Err(Trouble::Unsupported(reason)) => Err(Refusal::new(format!(
            "{reason}; ONNX Runtime may compute it: set `prediction.onnxruntime` to the path of a libonnxruntime.so"
        ))),
    }
}

fn read(package: &Package) -> Result<(Signature, Box<dyn Scorer>), Trouble> {
    let graph = graph::read(&package.file)?;
    let description = &package.description;
    let takes = interface::takes(&graph, description)?;
    if let Some(loaded) = direct::read(&graph, &takes, description)? {
        return Ok(loaded);
    }
    let rows = if takes.is_single { 1 } else { SAMPLE_ROWS };
    let sample = interface::sample(&takes, rows);
    let (plan, outputs) = Plan::new(graph.clone(), sample, rows)?;
    let (gives, task, labels) = interface::gives(&graph, &outputs, rows, description)?;
    let scorer = GraphScorer {
        batch: if takes.is_single { 1 } else { plan.batch },
        plan,
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
