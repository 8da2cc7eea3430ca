//! JSON objects to rows.

use std::fmt::Write;

use serde_json::{Map, Value};

use crate::models::rows::{Rows, RowsBuilder};
use crate::models::signature::{Feature, FeatureKind, Signature};

/// What is wrong with a value of a row.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {problem}")]
pub struct RowFault {
    pub row: usize,
    /// The place, such as `rows[3].age`.
    pub path: String,
    /// What was expected, and what was found.
    pub problem: String,
}

/// Features that a sentence names.
const NAMED_MAX: usize = 20;

/// Characters of a value that a sentence quotes.
const QUOTED_MAX: usize = 40;

/// The rows of a request, each with a value or `null` for every feature.
pub fn read_rows(signature: &Signature, rows: &[Value]) -> Result<Rows, RowFault> {
    let mut builder = RowsBuilder::with_capacity(signature, rows.len());
    for (index, row) in rows.iter().enumerate() {
        let Value::Object(row) = row else {
            return Err(RowFault {
                row: index,
                path: format!("rows[{index}]"),
                problem: format!("expected an object of features, found {}", found(row)),
            });
        };
        add_row(&mut builder, signature, "rows", index, row)?;
    }
    Ok(builder.build())
}

/// The same of objects, in a list that has the name `root`.
pub fn read_rows_of(
    root: &str,
    signature: &Signature,
    rows: &[Map<String, Value>],
) -> Result<Rows, RowFault> {
    let mut builder = RowsBuilder::with_capacity(signature, rows.len());
    for (index, row) in rows.iter().enumerate() {
        add_row(&mut builder, signature, root, index, row)?;
    }
    Ok(builder.build())
}

fn add_row(
    builder: &mut RowsBuilder<'_>,
    signature: &Signature,
    root: &str,
    index: usize,
    row: &Map<String, Value>,
) -> Result<(), RowFault> {
    let fault = |name: &str, problem: String| RowFault {
        row: index,
        path: member(&format!("{root}[{index}]"), name),
        problem,
    };
    builder.begin_row();
    // Most callers write the features in the order of the model, so that no name has to be looked up.
    let mut members = row.iter();
    for (position, feature) in signature.features().iter().enumerate() {
        let value = match members.next() {
            Some((name, value)) if *name == feature.name => value,
            _ => row.get(&feature.name).ok_or_else(|| {
                let problem = format!("is missing; expected {}", expected(feature));
                fault(&feature.name, problem)
            })?,
        };
        set(builder, position, feature, value).map_err(|problem| fault(&feature.name, problem))?;
    }
    if row.len() == signature.features().len() {
        return Ok(());
    }
    let is_known = |name: &str| {
        let mut features = signature.features().iter();
        features.any(|feature| feature.name == name)
    };
    match row.keys().find(|name| !is_known(name)) {
        Some(name) => Err(fault(name, not_a_feature(signature))),
        None => Ok(()),
    }
}

fn set(
    builder: &mut RowsBuilder<'_>,
    position: usize,
    feature: &Feature,
    value: &Value,
) -> Result<(), String> {
    match (feature.kind, value) {
        (_, Value::Null) => {}
        (FeatureKind::Number, Value::Number(number)) => {
            let number = number.as_f64().filter(|number| number.is_finite());
            builder.set_number(position, number.ok_or_else(|| out_of_range(value))?);
        }
        (FeatureKind::Text, Value::String(text)) => {
            builder.set_text(position, Some(text.as_str().into()));
        }
        _ => {
            return Err(format!(
                "expected {}, found {}",
                expected(feature),
                found(value)
            ));
        }
    }
    Ok(())
}

fn expected(feature: &Feature) -> &'static str {
    match feature.kind {
        FeatureKind::Number => "a number or null",
        FeatureKind::Text => "a text or null",
    }
}

fn out_of_range(value: &Value) -> String {
    format!(
        "expected a number between -1.8e308 and 1.8e308, found {}",
        found(value)
    )
}

fn not_a_feature(signature: &Signature) -> String {
    let features = signature.features();
    let mut problem = String::from("is not a feature of the model; expected ");
    for (index, feature) in features.iter().take(NAMED_MAX).enumerate() {
        let separator = if index == 0 { "" } else { ", " };
        write!(problem, "{separator}{}", feature.name).ok();
    }
    if features.len() > NAMED_MAX {
        write!(problem, " and {} more", features.len() - NAMED_MAX).ok();
    }
    problem
}

/// The path of a member: `rows[3].age`, `rows[3]["mean radius"]`.
pub(in crate::models) fn member(root: &str, name: &str) -> String {
    let is_word = |character: char| character.is_alphanumeric() || character == '_';
    if !name.is_empty() && name.chars().all(is_word) {
        format!("{root}.{name}")
    } else {
        format!("{root}[{}]", quoted(name))
    }
}

/// A value as a sentence names it.
pub(in crate::models) fn found(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Number(number) => shortened(number.as_str()),
        Value::String(text) => quoted(text),
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "an object".to_owned(),
    }
}

fn quoted(text: &str) -> String {
    Value::String(shortened(text)).to_string()
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(QUOTED_MAX) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
