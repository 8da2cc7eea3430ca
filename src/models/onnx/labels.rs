//! The labels of a classification: where a graph has them, and what `model.yaml` says.

use std::collections::HashMap;

use super::graph::{Graph, Node, ValueId};
use super::links::Links;
use super::operators::ml::labels::ClassLabels;
use super::tensor::{Data, Tensor};
use super::trouble::Trouble;
use crate::models::signature::Label;

/// The labels that a model may have: each row has a score for each.
pub const LABELS: usize = 10_000;

/// The labels that a graph has itself, in the order of the scores, by the positions of the two outputs.
pub fn found(graph: &Graph, label: usize, scores: usize) -> Option<Vec<Label>> {
    let links = Links::new(graph);
    let (_, label) = graph.outputs.get(label)?;
    let (_, scores) = graph.outputs.get(scores)?;
    labels_of_map(&links, *scores).or_else(|| labels_of_label(graph, &links, *label))
}

/// The labels that were found, as `model.yaml` writes them.
pub fn agreed(found: Option<Vec<Label>>, said: Option<&[Label]>) -> Result<Vec<Label>, Trouble> {
    let labels = match (found, said) {
        (None, None) => {
            return Err(Trouble::invalid(
                "the labels are not in the file; expected `labels` in model.yaml",
            ));
        }
        (None, Some(said)) => said.to_vec(),
        (Some(found), None) => found,
        (Some(found), Some(said)) => {
            let keys = |labels: &[Label]| labels.iter().map(Key::of).collect::<Vec<_>>();
            if keys(&found) != keys(said) {
                return Err(Trouble::invalid(format!(
                    "the labels of model.yaml are {}, those of the file are {}",
                    list(said),
                    list(&found)
                )));
            }
            said.to_vec()
        }
    };
    if labels.len() > LABELS {
        return Err(Trouble::invalid(format!(
            "the model has {} labels; expected at most {LABELS}",
            labels.len()
        )));
    }
    Ok(labels)
}

/// The first labels, for a message.
fn list(labels: &[Label]) -> String {
    let texts: Vec<String> = labels.iter().take(20).map(Label::to_string).collect();
    let more = if labels.len() > texts.len() {
        ", …"
    } else {
        ""
    };
    format!("{}{more}", texts.join(", "))
}

/// A label as a graph may have it: numbers and truth values are integers there.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Key {
    Integer(i64),
    /// A number with a fraction, by its bits.
    Number(u64),
    Text(String),
}

impl Key {
    fn of(label: &Label) -> Self {
        match label {
            Label::Boolean(value) => Self::Integer(i64::from(*value)),
            Label::Integer(value) => Self::Integer(*value),
            Label::Number(value) => Self::of_number(*value),
            Label::Text(value) => Self::Text(value.clone()),
        }
    }

    fn of_number(value: f64) -> Self {
        if value.fract() == 0.0 && value.abs() < 9e15 {
            Self::Integer(value as i64)
        } else {
            Self::Number(value.to_bits())
        }
    }
}

/// Finds the number of a class by its label.
#[derive(Debug)]
pub struct Classes(HashMap<Key, u32>);

impl Classes {
    pub fn new(labels: &[Label]) -> Self {
        let keys = labels.iter().map(Key::of);
        Self(keys.zip(0..).collect())
    }

    /// The class of the label of a row.
    pub fn find(&self, labels: &Tensor<'_>, row: usize) -> Option<u32> {
        let key = match &labels.data {
            Data::Int64(values) => Key::Integer(*values.get(row)?),
            Data::Int32(values) => Key::Integer(i64::from(*values.get(row)?)),
            Data::Bool(values) => Key::Integer(i64::from(*values.get(row)?)),
            Data::Float(values) => Key::of_number(f64::from(*values.get(row)?)),
            Data::Double(values) => Key::of_number(*values.get(row)?),
            Data::Text(values) => Key::Text(values.get(row)?.clone().into_owned()),
        };
        self.0.get(&key).copied()
    }
}

/// The keys of the maps that a ZipMap makes of the scores.
fn labels_of_map(links: &Links<'_>, mut value: ValueId) -> Option<Vec<Label>> {
    loop {
        let node = links.maker(value)?;
        match node.operator.name.as_str() {
            "Identity" => value = first_input(node)?,
            "ZipMap" => return labels_of_node(node, "classlabels_int64s"),
            _ => return None,
        }
    }
}

/// The labels behind the output that is the label, followed back to what made it.
fn labels_of_label(graph: &Graph, links: &Links<'_>, mut value: ValueId) -> Option<Vec<Label>> {
    loop {
        let node = links.maker(value)?;
        match node.operator.name.as_str() {
            "Identity" | "Cast" | "Reshape" | "Squeeze" | "Unsqueeze" | "Flatten" => {
                value = first_input(node)?;
            }
            "TreeEnsembleClassifier" => return labels_of_node(node, "classlabels_int64s"),
            "LinearClassifier" => return labels_of_node(node, "classlabels_ints"),
            // The label is picked from a list of them.
            "ArrayFeatureExtractor" | "Gather" => {
                let list = first_input(node)?;
                let (_, list) = graph.constants.iter().find(|(value, _)| *value == list)?;
                return labels_of_list(list);
            }
            _ => return None,
        }
    }
}

fn first_input(node: &Node) -> Option<ValueId> {
    node.inputs.first().copied().flatten()
}

fn labels_of_node(node: &Node, integers: &str) -> Option<Vec<Label>> {
    let mut attributes = node.attributes.part(&["classlabels_strings", integers]);
    let labels = ClassLabels::read(&mut attributes, "classlabels_strings", integers).ok()?;
    Some(labels.to_labels())
}

fn labels_of_list(list: &Tensor<'_>) -> Option<Vec<Label>> {
    Some(match &list.data {
        Data::Int64(values) => values.iter().copied().map(Label::Integer).collect(),
        Data::Int32(values) => {
            let values = values.iter().map(|value| i64::from(*value));
            values.map(Label::Integer).collect()
        }
        Data::Text(values) => {
            let values = values.iter().map(|value| value.clone().into_owned());
            values.map(Label::Text).collect()
        }
        Data::Float(_) | Data::Double(_) | Data::Bool(_) => return None,
    })
}
