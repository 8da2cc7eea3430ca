//! Answers beside those that were expected.

use serde_json::{Map, Value};

use super::{Golden, Mismatch};
use crate::models::answers::{Answers, Scores};
use crate::models::json_rows::{found, label_from_json, label_json};
use crate::models::signature::{Label, Signature};

/// How far a number may be off, for each unit of its size.
const TOLERANCE: f64 = 1e-5;

/// Compares answers to the inputs of `golden` with its outputs; the first difference is reported.
pub fn compare(signature: &Signature, golden: &Golden, answers: &Answers) -> Result<(), Mismatch> {
    if golden.outputs.is_empty() || golden.outputs.len() != answers.len() {
        return Err(Mismatch {
            row: 0,
            reason: format!(
                "expected an answer to each row, found {} rows and {} answers",
                golden.outputs.len(),
                answers.len()
            ),
            expected: Box::new(golden.outputs.len().into()),
            found: Box::new(answers.len().into()),
        });
    }
    for (row, expected) in golden.outputs.iter().enumerate() {
        let compared = match answers.faults.get(&row) {
            Some(reason) => {
                let expected = Value::Object(expected.clone());
                Err(Difference::new("", expected, reason.as_str()))
            }
            None => compare_row(signature, expected, answers, row),
        };
        compared.map_err(|difference| difference.of_row(row))?;
    }
    Ok(())
}

/// What differs in an answer.
struct Difference<'g> {
    /// Its name in the answer.
    what: &'g str,
    expected: Box<Value>,
    found: Box<Value>,
}

impl<'g> Difference<'g> {
    fn new(what: &'g str, expected: impl Into<Value>, found: impl Into<Value>) -> Self {
        Self {
            what,
            expected: Box::new(expected.into()),
            found: Box::new(found.into()),
        }
    }

    fn of_row(self, row: usize) -> Mismatch {
        let separator = if self.what.is_empty() { "" } else { " " };
        Mismatch {
            row,
            reason: format!(
                "row {row}: expected{separator}{} {}, found {}",
                self.what,
                shown(&self.expected),
                shown(&self.found)
            ),
            expected: self.expected,
            found: self.found,
        }
    }
}

fn shown(value: &Value) -> String {
    match value {
        Value::Object(_) => "an answer".to_owned(),
        value => found(value),
    }
}

fn compare_row<'g>(
    signature: &Signature,
    expected: &'g Map<String, Value>,
    answers: &Answers,
    row: usize,
) -> Result<(), Difference<'g>> {
    match (&answers.scores, expected.get("value")) {
        (Scores::Values(values), Some(value)) => number("value", value, values[row]),
        (Scores::Values(values), None) => Err(Difference::new(
            "a label",
            expected.get("label").cloned().unwrap_or_default(),
            values[row],
        )),
        (Scores::Classes { chosen, .. }, value) => {
            let scores = answers.scores.of_row(row);
            let answer = Classified {
                signature,
                chosen: chosen[row] as usize,
                scores,
            };
            match value {
                Some(value) => Err(Difference::new(
                    "a value",
                    value.clone(),
                    label_json(&signature.labels[answer.chosen]),
                )),
                None => answer.compare(expected),
            }
        }
    }
}

/// The answer of a classification to a row.
struct Classified<'a> {
    signature: &'a Signature,
    chosen: usize,
    scores: &'a [f64],
}

impl Classified<'_> {
    fn compare<'g>(&self, expected: &'g Map<String, Value>) -> Result<(), Difference<'g>> {
        let labels = &self.signature.labels;
        if let Some(label) = expected.get("label") {
            let position = labels.iter().position(|own| is_same(own, label));
            // Of equal scores a library may take either.
            let is_tie = |other: usize| is_near(self.scores[other], self.scores[self.chosen]);
            if position != Some(self.chosen) && !position.is_some_and(is_tie) {
                let found = label_json(&labels[self.chosen]);
                return Err(Difference::new("the label", label.clone(), found));
            }
        }
        if let Some(score) = expected.get("score") {
            number("the score", score, self.scores[self.chosen])?;
        }
        if let Some(Value::Object(scores)) = expected.get("scores") {
            self.compare_scores(scores)?;
        }
        Ok(())
    }

    fn compare_scores<'g>(&self, expected: &'g Map<String, Value>) -> Result<(), Difference<'g>> {
        let labels = &self.signature.labels;
        for (key, score) in expected {
            match labels.iter().position(|label| is_key(label, key)) {
                Some(position) => number(key, score, self.scores[position])?,
                None => {
                    let what = "a score of the label";
                    return Err(Difference::new(what, key.as_str(), "no such label"));
                }
            }
        }
        let unknown = labels.iter().find(|label| {
            let mut keys = expected.keys();
            !keys.any(|key| is_key(label, key))
        });
        match unknown {
            Some(label) => Err(Difference::new(
                "no score of the label",
                Value::Null,
                label_json(label),
            )),
            None => Ok(()),
        }
    }
}

fn number<'g>(what: &'g str, expected: &Value, found: f64) -> Result<(), Difference<'g>> {
    match expected.as_f64() {
        Some(number) if is_near(number, found) => Ok(()),
        _ => Err(Difference::new(what, expected.clone(), found)),
    }
}

fn is_near(expected: f64, found: f64) -> bool {
    (expected - found).abs() <= TOLERANCE * expected.abs().max(1.0)
}

/// Whether a value stands for a label: numbers by their value, so that 1 is 1.0.
fn is_same(label: &Label, value: &Value) -> bool {
    match (number_of(label), label_from_json(value)) {
        (_, None) => false,
        (None, Some(other)) => *label == other,
        (Some(own), Some(other)) => number_of(&other) == Some(own),
    }
}

fn number_of(label: &Label) -> Option<f64> {
    match label {
        Label::Integer(value) => Some(*value as f64),
        Label::Number(value) => Some(*value),
        Label::Boolean(_) | Label::Text(_) => None,
    }
}

/// Whether a key of `scores` stands for a label; Python writes `True` and `False`.
fn is_key(label: &Label, key: &str) -> bool {
    match label {
        Label::Boolean(value) => key.eq_ignore_ascii_case(if *value { "true" } else { "false" }),
        label => label.to_string() == key,
    }
}
