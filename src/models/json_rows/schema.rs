//! The JSON Schema of a row.

use serde_json::{Map, Value, json};

use super::label::label_json;
use crate::models::signature::{Feature, FeatureKind, Signature};

/// Categories that a schema lists as examples.
const EXAMPLES_MAX: usize = 100;

/// The JSON Schema (2020-12) of a row. Categories are examples: an unknown one is allowed.
pub fn schema(signature: &Signature) -> Value {
    let features = signature.features();
    let names: Vec<&str> = features.iter().map(|f| f.name.as_str()).collect();
    let properties: Map<String, Value> = features
        .iter()
        .map(|feature| (feature.name.clone(), property(feature)))
        .collect();
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "properties": properties,
        "required": names,
        "additionalProperties": false,
    })
}

fn property(feature: &Feature) -> Value {
    let (kind, noun) = match feature.kind {
        FeatureKind::Number => ("number", "A number"),
        FeatureKind::Text => ("string", "A text"),
    };
    let description = if feature.categories.is_empty() {
        format!("{noun}; null if it is missing.")
    } else {
        format!(
            "{noun}, one of {} categories that the model knows; others are taken as the model's library takes them. \
             Null if it is missing.",
            feature.categories.len()
        )
    };
    let mut property = Map::new();
    property.insert("type".to_owned(), json!([kind, "null"]));
    property.insert("description".to_owned(), description.into());
    if !feature.categories.is_empty() {
        let examples = feature.categories.iter().take(EXAMPLES_MAX);
        let examples: Vec<Value> = examples.map(label_json).collect();
        property.insert("examples".to_owned(), examples.into());
    }
    Value::Object(property)
}
