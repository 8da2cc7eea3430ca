//! Answers to JSON.

use serde_json::{Map, Value};

use super::label::label_json;
use crate::models::answers::{Answers, Scores};
use crate::models::signature::{Label, Signature};

/// The answer to a row as the call `predict` gives it: `{"label", "score", "scores"}`, `{"value"}`, or
/// `{"error"}` with the reason if it has none.
pub fn answer_json(signature: &Signature, answers: &Answers, row: usize) -> Map<String, Value> {
    let mut answer = Map::with_capacity(3);
    if let Some(reason) = answers.faults.get(&row) {
        answer.insert("error".to_owned(), reason.as_str().into());
        return answer;
    }
    match &answers.scores {
        Scores::Values(values) => {
            answer.insert("value".to_owned(), values[row].into());
        }
        Scores::Classes { chosen, .. } => {
            let chosen = chosen[row] as usize;
            let scores = answers.scores.of_row(row);
            answer.insert("label".to_owned(), label_json(&signature.labels[chosen]));
            answer.insert("score".to_owned(), scores[chosen].into());
            let labels = signature.labels.iter().map(Label::to_string);
            let scores = labels.zip(scores.iter().map(|score| Value::from(*score)));
            answer.insert("scores".to_owned(), Value::Object(scores.collect()));
        }
    }
    answer
}
