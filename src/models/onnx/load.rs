//! Chooses how a graph is scored.

use super::direct;
use super::graph;
use super::interface::{self, Gives};
use super::labels::{self, Classes};
use super::plan::Plan;
use super::runtime;
use super::scorer::{Engine, GraphScorer};
use super::trouble::Trouble;
use crate::models::model::Scorer;
use crate::models::package::Package;
use crate::models::refusal::Refusal;
use crate::models::signature::Signature;

/// Rows of a sample, more than one: a graph that mixes them up shows.
const SAMPLE_ROWS: usize = 2;

/// Reads and checks an ONNX file.
pub fn load(package: &Package) -> Result<(Signature, Box<dyn Scorer>), Refusal> {
    let loaded = match read(package) {
        Err(Trouble::Unsupported(reason)) => runtime::load(package, &reason),
        loaded => loaded,
    };
    loaded.map_err(|trouble| match trouble {
        Trouble::Invalid(message) | Trouble::Unsupported(message) => Refusal::new(message),
    })
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
    let found = labels::found(&graph, 0, 1);
    let (plan, outputs) = Plan::new(graph, sample, rows)?;
    let (gives, task, labels) = interface::gives(&outputs, rows, found, description)?;
    let scorer = GraphScorer {
        batch: if takes.is_single { 1 } else { plan.batch },
        engine: Engine::Plan(plan),
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
