//! What a graph takes and answers, said as a [`Signature`]: the file and `model.yaml` together.

use std::collections::{HashMap, HashSet};

use super::graph::{Graph, Input, ValueId};
use super::labels;
use super::tensor::{Kind, Shape, Tensor};
use super::trouble::Trouble;
use crate::models::package::Description;
use crate::models::signature::{Feature, FeatureKind, Label, Signature, Slot, Task};

/// The features that a graph may have.
const FEATURES: usize = 100_000;

/// The columns of an input tensor, each with the place of its values in rows.
#[derive(Debug)]
pub struct Columns {
    pub value: ValueId,
    pub kind: Kind,
    pub slots: Vec<usize>,
    /// The names of their features.
    pub names: Vec<String>,
    /// Whether it is a vector, of one column.
    pub is_vector: bool,
}

/// What a graph takes.
#[derive(Debug)]
pub struct Takes {
    pub features: Vec<Feature>,
    pub columns: Vec<Columns>,
    /// Whether the graph takes one row at a time.
    pub is_single: bool,
}

/// Reads the inputs of a graph.
pub fn takes(graph: &Graph, description: &Description) -> Result<Takes, Trouble> {
    if graph.inputs.is_empty() {
        return Err(Trouble::invalid("the graph has no inputs"));
    }
    let said = description.features.as_deref();
    let widths = widths(&graph.inputs, said)?;
    let features = features(&graph.inputs, &widths, said)?;
    let order = order(&features, said)?;
    let mut sorted: Vec<Option<Feature>> = vec![None; features.len()];
    for (feature, place) in features.iter().zip(&order) {
        sorted[*place] = Some(feature.clone());
    }
    let sorted: Vec<Feature> = sorted.into_iter().flatten().collect();
    // Slots do not depend on the task.
    let signature = Signature::new(Task::Regression, sorted.clone(), Vec::new());
    let mut next = order.iter().map(|place| match signature.slot(*place) {
        Slot::Number(slot) | Slot::Text(slot) => slot,
    });
    let mut names = features.iter().map(|feature| feature.name.clone());
    let columns = graph
        .inputs
        .iter()
        .zip(&widths)
        .map(|(input, width)| Columns {
            value: input.value,
            kind: input.kind,
            slots: next.by_ref().take(*width).collect(),
            names: names.by_ref().take(*width).collect(),
            is_vector: input.shape.len() == 1,
        });
    Ok(Takes {
        columns: columns.collect(),
        is_single: is_single(&graph.inputs)?,
        features: sorted,
    })
}

/// The number of columns of each input.
fn widths(inputs: &[Input], said: Option<&[Feature]>) -> Result<Vec<usize>, Trouble> {
    let mut widths = Vec::with_capacity(inputs.len());
    for input in inputs {
        let width = match input.shape[..] {
            [_] => Some(1),
            [_, width] => width,
            _ => {
                return Err(Trouble::unsupported(format!(
                    "the input `{}` is of {} axes; expected rows of columns, [N, F] or [N, 1]",
                    input.name,
                    input.shape.len()
                )));
            }
        };
        // Only `model.yaml` may know how wide a single input is.
        let width = width.or_else(|| said.filter(|_| inputs.len() == 1).map(<[Feature]>::len));
        widths.push(width.ok_or_else(|| {
            Trouble::invalid(format!(
                "the file does not say how many columns the input `{}` has; expected `features` in model.yaml to name them",
                input.name
            ))
        })?);
    }
    let total = widths
        .iter()
        .try_fold(0_usize, |sum, width| sum.checked_add(*width));
    match total {
        Some(1..=FEATURES) => Ok(widths),
        _ => Err(Trouble::invalid(format!(
            "expected between 1 and {FEATURES} columns in all inputs"
        ))),
    }
}

/// The features in the order of the inputs, with the names of the file or, if it has none, those of `model.yaml`.
fn features(
    inputs: &[Input],
    widths: &[usize],
    said: Option<&[Feature]>,
) -> Result<Vec<Feature>, Trouble> {
    let count: usize = widths.iter().sum();
    if let Some(said) = said.filter(|said| said.len() != count) {
        return Err(Trouble::invalid(format!(
            "model.yaml names {} features, the file has {count} columns",
            said.len()
        )));
    }
    let are_named = widths.iter().all(|width| *width == 1) && inputs.len() > 1;
    let mut features = Vec::with_capacity(count);
    for (input, width) in inputs.iter().zip(widths) {
        let kind = match input.kind {
            Kind::Text => FeatureKind::Text,
            _ => FeatureKind::Number,
        };
        for column in 0..*width {
            let name = match said {
                Some(said) if !are_named => said[features.len()].name.clone(),
                _ if *width == 1 => input.name.clone(),
                _ if inputs.len() == 1 => format!("f{column}"),
                _ => format!("{}_{column}", input.name),
            };
            features.push(Feature {
                name,
                kind,
                categories: Vec::new(),
            });
        }
    }
    let mut names = HashSet::new();
    if let Some(twice) = features.iter().find(|feature| !names.insert(&feature.name)) {
        return Err(Trouble::invalid(format!(
            "two columns have the name `{}`",
            twice.name
        )));
    }
    let Some(said) = said else {
        return Ok(features);
    };
    let places = places(said);
    for feature in &mut features {
        let Some(named) = places.get(feature.name.as_str()).map(|place| &said[*place]) else {
            let known = said.iter().take(20).map(|named| named.name.as_str());
            let known: Vec<&str> = known.collect();
            return Err(Trouble::invalid(format!(
                "the file has an input `{}`, which `features` in model.yaml does not name: it has {}",
                feature.name,
                known.join(", ")
            )));
        };
        if named.kind != feature.kind {
            return Err(Trouble::invalid(format!(
                "the feature `{}` is a {} in model.yaml, but a {} in the file",
                feature.name,
                word(named.kind),
                word(feature.kind)
            )));
        }
        feature.categories.clone_from(&named.categories);
    }
    Ok(features)
}

