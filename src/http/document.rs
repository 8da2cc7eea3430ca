//! The OpenAPI documents: what poem-openapi derives from the operations, completed with what it
//! cannot say: how to authorise, what an operation answers when it fails, and examples.

mod failures;
mod inputs;
mod parts;
mod requests;
mod schemas;

use std::collections::HashMap;

use serde_json::{Map, Value, json};

use super::error::Surface;
use super::v1::artifacts::{BYTES, CONTENT_TYPES};
use crate::access::{Prefix, PublicUrl, Role};
use crate::engine::seam::FlowDescription;

use failures::{
    add_failure, add_unknown_parameter, add_usual, everywhere, failure_example, filled,
};

pub(crate) use parts::json_schema;
pub(crate) use requests::request_schema;

/// The job of the examples. That of `audience demo` has this id, so that the examples work there.
pub(crate) const EXAMPLE_JOB: &str = "019ab3c4d5e67f8091a2b3c4d5e6f708";

/// What one document is about.
pub struct About {
    /// As in `/openapi-<name>.json` and `audience openapi --<name>`.
    pub name: &'static str,
    /// How readers choose it.
    pub label: &'static str,
    /// Help of the option `--<name>`.
    pub help: &'static str,
    pub title: &'static str,
    pub description: &'static str,
    pub surface: Surface,
    /// poem-openapi drops the slash at the end of a path; this puts it back where there is one.
    pub spelled: fn(&str) -> String,
    /// Paths that need a token begin with this.
    pub guarded: &'static str,
    /// `{operation: {"request" | status: {name: example}}}`. An operation answers with these
    /// statuses and those that `failures` adds. Besides, `"parameters": {name: example}`, and
    /// `"events": {"event", "data"}`: the schemas of each event of a stream.
    pub examples: Value,
}

/// The role that an operation needs, by its id; `None`: anybody may call it.
pub(super) type Roles = HashMap<String, Option<Role>>;

/// A document, as JSON: the specifications of several APIs in one, with the requests of `flows`.
pub(super) fn render(
    about: &About,
    specs: Vec<Value>,
    flows: &[FlowDescription],
    roles: &Roles,
) -> String {
    let mut document = parts::merged(specs);
    document["info"] = json!({
        "title": about.title,
        "description": about.description,
        "version": env!("CARGO_PKG_VERSION"),
        "contact": { "name": "The operators of this server" },
        "license": {
            "name": env!("CARGO_PKG_LICENSE"), "identifier": env!("CARGO_PKG_LICENSE"),
        },
    });
    document["servers"] = json!([{ "url": "/" }]);
    parts::add_flows(&mut document, flows);
    schemas::complete(&mut document, about.surface);
    document["components"]["securitySchemes"] = security_schemes();
    rename(&mut document["paths"], about.spelled);
    let schemas = document["components"]["schemas"].clone();
    let paths = document["paths"].as_object_mut().into_iter().flatten();
    for (path, operations) in paths {
        let guarded = path.starts_with(about.guarded);
        for (_, operation) in operations.as_object_mut().into_iter().flatten() {
            let id = operation["operationId"].as_str().unwrap_or_default();
            let examples = about.examples[id].clone();
            inputs::complete(operation, &schemas, &examples["parameters"]);
            complete(operation, about, guarded, roles);
            add_events(operation, &examples["events"]);
        }
    }
    schemas::drop_unused(&mut document);
    format!("{document:#}")
}

/// A document as callers get it who find the server below `prefix`.
pub(super) fn served(document: &str, prefix: &Prefix, public: Option<&PublicUrl>) -> String {
    let mut document: Value = serde_json::from_str(document).unwrap_or_default();
    let here = match prefix.is_empty() {
        true => "/",
        false => prefix.as_str(),
    };
    let public = public.map(|url| json!({ "url": url.to_string() }));
    // Where the document was got from comes first: a page may call nothing else.
    let servers = [json!({ "url": here })].into_iter().chain(public);
    document["servers"] = servers.collect();
    format!("{document:#}")
}

fn security_schemes() -> Value {
    json!({
        "bearer": {
            "type": "http", "scheme": "bearer",
            "description": "A token of the server's settings, whose role has to be the one that `x-required-role` names, or one that \
                            may do more. A server without a token \
                            admits all callers and listens on its own machine only.",
        },
        "token": {
            "type": "apiKey", "in": "header", "name": "Authorization",
            "description": "The same token without a scheme in front.",
        },
        "session": {
            "type": "apiKey", "in": "cookie", "name": "audience_session",
            "description": "The session of a browser that has signed in with a token.",
        },
    })
}

