//! The tensors that another server answers, as the answers of a model.

use std::collections::{BTreeMap, HashMap};

use crate::models::{Answers, Label, Scores, Signature};
use crate::systems::prediction::protocol::{Column, Tensor};

/// `names`: the outputs that were asked for, the scores or values first; `faults`: rows that could not be asked about.
/// `Err` says what is wrong with the answer.
pub(super) fn answers_of(
    signature: &Signature,
    names: &[String],
    tensors: &[Tensor<'_>],
    rows: usize,
    faults: BTreeMap<usize, String>,
) -> Result<Answers, String> {
    let column = |name: &str| {
        let tensor = tensors.iter().find(|tensor| tensor.name == name);
        let tensor = tensor.ok_or_else(|| format!("the output `{name}` is missing"))?;
        // Otherwise a matrix that lies on its side would give rows the scores of others.
        if tensor.shape.first() != Some(&(rows as u64)) {
            let shape = &tensor.shape;
            return Err(format!(
                "the output `{name}` has the shape {shape:?}; expected {rows} rows"
            ));
        }
        tensor.column().map_err(|fault| fault.to_string())
    };
    let main = names.first().ok_or("no output was asked for")?;
    let numbers = match column(main)? {
        Column::Numbers(numbers) => numbers,
        Column::Texts(_) => return Err(format!("the output `{main}` has texts")),
    };
    let classes = signature.labels.len();
    let scores = match signature.task.has_labels() {
        false => Scores::Values(sized(numbers, rows, main)?),
        true => {
            let scores = match numbers.len() == rows && classes == 2 {
                true => numbers
                    .iter()
                    .flat_map(|second| [1.0 - second, *second])
                    .collect(),
                false => sized(numbers, rows * classes, main)?,
            };
            let chosen = match names.get(1) {
                Some(name) => said(signature, &column(name)?, rows, name)?,
                None => scores.chunks_exact(classes.max(1)).map(largest).collect(),
            };
            Scores::Classes {
                chosen,
                scores,
                classes,
            }
        }
    };
    let mut answers = Answers { scores, faults };
    note_missing(&mut answers, rows);
    Ok(answers)
}

fn sized(numbers: Vec<f64>, expected: usize, name: &str) -> Result<Vec<f64>, String> {
    match numbers.len() == expected {
        true => Ok(numbers),
        false => Err(format!(
            "the output `{name}` has {} values; expected {expected}",
            numbers.len()
        )),
    }
}

/// The first of the largest.
fn largest(scores: &[f64]) -> u32 {
    let mut chosen = 0;
    for (class, score) in scores.iter().enumerate() {
        if *score > scores[chosen] {
            chosen = class;
        }
    }
    u32::try_from(chosen).unwrap_or_default()
}

/// The classes that the other server itself chose.
fn said(
    signature: &Signature,
    column: &Column,
    rows: usize,
    name: &str,
) -> Result<Vec<u32>, String> {
    let labels = signature.labels.iter().map(Label::to_string).zip(0..);
    let labels: HashMap<String, u32> = labels.collect();
    let class = |label: String| {
        let class = labels.get(&label).copied();
        class.ok_or_else(|| format!("the output `{name}` has the unknown label `{label}`"))
    };
    let chosen: Result<Vec<u32>, String> = match column {
        Column::Texts(texts) => {
            let texts = texts.iter().map(|text| text.as_deref().unwrap_or_default());
            texts.map(|text| class(text.to_owned())).collect()
        }
        // Labels that are numbers are written as they stand in files: whole ones without a point.
        Column::Numbers(numbers) => numbers
            .iter()
            .map(|number| match number.fract() == 0.0 {
                true => {
                    class((*number as i64).to_string()).or_else(|_| class(format!("{number:?}")))
                }
                false => class(format!("{number:?}")),
            })
            .collect(),
    };
    let chosen = chosen?;
    match chosen.len() == rows {
        true => Ok(chosen),
        false => Err(format!(
            "the output `{name}` has {} labels; expected {rows}",
            chosen.len()
        )),
    }
}

/// A score that is not a number is no answer.
fn note_missing(answers: &mut Answers, rows: usize) {
    for row in 0..rows {
        let is_missing = match &answers.scores {
            Scores::Values(values) => values[row].is_nan(),
            scores @ Scores::Classes { .. } => scores.of_row(row).iter().any(|one| one.is_nan()),
        };
        if is_missing {
            let reason = "the model's answer is not a number".to_owned();
            answers.faults.entry(row).or_insert(reason);
        }
    }
}
