//! What operations answer when they are not done.

use poem::http::StatusCode;
use serde_json::{Value, json};

use super::{EXAMPLE_JOB, add_examples, schemas};
use crate::http::error::{Surface, errors_body, messages_body, results_body};
use crate::http::parameters;

/// What may happen to any operation.
pub(super) fn everywhere(is_api: bool, guarded: bool, has_body: bool) -> Vec<(u16, &'static str)> {
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

/// What may happen to any operation whose examples do not say more of it.
pub(super) fn add_usual(operation: &mut Value, surface: Surface, is_api: bool) {
    let mut usual = vec![(
        421,
        "without a token this server answers only calls to localhost, 127.0.0.1, [::1] and the names \
         in the setting `server.hosts`",
    )];
    if is_api {
        usual.push((503, "the server works on as many requests as it may"));
    }
    if operation["requestBody"].is_object() {
        usual.push((422, "body: expected JSON: the text ends too early"));
    }
    let parameters = operation["parameters"].as_array().into_iter().flatten();
    let mut numbers = parameters.filter(|parameter| parameter["schema"]["type"] == "integer");
    if let Some(name) = numbers
        .next()
        .and_then(|number| number["name"].as_str())
        .map(str::to_owned)
        && operation["responses"].get("422").is_none()
    {
        let example = failure_example(surface, 422, &format!("{name}: expected a whole number"));
        add_failure(operation, surface, 422, &json!({ "bad_number": example }));
    }
    if is_api && surface == Surface::Codes && operation["responses"].get("404").is_none() {
        // As everywhere, to a caller who may not see it.
        let detail = format!("there is no job {EXAMPLE_JOB}");
        let example = failure_example(Surface::Problems, 404, &detail);
        let examples = json!({ "hidden": example });
        add_failure(operation, Surface::Problems, 404, &examples);
    }
    for (status, detail) in usual {
        let status = answered(surface, status);
        if operation["responses"].get(status.to_string()).is_none() {
            let example = failure_example(surface, status, detail);
            add_failure(operation, surface, status, &json!({ "failure": example }));
        }
    }
}

/// Every call of this surface is refused if it has a parameter that is not known.
pub(super) fn add_unknown_parameter(operation: &mut Value) {
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

/// Examples of failures are given by their sentence.
pub(super) fn filled(surface: Surface, status: u16, sentences: &Value) -> Value {
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

pub(super) fn failure_example(surface: Surface, status: u16, detail: &str) -> Value {
    match surface {
        Surface::Problems | Surface::Shared => json!({
            "type": "about:blank", "title": reason(status), "status": status, "detail": detail,
        }),
        Surface::Codes => json!({ "error_code": status, "error_message": detail }),
        Surface::Results => {
            let status = StatusCode::from_u16(status).unwrap_or_default();
            results_body(status, detail)
        }
        Surface::Errors => errors_body(detail),
        Surface::Messages => {
            let status = StatusCode::from_u16(status).unwrap_or_default();
            messages_body(status, detail)
        }
    }
}

pub(super) fn add_failure(operation: &mut Value, surface: Surface, status: u16, examples: &Value) {
    let content_type = match surface {
        Surface::Problems | Surface::Shared => "application/problem+json",
        Surface::Codes | Surface::Results | Surface::Errors | Surface::Messages => {
            "application/json"
        }
    };
    let (schema, _) = schemas::failure(surface);
    let mut response = json!({
        "description": reason(status),
        "content": { content_type: {
            "schema": { "$ref": format!("#/components/schemas/{schema}") },
        } },
    });
    if matches!(status, 429 | 503) {
        let seconds = json!({ "type": "integer", "examples": [5] });
        let description = "Seconds after which to try again.";
        response["headers"] =
            json!({ "Retry-After": { "description": description, "schema": seconds } });
    }
    add_examples(&mut response, examples);
    operation["responses"][status.to_string()] = response;
}

/// The status that callers get.
fn answered(surface: Surface, status: u16) -> u16 {
    let known = StatusCode::from_u16(status);
    known.map_or(status, |known| surface.status(known).as_u16())
}

fn reason(status: u16) -> &'static str {
    let status = StatusCode::from_u16(status).ok();
    status
        .and_then(|status| status.canonical_reason())
        .unwrap_or("Failure")
}
