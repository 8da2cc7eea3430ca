//! Puts a document together: the specifications of several APIs, and the schemas of flows.

use std::collections::BTreeMap;

use poem_openapi::registry::{MetaSchemaRef, Registry};
use poem_openapi::types::Type;
use serde_json::{Map, Value, json};

use crate::engine::seam::FlowDescription;

/// Of OpenAPI; its schemas are JSON Schema 2020-12, other than those of poem-openapi's 3.0.
const VERSION: &str = "3.1.0";

/// Where a JSON Schema and a document keep the schemas that others refer to.
pub(super) const DEFS: &str = "#/$defs/";
pub(super) const COMPONENTS: &str = "#/components/schemas/";

/// One document with the paths, tags and schemas of all. Panics if two parts use one name for
/// two things.
pub(super) fn merged(specs: Vec<Value>) -> Value {
    let mut document = json!({});
    let (mut tags, mut schemas) = (BTreeMap::new(), BTreeMap::new());
    let mut paths = Map::new();
    for mut spec in specs {
        document["openapi"] = VERSION.into();
        document["info"] = Value::Null;
        document["servers"] = spec["servers"].take();
        for tag in spec["tags"].as_array().into_iter().flatten() {
            let name = tag["name"].as_str().unwrap_or_default();
            insert(&mut tags, name, tag.clone());
        }
        for (path, methods) in members(spec["paths"].take()) {
            let known = paths.entry(path.clone()).or_insert_with(|| json!({}));
            for (method, operation) in members(methods) {
                let unknown = known.get(&method).is_none();
                assert!(unknown, "{method} {path} is described twice");
                known[method] = operation;
            }
        }
        for (name, schema) in members(spec["components"]["schemas"].take()) {
            insert(&mut schemas, &name, schema);
        }
    }
    document["tags"] = tags.into_values().collect();
    document["paths"] = paths.into();
    document["components"] = json!({ "schemas": sorted(schemas) });
    document
}

/// Adds a member per flow to the body of a new job, and what flows show of their jobs.
pub(super) fn add_flows(document: &mut Value, flows: &[FlowDescription]) {
    let mut schemas: BTreeMap<String, Value> =
        members(document["components"]["schemas"].take()).collect();
    let (mut requests, mut views) = (Map::new(), Vec::new());
    for flow in flows {
        if let Some(member) = flow.member {
            let name = lift(&mut schemas, flow.request.clone());
            let request = json!({ "description": flow.summary, "allOf": [reference(&name)] });
            requests.insert(member.to_owned(), request);
        }
        if let Some(view) = &flow.view {
            let name = lift(&mut schemas, view.clone());
            views.push(reference(&name));
        }
    }
    if let Some(body) = schemas.get_mut("NewJob") {
        let others = members(body["properties"].take());
        // A body has exactly one of them.
        if let [only] = &requests.keys().collect::<Vec<_>>()[..] {
            body["required"] = json!([only]);
        }
        requests.extend(others);
        body["properties"] = requests.into();
    }
    if let Some(job) = schemas.get_mut("Job") {
        let figures = &mut job["properties"]["figures"];
        match views.len() {
            0 => {}
            1 => figures["allOf"] = views.into(),
            _ => figures["anyOf"] = views.into(),
        }
    }
    document["components"]["schemas"] = sorted(schemas);
}

/// Puts a JSON Schema and what it refers to among the schemas of a document, by its title.
pub(super) fn lift(schemas: &mut BTreeMap<String, Value>, mut schema: Value) -> String {
    let object = schema.as_object_mut().expect("a schema is an object");
    let title = object.get("title").and_then(Value::as_str);
    let name = title.expect("a flow's schema has a title").to_owned();
    let defs = object.shift_remove("$defs").unwrap_or_default();
    for (name, mut schema) in members(defs) {
        refer(&mut schema, DEFS, COMPONENTS);
        insert(schemas, &name, schema);
    }
    refer(&mut schema, DEFS, COMPONENTS);
    insert(schemas, &name, schema);
    name
}

/// The JSON Schema of a type that poem-openapi knows: as a document has it, but whole by itself.
pub(crate) fn json_schema<T: Type>() -> Value {
    let mut registry = Registry::new();
    T::register(&mut registry);
    let schemas = serde_json::to_value(&registry.schemas).expect("a schema is JSON");
    let mut schemas: BTreeMap<String, Value> = members(schemas).collect();
    let MetaSchemaRef::Reference(name) = T::schema_ref() else {
        panic!("{} is not an object", T::name());
    };
    let mut schema = schemas.remove(&name).unwrap_or_default();
    schema["title"] = name.into();
    schema["$defs"] = sorted(schemas);
    refer(&mut schema, COMPONENTS, DEFS);
    schema
}

fn reference(name: &str) -> Value {
    json!({ "$ref": format!("{COMPONENTS}{name}") })
}

/// Changes where references lead.
pub(super) fn refer(schema: &mut Value, from: &str, to: &str) {
    match schema {
        Value::Object(members) => {
            for (name, value) in members {
                match value {
                    Value::String(text) if name == "$ref" => *text = text.replace(from, to),
                    value => refer(value, from, to),
                }
            }
        }
        Value::Array(values) => values.iter_mut().for_each(|value| refer(value, from, to)),
        _ => {}
    }
}

fn insert(all: &mut BTreeMap<String, Value>, name: &str, value: Value) {
    let before = all.insert(name.to_owned(), value.clone());
    let same = before.is_none_or(|before| before == value);
    assert!(same, "`{name}` is the name of two things in one document");
}

fn members(object: Value) -> impl Iterator<Item = (String, Value)> {
    let members = match object {
        Value::Object(members) => members,
        _ => Map::new(),
    };
    members.into_iter()
}

fn sorted(schemas: BTreeMap<String, Value>) -> Value {
    Value::Object(schemas.into_iter().collect())
}
