//! The schemas of a document, made as strict as the programs are, and those of failures.

use serde_json::{Value, json};

use crate::http::error::Surface;

pub(crate) fn complete(document: &mut Value, surface: Surface) {
    let requests = requests(document);
    let schemas = &mut document["components"]["schemas"];
    for (_, schema) in schemas.as_object_mut().into_iter().flatten() {
        tidy(schema);
    }
    for name in requests {
        refuse_unknown(schemas, &name);
    }
    let (name, schema) = failure(surface);
    schemas[name] = schema;
}

/// The name and the schema of what is answered instead of what was asked for.
pub(crate) fn failure(surface: Surface) -> (&'static str, Value) {
    match surface {
        Surface::Problems | Surface::Shared => ("Problem", problem()),
        Surface::Codes => ("Refused", refused()),
        Surface::Results => ("Exception", exception()),
    }
}

fn problem() -> Value {
    json!({
        "type": "object",
        "description": "Problem details, RFC 9457.",
        "required": ["type", "title", "status", "detail"],
        "properties": {
            "type": { "type": "string" },
            "title": { "type": "string" },
            "status": { "type": "integer" },
            "detail": { "type": "string", "description": "A sentence for people." },
            "instance": { "type": "string", "description": "The path that was called." },
        },
    })
}

fn refused() -> Value {
    json!({
        "type": "object",
        "required": ["error_code", "error_message"],
        "properties": {
            "error_code": { "type": "integer" },
            "error_message": { "type": "string", "description": "A sentence for people." },
        },
    })
}

fn exception() -> Value {
    json!({
        "type": "object",
        "required": ["result", "message"],
        "properties": {
            "result": { "type": "string", "enum": ["exception"] },
            "message": { "type": "string", "description": "A sentence for people." },
            "detail": {
                "type": "string",
                "description": "Of an invalid parameter: which, and what was expected.",
            },
        },
    })
}

/// Names of the schemas that bodies of requests have.
fn requests(document: &Value) -> Vec<String> {
    let paths = document["paths"].as_object().into_iter().flatten();
    let operations = paths.flat_map(|(_, path)| path.as_object().into_iter().flatten());
    let bodies = operations.flat_map(|(_, operation)| {
        let content = operation["requestBody"]["content"].as_object();
        content.into_iter().flatten()
    });
    bodies
        .filter_map(|(_, media)| referred(&media["schema"]))
        .collect()
}

fn referred(schema: &Value) -> Option<String> {
    let reference = schema["$ref"]
        .as_str()
        .or_else(|| schema["allOf"][0]["$ref"].as_str());
    reference
        .and_then(|reference| reference.rsplit('/').next())
        .map(str::to_owned)
}

/// Unknown members are refused, which poem-openapi knows but does not write.
fn refuse_unknown(schemas: &mut Value, name: &str) {
    let Some(schema) = schemas.get_mut(name) else {
        return;
    };
    let members = schema["properties"].as_object().into_iter().flatten();
    let members = members.map(|(_, member)| member);
    let alternatives = schema["anyOf"].as_array().into_iter().flatten();
    let inner: Vec<String> = members.chain(alternatives).filter_map(referred).collect();
    if schema["properties"].is_object() {
        schema["additionalProperties"] = json!(false);
    }
    for name in inner {
        refuse_unknown(schemas, &name);
    }
}

fn tidy(schema: &mut Value) {
    let required = schema["required"].as_array().cloned().unwrap_or_default();
    if schema["anyOf"].is_array()
        && let Some(schema) = schema.as_object_mut()
    {
        // It says `object`, although one of the alternatives may be a text.
        schema.shift_remove("type");
    }
    let properties = schema.get_mut("properties").and_then(Value::as_object_mut);
    for (name, property) in properties.into_iter().flatten() {
        if let Some(all) = property.get_mut("allOf").and_then(Value::as_array_mut) {
            // What stands beside the reference stands outside a second time.
            all.truncate(1);
        }
        if !required.iter().any(|required| required == name) {
            allow_null(property);
        }
    }
}

/// Optional members are `null` where they are not known, and may be `null` in requests;
/// poem-openapi only leaves them out of `required`.
fn allow_null(property: &mut Value) {
    if property["$ref"].is_string() {
        *property = json!({ "allOf": [property.take()] });
    }
    property["nullable"] = json!(true);
}
