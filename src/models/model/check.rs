//! What holds of every model, whatever its format.

use std::collections::{BTreeMap, HashSet};

use crate::models::answers::{Answers, Scores};
use crate::models::refusal::Refusal;
use crate::models::signature::{FeatureKind, Signature, Task};

/// Whether rows and answers can be said as JSON: names and labels are different texts.
pub(super) fn signature(signature: &Signature) -> Result<(), Refusal> {
    let features = signature.features();
    if features.is_empty() {
        return Err(Refusal::new("the model has no features"));
    }
    let mut names = HashSet::new();
    if let Some(twice) = features.iter().find(|feature| !names.insert(&feature.name)) {
        return Err(Refusal::new(format!(
            "the model has two features with the name {:?}; expected different names, which `features` in model.yaml can give",
            twice.name
        )));
    }
    if signature.task == Task::Text && !matches!(features, [only] if only.kind == FeatureKind::Text)
    {
        return Err(Refusal::new(
            "a model with the task text has one feature, which is a text",
        ));
    }
    check_labels(signature)
}

fn check_labels(signature: &Signature) -> Result<(), Refusal> {
    let labels = &signature.labels;
    if !signature.task.has_labels() {
        return match labels.is_empty() {
            true => Ok(()),
            false => Err(Refusal::new("a regression has no labels")),
        };
    }
    if labels.len() < 2 {
        return Err(Refusal::new(
            "a classification has at least two labels; `labels` in model.yaml can say them",
        ));
    }
    let mut keys = HashSet::new();
    match labels.iter().find(|label| !keys.insert(label.to_string())) {
        Some(twice) => Err(Refusal::new(format!(
            "two labels are written as `{twice}`; expected different labels, which `labels` in model.yaml can say"
        ))),
        None => Ok(()),
    }
}

/// The answers with a fault for each row that has no finite number; if they have not the shape of the signature, for
/// all rows.
pub(super) fn answers(signature: &Signature, rows: usize, mut answers: Answers) -> Answers {
    if !has_shape(signature, rows, &answers) {
        let reason = "the model's answer is of another shape than that of its labels";
        return Answers {
            scores: no_scores(signature, rows),
            faults: (0..rows).map(|row| (row, reason.to_owned())).collect(),
        };
    }
    let Answers { scores, faults } = &mut answers;
    match scores {
        Scores::Values(values) => note(faults, values.chunks(1)),
        Scores::Classes {
            scores, classes, ..
        } => note(faults, scores.chunks(*classes)),
    }
    answers
}

fn has_shape(signature: &Signature, rows: usize, answers: &Answers) -> bool {
    let labels = signature.labels.len();
    match &answers.scores {
        Scores::Values(values) => labels == 0 && values.len() == rows,
        Scores::Classes {
            chosen,
            scores,
            classes,
        } => {
            let is_label = |class: &u32| (*class as usize) < labels;
            *classes == labels
                && labels > 0
                && chosen.len() == rows
                && scores.len() == rows * labels
                && chosen.iter().all(is_label)
        }
    }
}

fn no_scores(signature: &Signature, rows: usize) -> Scores {
    match signature.labels.len() {
        0 => Scores::Values(vec![f64::NAN; rows]),
        classes => Scores::Classes {
            chosen: vec![0; rows],
            scores: vec![f64::NAN; rows * classes],
            classes,
        },
    }
}

fn note<'s>(faults: &mut BTreeMap<usize, String>, rows: impl Iterator<Item = &'s [f64]>) {
    for (row, scores) in rows.enumerate() {
        let Some(wrong) = scores.iter().find(|score| !score.is_finite()) else {
            continue;
        };
        let reason = match wrong.is_nan() {
            true => "the model's answer is not a number",
            false => "the model's answer is infinite",
        };
        faults.entry(row).or_insert_with(|| reason.to_owned());
    }
}
