//! `golden.json`: its shape is checked before there is a model that could answer.

use serde_json::{Map, Value};

use super::Golden;
use crate::models::json_rows::{found, label_from_json, member};
use crate::models::refusal::Refusal;
use crate::strict_json;

impl Golden {
    /// Reads `{"inputs": [{feature: value}, …], "outputs": [{"label", "score", "scores"} or {"value"}, …]}`.
    pub fn parse(text: &[u8]) -> Result<Self, Refusal> {
        parse(text).map_err(|problem| Refusal::new(format!("golden.json: {problem}")))
    }
}

/// Rows that prove a model are some hundred; each takes some hundred bytes more than its text.
const TEXT_MAX: usize = 8 << 20;

fn parse(text: &[u8]) -> Result<Golden, String> {
    if text.len() > TEXT_MAX {
        return Err(format!(
            "expected at most {TEXT_MAX} bytes, found {}; fewer rows prove as much",
            text.len()
        ));
    }
    let Value::Object(mut members) = strict_json::parse(text)? else {
        return Err("expected an object with the lists `inputs` and `outputs`".to_owned());
    };
    let inputs = rows(&mut members, "inputs")?;
    let outputs = rows(&mut members, "outputs")?;
    if let Some(name) = members.keys().next() {
        return Err(format!(
            "{name:?} is not known; expected only `inputs` and `outputs`"
        ));
    }
    if inputs.len() != outputs.len() {
        return Err(format!(
            "expected an output for each input, found {} inputs and {} outputs",
            inputs.len(),
            outputs.len()
        ));
    }
    if inputs.is_empty() {
        return Err("inputs: has no rows, which proves nothing; expected at least one".to_owned());
    }
    for (index, row) in inputs.iter().enumerate() {
        check_input(&format!("inputs[{index}]"), row)?;
    }
    for (index, row) in outputs.iter().enumerate() {
        check_output(&format!("outputs[{index}]"), row)?;
    }
    Ok(Golden { inputs, outputs })
}

fn rows(members: &mut Map<String, Value>, name: &str) -> Result<Vec<Map<String, Value>>, String> {
    let rows = match members.shift_remove(name) {
        Some(Value::Array(rows)) => rows,
        Some(other) => {
            return Err(format!(
                "{name}: expected a list of rows, found {}",
                found(&other)
            ));
        }
        None => return Err(format!("{name}: is missing; expected a list of rows")),
    };
    let rows = rows.into_iter().enumerate();
    let rows = rows.map(|(index, row)| match row {
        Value::Object(row) => Ok(row),
        other => Err(format!(
            "{name}[{index}]: expected an object, found {}",
            found(&other)
        )),
    });
    rows.collect()
}

fn check_input(path: &str, row: &Map<String, Value>) -> Result<(), String> {
    for (name, value) in row {
        if matches!(value, Value::Bool(_) | Value::Array(_) | Value::Object(_)) {
            return Err(format!(
                "{}: expected a number, a text or null, found {}",
                member(path, name),
                found(value)
            ));
        }
    }
    Ok(())
}

fn check_output(path: &str, row: &Map<String, Value>) -> Result<(), String> {
    for (name, value) in row {
        let path = member(path, name);
        match name.as_str() {
            "value" | "score" => check_number(&path, value)?,
            "label" if label_from_json(value).is_some() => {}
            "label" => {
                return Err(format!(
                    "{path}: expected a text, a number or a boolean, found {}",
                    found(value)
                ));
            }
            "scores" => check_scores(&path, value)?,
            _ => {
                return Err(format!(
                    "{path}: is not known; expected label, score and scores, or value"
                ));
            }
        }
    }
    match (row.contains_key("label"), row.contains_key("value")) {
        (true, false) => Ok(()),
        (false, true) if row.len() == 1 => Ok(()),
        _ => Err(format!(
            "{path}: expected a label with score and scores, or only a value"
        )),
    }
}

fn check_scores(path: &str, scores: &Value) -> Result<(), String> {
    let Value::Object(scores) = scores else {
        return Err(format!(
            "{path}: expected an object of labels and their scores, found {}",
            found(scores)
        ));
    };
    let mut scores = scores.iter();
    scores.try_for_each(|(label, score)| check_number(&member(path, label), score))
}

fn check_number(path: &str, value: &Value) -> Result<(), String> {
    match value.as_f64().filter(|number| number.is_finite()) {
        Some(_) => Ok(()),
        None => Err(format!("{path}: expected a number, found {}", found(value))),
    }
}