fn word(kind: FeatureKind) -> &'static str {
    match kind {
        FeatureKind::Number => "number",
        FeatureKind::Text => "text",
    }
}

/// Where each feature stands in rows: in the order of `model.yaml`, if it has one.
fn order(features: &[Feature], said: Option<&[Feature]>) -> Result<Vec<usize>, Trouble> {
    let Some(said) = said else {
        return Ok((0..features.len()).collect());
    };
    let places = places(said);
    let place = |feature: &Feature| {
        let place = places.get(feature.name.as_str()).copied();
        place.ok_or_else(|| Trouble::invalid(format!("`{}` is not named", feature.name)))
    };
    features.iter().map(place).collect()
}

/// Where each feature stands, by its name.
fn places(features: &[Feature]) -> HashMap<&str, usize> {
    let places = features.iter().enumerate();
    places
        .map(|(place, feature)| (feature.name.as_str(), place))
        .collect()
}

/// Whether the inputs are said to be of one row.
fn is_single(inputs: &[Input]) -> Result<bool, Trouble> {
    match inputs.iter().find_map(|input| input.shape[0]) {
        None => Ok(false),
        Some(1) => Ok(true),
        Some(rows) => Err(Trouble::unsupported(format!(
            "the graph takes exactly {rows} rows at a time; expected any number of them"
        ))),
    }
}

/// Which outputs are the answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gives {
    /// The position of the output with the value of a row.
    Value(usize),
    /// Those with the label and with the scores of all classes.
    Classes { label: usize, scores: usize },
}

/// A row without values, to see the types and shapes in a graph.
pub fn sample(takes: &Takes, rows: usize) -> Vec<(ValueId, Tensor<'static>)> {
    let tensor = |columns: &Columns| {
        let width = columns.slots.len();
        let shape = if columns.is_vector {
            Shape::from_slice(&[rows])
        } else {
            Shape::from_slice(&[rows, width])
        };
        let count = rows * width;
        let tensor = match columns.kind {
            Kind::Float => Tensor::new(shape, vec![0.0_f32; count]),
            Kind::Double => Tensor::new(shape, vec![0.0_f64; count]),
            Kind::Int64 => Tensor::new(shape, vec![0_i64; count]),
            Kind::Int32 => Tensor::new(shape, vec![0_i32; count]),
            Kind::Bool => Tensor::new(shape, vec![false; count]),
            Kind::Text => Tensor::new(shape, vec![std::borrow::Cow::Borrowed(""); count]),
        };
        (columns.value, tensor)
    };
    takes.columns.iter().map(tensor).collect()
}

/// Decides what the outputs of a graph mean. `outputs` are those of a sample of rows, `found` the labels in the graph.
pub fn gives(
    outputs: &[Tensor<'_>],
    rows: usize,
    found: Option<Vec<Label>>,
    description: &Description,
) -> Result<(Gives, Task, Vec<Label>), Trouble> {
    let has_scores = outputs.len() > 1;
    let task = match description.task {
        Some(task) => task,
        None if has_scores => Task::Classification,
        None => Task::Regression,
    };
    if !task.has_labels() {
        let width = outputs.first().map_or(0, |output| output.len() / rows);
        if width != 1 || outputs[0].len() != rows {
            return Err(Trouble::invalid(format!(
                "the model answers {width} values for a row; expected one"
            )));
        }
        if outputs[0].kind() == Kind::Text {
            return Err(Trouble::invalid(
                "the model answers a text; expected a number for the task regression",
            ));
        }
        return Ok((Gives::Value(0), task, Vec::new()));
    }
    if !has_scores {
        return Err(Trouble::invalid(
            "a classification answers a label and the scores of its classes; the file has one output",
        ));
    }
    let gives = Gives::Classes {
        label: 0,
        scores: 1,
    };
    let labels = labels::agreed(found, description.labels.as_deref())?;
    if outputs[0].len() != rows {
        return Err(Trouble::invalid(
            "the first output is not one label for each row",
        ));
    }
    // One score of two classes is that of the second one.
    let is_one_score = labels.len() == 2 && outputs[1].len() == rows;
    if outputs[1].len() != rows * labels.len() && !is_one_score {
        return Err(Trouble::invalid(format!(
            "the model answers {} scores for a row, but has {} labels",
            outputs[1].len() / rows,
            labels.len()
        )));
    }
    Ok((gives, task, labels))
}
