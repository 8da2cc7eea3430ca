//! The OpenAPI documents: what poem-openapi derives from the operations, completed with what it
//! cannot say: how to authorise, what an operation answers when it fails, and examples.

mod parts;
mod schemas;

use poem::http::StatusCode;
use std::collections::HashMap;

use serde_json::{Map, Value, json};

use super::error::{Surface, results_body};
use super::parameters;
use crate::access::{Prefix, PublicUrl, Role};
use crate::engine::seam::FlowDescription;

pub(crate) use parts::json_schema;

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
    /// statuses and those that `everywhere` adds.
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
    });
    document["servers"] = json!([{ "url": "/" }]);
    parts::add_flows(&mut document, flows);
    schemas::complete(&mut document, about.surface);
    document["components"]["securitySchemes"] = security_schemes();
    rename(&mut document["paths"], about.spelled);
    let paths = document["paths"].as_object_mut().into_iter().flatten();
    for (path, operations) in paths {
        let guarded = path.starts_with(about.guarded);
        for (_, operation) in operations.as_object_mut().into_iter().flatten() {
            complete(operation, about, guarded, roles);
        }
    }
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
    let servers = public.into_iter().chain([json!({ "url": here })]);
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
            Err(_) => add_examples(&mut operation["requestBody"], examples),
            Ok(status) if operation["responses"].get(part).is_none() => {
                let filled = filled(about.surface, status, examples);
                add_failure(operation, about.surface, status, &filled);
            }
            Ok(_) => add_examples(&mut operation["responses"][part], examples),
        }
    }
    if is_api && about.surface == Surface::Problems {
        add_unknown_parameter(operation);
    }
}

/// Every call of this surface is refused if it has a parameter that is not known.
fn add_unknown_parameter(operation: &mut Value) {
    let Err(failure) = parameters::only_known(Some("staus=failed"), &queries(operation)) else {
        return;
    };
    let (surface, status) = (Surface::Problems, failure.status.as_u16());
    let name = "unknown_parameter";
    let example = failure_example(surface, status, &failure.detail);
    let content = &mut operation["responses"][status.to_string()]["content"];
    match content.as_object_mut() {
        None => add_failure(operation, surface, status, &json!({ name: example })),
        Some(content) => {
            for (_, media) in content {
                media["examples"][name] = json!({ "value": example });
            }
        }
    }
}

/// The query parameters of an operation.
fn queries(operation: &Value) -> Vec<String> {
    let parameters = operation["parameters"].as_array().into_iter().flatten();
    let queries = parameters.filter(|parameter| parameter["in"] == "query");
    let names = queries.filter_map(|parameter| parameter["name"].as_str());
    names.map(str::to_owned).collect()
}

/// What may happen to any operation.
fn everywhere(is_api: bool, guarded: bool, has_body: bool) -> Vec<(u16, &'static str)> {
    let mut failures = vec![(500, "something went wrong on the server")];
    if guarded {
        failures.push((
            401,
            "the call needs the header `Authorization: Bearer <token>`",
        ));
    }
    if is_api {
        failures.push((
            403,
            "the call needs a token with the role `operator`; or it changes something and comes from \
             a page of others",
        ));
        failures.push((408, "no byte of the body came for 30 s"));
        failures.push((413, "the body is longer than 4194304 bytes"));
    }
    if has_body {
        failures.push((
            415,
            "body: expected application/json, found application/xml",
        ));
    }
    failures
}

/// Examples of failures are given by their sentence.
fn filled(surface: Surface, status: u16, sentences: &Value) -> Value {
    let filled = sentences
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, sentence)| {
            let sentence = sentence.as_str().unwrap_or_default();
            (name.clone(), failure_example(surface, status, sentence))
        });
    Value::Object(filled.collect())
}

fn failure_example(surface: Surface, status: u16, detail: &str) -> Value {
    match surface {
        Surface::Problems | Surface::Shared => json!({
            "type": "about:blank", "title": reason(status), "status": status, "detail": detail,
        }),
        Surface::Codes => json!({ "error_code": status, "error_message": detail }),
        Surface::Results => {
            let status = StatusCode::from_u16(status).unwrap_or_default();
            results_body(status, detail)
        }
    }
}

fn add_failure(operation: &mut Value, surface: Surface, status: u16, examples: &Value) {
    let content_type = match surface {
        Surface::Problems | Surface::Shared => "application/problem+json",
        Surface::Codes | Surface::Results => "application/json",
    };
    let (schema, _) = schemas::failure(surface);
    let mut response = json!({
        "description": reason(status),
        "content": { content_type: {
            "schema": { "$ref": format!("#/components/schemas/{schema}") },
        } },
    });
    if matches!(status, 429 | 503) {
        let seconds = json!({ "type": "integer", "example": 5 });
        let description = "Seconds after which to try again.";
        response["headers"] =
            json!({ "Retry-After": { "description": description, "schema": seconds } });
    }
    add_examples(&mut response, examples);
    operation["responses"][status.to_string()] = response;
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

/// poem-openapi writes names of headers in capitals, and a charset that JSON does not have.
fn spell_usually(response: &mut Value) {
    if let Some(content) = response.get_mut("content") {
        rename(content, |name| name.replace("; charset=utf-8", ""));
    }
    if let Some(headers) = response.get_mut("headers") {
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

fn reason(status: u16) -> &'static str {
    let status = StatusCode::from_u16(status).ok();
    status
        .and_then(|status| status.canonical_reason())
        .unwrap_or("Failure")
}