fn complete(operation: &mut Value, about: &About, guarded: bool, roles: &Roles) {
    let id = operation["operationId"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    let role = roles.get(&id);
    let is_api = guarded;
    let guarded = guarded && role != Some(&None);
    operation["security"] = match guarded {
        true => json!([{ "bearer": [] }, { "token": [] }, { "session": [] }]),
        false => json!([]),
    };
    if let Some(Some(role)) = role.filter(|_| guarded) {
        operation["x-required-role"] = role.as_str().into();
    }
    for (_, response) in operation["responses"].as_object_mut().into_iter().flatten() {
        spell_usually(response);
    }
    let has_body = operation.get("requestBody").is_some();
    for (status, detail) in everywhere(is_api, guarded, has_body) {
        let example = failure_example(about.surface, status, detail);
        add_failure(
            operation,
            about.surface,
            status,
            &json!({ "failure": example }),
        );
    }
    for (part, examples) in about.examples[&id].as_object().into_iter().flatten() {
        match part.parse::<u16>() {
            Err(_) if part == "request" => add_examples(&mut operation["requestBody"], examples),
            Err(_) => {}
            Ok(status) if operation["responses"].get(part).is_none() => {
                let filled = filled(about.surface, status, examples);
                add_failure(operation, about.surface, status, &filled);
            }
            Ok(_) => add_examples(&mut operation["responses"][part], examples),
        }
    }
    add_usual(operation, about.surface, is_api);
    if is_api && about.surface == Surface::Problems {
        add_unknown_parameter(operation);
    }
}

fn add_examples(part: &mut Value, examples: &Value) {
    let content = part.get_mut("content").and_then(Value::as_object_mut);
    for (content_type, media) in content.into_iter().flatten() {
        // Where an operation answers in several types, an example is named for its type.
        let of_type = |name: &str| !name.contains('/') || name == content_type;
        let examples = examples.as_object().into_iter().flatten();
        let examples: Map<String, Value> = examples
            .filter(|(name, _)| of_type(name))
            .map(|(name, value)| (name.clone(), json!({ "value": value })))
            .collect();
        media["examples"] = Value::Object(examples);
    }
}

/// Says what the events of a stream are; who reads it as a whole reads a text.
fn add_events(operation: &mut Value, events: &Value) {
    let responses = operation["responses"].as_object_mut().into_iter().flatten();
    for (_, response) in responses {
        let Some(media) = response.pointer_mut("/content/text~1event-stream") else {
            continue;
        };
        media["schema"] = json!({ "anyOf": [
            {
                "type": "string",
                "description": "The stream as it comes. Lines that begin with `:` keep the connection open.",
            },
            {
                "type": "object",
                "description": "One event of it.",
                "required": ["id", "event", "data"],
                "properties": {
                    "id": {
                        "type": "string",
                        "description": "To be sent as `Last-Event-ID` when connecting again.",
                    },
                    "event": events["event"],
                    "data": {
                        "type": "string", "contentMediaType": "application/json",
                        "contentSchema": events["data"],
                    },
                },
            },
        ] });
    }
}

/// poem-openapi writes names of headers in capitals, and a charset that JSON does not have.
fn spell_usually(response: &mut Value) {
    // An operation that says itself of which type its answer is, after the name of a file.
    if response.pointer("/headers/CONTENT-TYPE").is_some()
        && let Some(Value::Object(content)) = response.get_mut("content")
        && let Some(file) = content.get(BYTES).cloned()
    {
        for (content_type, _) in CONTENT_TYPES {
            let mut media = file.clone();
            if content_type.ends_with("json") {
                media["schema"] = json!({});
            }
            content.insert((*content_type).to_owned(), media);
        }
    }
    if let Some(content) = response.get_mut("content") {
        rename(content, |name| name.replace("; charset=utf-8", ""));
        for (name, media) in content.as_object_mut().into_iter().flatten() {
            // These are texts, however long.
            if name.starts_with("text/") || name.ends_with("ndjson") {
                media["schema"] = json!({ "type": "string" });
            }
        }
    }
    if let Some(headers) = response.get_mut("headers") {
        if let Some(headers) = headers.as_object_mut() {
            // What a document says of this header is ignored.
            headers.shift_remove("CONTENT-TYPE");
        }
        rename(headers, |name| {
            let words = name.split('-');
            let words = words.map(|word| word[..1].to_owned() + &word[1..].to_lowercase());
            words.collect::<Vec<_>>().join("-")
        });
    }
}

fn rename(members: &mut Value, name: impl Fn(&str) -> String) {
    if let Value::Object(map) = members {
        let renamed = std::mem::take(map).into_iter();
        *map = renamed.map(|(old, value)| (name(&old), value)).collect();
    }
}
