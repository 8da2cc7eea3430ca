//! Rows of one slice with their answers, as they are written.

use std::collections::BTreeMap;
use std::fmt::Write;

use smallvec::SmallVec;

use super::StoredValue;
use crate::models::{Answers, Label, Scores};
use crate::systems::prediction::predicting::values;
use crate::tables::{ColumnType, Value};

/// Rows that were scored.
pub(crate) struct ResultSlice {
    pub keys: Vec<StoredValue>,
    /// Row by row.
    pub kept: Vec<StoredValue>,
    pub answers: Answers,
    /// What is wrong with rows that the model was not asked about in earnest.
    pub faults: BTreeMap<usize, String>,
}

/// The labels of a model, as they stand in rows and in the JSON of all scores.
#[derive(Clone, Debug, Default)]
pub(crate) struct Labels {
    stored: Vec<StoredValue>,
    /// With a colon behind each.
    keys: Vec<String>,
}

impl Labels {
    pub fn of(labels: &[Label], holds: ColumnType) -> Self {
        let stored = labels.iter().map(|label| StoredValue::label(label, holds));
        let keys = labels.iter().map(|label| {
            let key = serde_json::Value::String(label.to_string());
            format!("{key}:")
        });
        Self {
            stored: stored.collect(),
            keys: keys.collect(),
        }
    }

    /// The JSON of the scores of a row.
    fn write_scores(&self, scores: &[f64], json: &mut String) {
        json.clear();
        for (key, score) in self.keys.iter().zip(scores) {
            json.push(if json.is_empty() { '{' } else { ',' });
            json.push_str(key);
            // Writing into a text does not fail.
            match score.is_finite() {
                true => drop(write!(json, "{score:?}")),
                false => json.push_str("null"),
            }
        }
        json.push('}');
    }
}

/// The values of a row that differ from row to row: the key, what is kept, and the answer.
pub(super) type RowValues<'v> = SmallVec<[Value<'v>; 16]>;

impl ResultSlice {
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Rows that have an error instead of a prediction.
    pub fn failed(&self) -> usize {
        let others = self.answers.faults.keys();
        let others = others.filter(|row| !self.faults.contains_key(row));
        self.faults.len() + others.count()
    }

    /// `json` is room for the scores.
    pub(super) fn values<'v>(
        &'v self,
        labels: &'v Labels,
        row: usize,
        json: &'v mut String,
    ) -> RowValues<'v> {
        const NULL: Value<'static> = Value::MaybeText(None);
        let mut values = RowValues::new();
        values.push(self.keys[row].value());
        let width = self.kept.len() / self.keys.len();
        let kept = &self.kept[row * width..(row + 1) * width];
        values.extend(kept.iter().map(StoredValue::value));
        let fault = self.faults.get(&row);
        if let Some(fault) = fault.or_else(|| self.answers.faults.get(&row)) {
            values.extend([NULL, NULL, NULL, Value::Text(fault)]);
            return values;
        }
        match &self.answers.scores {
            Scores::Values(found) => {
                values.extend([Value::Number(found[row]), NULL, NULL, NULL]);
            }
            Scores::Classes { chosen, .. } => {
                let chosen = chosen[row] as usize;
                let scores = self.answers.scores.of_row(row);
                labels.write_scores(scores, json);
                let score = scores
                    .get(chosen)
                    .map_or(NULL, |score| Value::Number(*score));
                let label = labels.stored.get(chosen).map_or(NULL, StoredValue::value);
                values.extend([label, score, Value::Text(json), NULL]);
            }
        }
        values
    }
}

/// What the column of predictions holds.
pub(crate) fn holds(labels: &[Label]) -> ColumnType {
    match labels.is_empty() {
        true => ColumnType::Number,
        false => values::holds_labels(labels),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slice() -> ResultSlice {
        let mut answers = Answers::classes(vec![1, 0, 0], vec![0.25, 0.75, 1.0, 0.0, 0.5, 0.5], 2);
        answers
            .faults
            .insert(1, "the model's answer is not a number".to_owned());
        let key = StoredValue::Integer;
        ResultSlice {
            keys: vec![key(1), key(2), key(3)],
            kept: ["amy", "bob", "eve"]
                .map(|name| StoredValue::Text(name.into()))
                .to_vec(),
            answers,
            faults: BTreeMap::from([(2, "age: expected a number or null, found \"x\"".to_owned())]),
        }
    }

    #[test]
    fn a_row_has_its_answer_or_an_error() {
        let labels = ["st\"ay", "leave"].map(|label| Label::Text(label.to_owned()));
        let labels = Labels::of(&labels, ColumnType::Text);
        let slice = slice();
        assert_eq!(slice.failed(), 2);
        let shown = |row| {
            let mut json = String::new();
            let values = slice.values(&labels, row, &mut json);
            format!("{values:?}")
        };
        let scores = r#"Text("{\"st\\\"ay\":0.25,\"leave\":0.75}")"#;
        assert_eq!(
            shown(0),
            format!(
                "[Integer(1), Text(\"amy\"), Text(\"leave\"), Number(0.75), {scores}, MaybeText(None)]"
            )
        );
        let nothing = "MaybeText(None), MaybeText(None), MaybeText(None)";
        let error = "Text(\"the model's answer is not a number\")";
        assert_eq!(
            shown(1),
            format!("[Integer(2), Text(\"bob\"), {nothing}, {error}]")
        );
        assert!(shown(2).contains("age: expected a number"));
    }

    #[test]
    fn predictions_of_a_regression_are_numbers() {
        assert_eq!(holds(&[]), ColumnType::Number);
        assert_eq!(holds(&[Label::Integer(0)]), ColumnType::Integer);
    }
}
