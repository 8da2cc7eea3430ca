//! Labels as JSON.

use serde_json::Value;

use crate::models::signature::Label;

/// A label as it stands in the file: a number stays a number.
pub fn label_json(label: &Label) -> Value {
    match label {
        Label::Boolean(value) => (*value).into(),
        Label::Integer(value) => (*value).into(),
        Label::Number(value) => (*value).into(),
        Label::Text(value) => value.as_str().into(),
    }
}

/// The label that a value of a file stands for; `None` of what cannot be one.
pub fn label_from_json(value: &Value) -> Option<Label> {
    match value {
        Value::Bool(value) => Some(Label::Boolean(*value)),
        Value::Number(number) => match number.as_i64() {
            Some(value) => Some(Label::Integer(value)),
            None => number.as_f64().map(Label::Number),
        },
        Value::String(text) => Some(Label::Text(text.clone())),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}
