//! The schema of a flow's request by itself, with what this server has to choose from.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::parts::{COMPONENTS, DEFS, lift, refer};
use super::schemas::{make_strict, references};
use crate::engine::seam::{Choice, FlowDescription};

const DIALECT: &str = "https://json-schema.org/draft/2020-12/schema";

/// The request of a flow as it is read: the model that checks requests is where it comes from.
pub(crate) fn request_schema(flow: &FlowDescription, choices: &[Choice]) -> Value {
    let mut schemas = BTreeMap::new();
    let name = lift(&mut schemas, flow.request.clone());
    let mut schemas = Value::Object(schemas.into_iter().collect());
    make_strict(&mut schemas, std::slice::from_ref(&name));
    let mut schemas = match schemas {
        Value::Object(schemas) => schemas,
        _ => Map::new(),
    };
    let mut schema = schemas.shift_remove(&name).unwrap_or_default();
    restore_defaults(&mut schema, &flow.request);
    for choice in choices {
        offer(&mut schema, choice);
    }
    let mut used = Vec::new();
    references(&schema, &mut used);
    schemas.retain(|name, _| used.contains(name));
    let mut whole = json!({ "$schema": DIALECT, "title": name });
    if let (Value::Object(whole), Value::Object(members)) = (&mut whole, schema) {
        whole.extend(members);
    }
    if !schemas.is_empty() {
        whole["$defs"] = schemas.into();
    }
    refer(&mut whole, COMPONENTS, DEFS);
    whole
}

/// A form shows a default as a value; in a document it stands among the words.
fn restore_defaults(schema: &mut Value, written: &Value) {
    let members = schema.get_mut("properties").and_then(Value::as_object_mut);
    for (name, member) in members.into_iter().flatten() {
        let written = &written["properties"][name.as_str()];
        if let (Some(default), Some(member)) = (written.get("default"), member.as_object_mut()) {
            member.insert("default".to_owned(), default.clone());
            match written.get("description") {
                Some(described) => member.insert("description".to_owned(), described.clone()),
                None => member.shift_remove("description"),
            };
        }
    }
}

/// Writes what a member may name, and what is taken without it.
fn offer(schema: &mut Value, choice: &Choice) {
    let required = schema["required"].as_array().into_iter().flatten();
    let is_required = required.into_iter().any(|name| name == choice.member);
    let members = schema.get_mut("properties");
    let Some(member) = members.and_then(|members| members.get_mut(choice.member)) else {
        return;
    };
    let mut values: Vec<Value> = choice.values.iter().map(|name| json!(name)).collect();
    if !is_required {
        values.push(Value::Null);
    }
    if !values.is_empty() {
        member["enum"] = values.into();
    }
    if let Some(usual) = &choice.usual {
        member["default"] = json!(usual);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::seam::FlowExamples;

    #[test]
    fn a_schema_is_whole_and_has_what_can_be_chosen() {
        let flow = FlowDescription {
            name: "copies",
            member: Some("copies"),
            uses: None,
            parked_for: None,
            summary: "Copy.",
            request: json!({
                "title": "Copy", "type": "object", "required": ["to"],
                "properties": {
                    "to": { "type": "string" },
                    "from": { "type": "string", "description": "Where." },
                    "how": { "allOf": [{ "$ref": "#/$defs/How" }], "default": "fast" },
                },
                "$defs": {
                    "How": { "type": "string", "enum": ["fast", "slow"] },
                    "Other": { "type": "string" },
                },
            }),
            check: |_| Ok(()),
            view: None,
            examples: FlowExamples::default(),
        };
        let choice = |member, usual: Option<&str>| Choice {
            member,
            values: vec!["a".to_owned(), "b".to_owned()],
            usual: usual.map(str::to_owned),
        };
        let schema = request_schema(&flow, &[choice("to", None), choice("from", Some("a"))]);
        assert_eq!(
            schema,
            json!({
                "$schema": DIALECT, "title": "Copy", "type": "object", "required": ["to"],
                "properties": {
                    "to": { "type": "string", "enum": ["a", "b"] },
                    "from": {
                        "type": ["string", "null"], "description": "Where.",
                        "enum": ["a", "b", null], "default": "a",
                    },
                    "how": {
                        "anyOf": [{ "$ref": "#/$defs/How" }, { "type": "null" }],
                        "default": "fast",
                    },
                },
                "additionalProperties": false,
                "$defs": { "How": { "type": "string", "enum": ["fast", "slow"] } },
            })
        );
    }
}
