//! The JSON Schema of the file, for editors, made from the tables that the file is checked with.

use serde_json::{Map, Value, json};

use super::keys::ROOT;
use super::shape::{Format, Key, Mapping, Shape};

/// Draft 2020-12.
pub(crate) fn schema() -> Value {
    let mut schema = Map::new();
    let head = [
        ("$schema", "https://json-schema.org/draft/2020-12/schema"),
        ("title", "Project of Audience"),
        (
            "description",
            "Tasks that are made once, in order, on time.",
        ),
    ];
    for (key, text) in head {
        schema.insert(key.to_owned(), json!(text));
    }
    if let Value::Object(root) = keys(&ROOT) {
        schema.extend(root);
    }
    // An empty file is not a project.
    schema.insert("type".to_owned(), json!("object"));
    Value::Object(schema)
}

fn shape_schema(shape: &Shape) -> Value {
    match shape {
        // A number or a boolean without quotes is a text where one is expected.
        Shape::Text => json!({ "type": ["string", "number", "boolean"] }),
        Shape::Formatted(format) => formatted(format),
        Shape::Bool => json!({ "type": "boolean" }),
        Shape::Whole(least, i64::MAX) => json!({ "type": "integer", "minimum": least }),
        Shape::Whole(least, most) => {
            json!({ "type": "integer", "minimum": least, "maximum": most })
        }
        Shape::Words(words) => json!({ "enum": words }),
        Shape::List(element) => {
            json!({ "type": ["array", "null"], "items": shape_schema(element) })
        }
        Shape::Some(element) => {
            json!({ "type": "array", "items": shape_schema(element), "minItems": 1 })
        }
        Shape::Named(names, values) => json!({
            "type": ["object", "null"],
            "propertyNames": { "pattern": names.pattern },
            "additionalProperties": shape_schema(values),
        }),
        Shape::Keys(mapping) => keys(mapping),
        Shape::Any(shapes) => {
            let shapes: Vec<Value> = shapes.iter().map(shape_schema).collect();
            json!({ "anyOf": shapes })
        }
        Shape::Json => json!({}),
    }
}

fn formatted(format: &Format) -> Value {
    // A whole number may be one, too: `4096` is a size.
    let is_number = (format.accepts)("1");
    json!({
        "type": if is_number { json!(["string", "integer"]) } else { json!("string") },
        "pattern": format.pattern,
        "description": format!("Expected: {}.", format.expected),
    })
}

fn keys(mapping: &Mapping) -> Value {
    let mut properties = Map::new();
    for (key, _) in mapping.all() {
        properties.insert(key.name.to_owned(), property(key));
    }
    let required: Vec<&str> = names_of_required(mapping.keys);
    let mut schema = json!({
        "type": if required.is_empty() { json!(["object", "null"]) } else { json!("object") },
        "properties": properties,
        "required": required,
        "additionalProperties": match mapping.others {
            Some((_, values)) => shape_schema(values),
            None => json!(false),
        },
    });
    if let Some((names, _)) = mapping.others {
        let known: Vec<&str> = mapping.all().iter().map(|(key, _)| key.name).collect();
        schema["propertyNames"] = json!({
            "anyOf": [{ "enum": known }, { "pattern": names.pattern }],
        });
    }
    let variants = (mapping.variants)();
    if variants.is_empty() {
        return schema;
    }
    let mut depends = Map::new();
    let mut exclusive = Vec::new();
    let choices = mapping.choices();
    for (no, keys) in variants.iter().enumerate() {
        let chosen = choices[no];
        let needed = names_of_required(keys);
        depends.insert(chosen.to_owned(), json!(needed));
        for key in &keys[1..] {
            depends.entry(key.name).or_insert(json!([chosen]));
        }
        for other in &choices[no + 1..] {
            exclusive.push(json!({ "not": { "required": [chosen, other] } }));
        }
    }
    schema["dependentRequired"] = Value::Object(depends);
    schema["allOf"] = Value::Array(exclusive);
    if mapping.needs_variant {
        let one = choices.iter().map(|choice| json!({ "required": [choice] }));
        schema["anyOf"] = Value::Array(one.collect());
    }
    schema
}

fn names_of_required(keys: &[Key]) -> Vec<&'static str> {
    keys.iter()
        .filter(|key| key.is_required)
        .map(|key| key.name)
        .collect()
}

fn property(key: &Key) -> Value {
    let mut schema = shape_schema(&key.shape);
    schema["description"] = json!(key.help);
    schema
}
