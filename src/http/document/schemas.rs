//! The schemas of a document, made as strict as the programs are, and those of failures.

use serde_json::{Value, json};

use super::inputs;
use crate::http::error::Surface;

pub(crate) fn complete(document: &mut Value, surface: Surface) {
    let requests = requests(document);
    let schemas = &mut document["components"]["schemas"];
    make_strict(schemas, &requests);
    // One that no operation has is dropped.
    for surface in [surface, Surface::Problems] {
        let (name, schema) = failure(surface);
        schemas[name] = schema;
    }
}

/// Makes schemas those of JSON Schema 2020-12, and those with these names as narrow as requests are read.
pub(super) fn make_strict(schemas: &mut Value, requests: &[String]) {
    for (_, schema) in schemas.as_object_mut().into_iter().flatten() {
        tidy(schema);
    }
    for name in requests {
        narrow(schemas, name);
    }
}

/// The name and the schema of what is answered instead of what was asked for.
pub(crate) fn failure(surface: Surface) -> (&'static str, Value) {
    match surface {
        Surface::Problems | Surface::Shared => ("Problem", problem()),
        Surface::Codes => ("Refused", refused()),
        Surface::Results => ("Exception", exception()),
        Surface::Errors => ("InferenceError", inference_error()),
        Surface::Messages => ("FailureMessage", failure_message()),
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

fn inference_error() -> Value {
    json!({
        "type": "object",
        "required": ["error"],
        "properties": {
            "error": { "type": "string", "description": "A sentence for people." },
        },
    })
}

fn failure_message() -> Value {
    json!({
        "type": "object",
        "required": ["code", "msg", "data"],
        "properties": {
            "code": { "type": "integer", "description": "The HTTP status." },
            "msg": { "type": "string", "description": "A sentence for people." },
            "data": { "type": "null" },
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
        .flat_map(|(_, media)| referred(&media["schema"]))
        .collect()
}

/// Names of the schemas that a schema refers to.
fn referred(schema: &Value) -> Vec<String> {
    let alternatives = schema["anyOf"].as_array().into_iter().flatten();
    let all = [schema, &schema["items"]].into_iter().chain(alternatives);
    let references = all.filter_map(|schema| schema["$ref"].as_str());
    let names = references.filter_map(|reference| reference.rsplit('/').next());
    names.map(str::to_owned).collect()
}

/// Unknown members are refused, and limits are those of the types, which poem-openapi knows but does
/// not write.
fn narrow(schemas: &mut Value, name: &str) {
    let Some(schema) = schemas.get_mut(name) else {
        return;
    };
    let mut inner = referred(schema);
    let required = schema["required"].as_array().cloned().unwrap_or_default();
    let members = schema.get_mut("properties").and_then(Value::as_object_mut);
    for (name, member) in members.into_iter().flatten() {
        inputs::limit(member);
        describe_default(member);
        if says_nothing(member) {
            // Such members are read as objects.
            member["type"] = match required.iter().any(|required| required == name) {
                true => json!("object"),
                false => json!(["object", "null"]),
            };
            member["additionalProperties"] = json!({});
        }
        inner.extend(referred(member));
    }
    if schema["type"] == "object" && schema["additionalProperties"].is_null() {
        schema["additionalProperties"] = json!(false);
    }
    for name in inner {
        narrow(schemas, &name);
    }
}

/// Puts the default of a member of a body among the words: generators of clients take a member with
/// a default for one that is always there, and would have callers write it.
fn describe_default(member: &mut Value) {
    let Some(object) = member.as_object_mut() else {
        return;
    };
    let Some(default) = object.shift_remove("default") else {
        return;
    };
    let described = object.get("description").and_then(Value::as_str);
    let described = described.unwrap_or_default();
    let default = match default.as_str() {
        Some(text) => text.to_owned(),
        None => default.to_string(),
    };
    let sentence = format!("{described} Default: `{default}`.");
    object.insert("description".to_owned(), sentence.trim_start().into());
}

/// Whether any JSON fits.
fn says_nothing(schema: &Value) -> bool {
    let says = ["type", "$ref", "anyOf", "enum"];
    says.iter().all(|keyword| schema[*keyword].is_null())
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
        refer_directly(property);
        if !required.iter().any(|required| required == name) {
            allow_null(property);
        }
    }
}

/// A reference may have a description beside it.
fn refer_directly(property: &mut Value) {
    let Some(property) = property.as_object_mut() else {
        return;
    };
    // What follows the reference stands beside it a second time.
    if let Some(all) = property.shift_remove("allOf") {
        property.insert("$ref".to_owned(), all[0]["$ref"].clone());
    }
}

/// Optional members are `null` where they are not known, and may be `null` in requests;
/// poem-openapi only leaves them out of `required`.
fn allow_null(property: &mut Value) {
    let nothing = json!({ "type": "null" });
    let Some(schema) = property.as_object_mut() else {
        return;
    };
    if let Some(reference) = schema.shift_remove("$ref") {
        property["anyOf"] = json!([{ "$ref": reference }, nothing]);
    } else if let Some(any) = schema.get_mut("anyOf").and_then(Value::as_array_mut) {
        any.push(nothing);
    } else if let Some(kind) = schema.get_mut("type").filter(|kind| kind.is_string()) {
        // A list of types says itself whether `null` is one of them.
        *kind = json!([kind.take(), "null"]);
    }
}

/// Schemas that stand where they were referred to are not among the others.
pub(super) fn drop_unused(document: &mut Value) {
    loop {
        let mut used = Vec::new();
        references(document, &mut used);
        let schemas = document["components"]["schemas"].as_object_mut();
        let Some(schemas) = schemas else { return };
        let before = schemas.len();
        schemas.retain(|name, _| used.contains(name));
        if schemas.len() == before {
            return;
        }
    }
}

pub(super) fn references(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                match value {
                    Value::String(reference) if name == "$ref" => {
                        found.extend(reference.rsplit('/').next().map(str::to_owned));
                    }
                    value => references(value, found),
                }
            }
        }
        Value::Array(values) => values.iter().for_each(|value| references(value, found)),
        _ => {}
    }
}
