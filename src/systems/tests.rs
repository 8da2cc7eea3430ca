//! Whether the documents tell a reader everything.

use serde_json::Value;

use super::all;

const DOCUMENTS: [&str; 5] = ["v1", "compat", "dispatch", "inference", "briefs"];

fn text(name: &str) -> String {
    all().interface().document(name).unwrap()
}

pub(super) fn document(name: &str) -> Value {
    serde_json::from_str(&text(name)).unwrap()
}

/// Each operation with its method and path.
pub(super) fn operations(document: &Value) -> Vec<(String, &Value)> {
    let mut found = Vec::new();
    for (path, operations) in document["paths"].as_object().unwrap() {
        for (method, operation) in operations.as_object().unwrap() {
            found.push((format!("{method} {path}"), operation));
        }
    }
    found
}

fn media(part: &Value) -> impl Iterator<Item = (&String, &Value)> {
    part["content"].as_object().into_iter().flatten()
}

/// Callers generate clients from them: whoever changes one sees what changed.
#[test]
fn the_documents_are_as_callers_know_them() {
    for name in DOCUMENTS {
        insta::assert_snapshot!(name, text(name));
    }
}

/// Their words are put together by the page.
#[test]
fn every_mark_of_a_timeline_has_a_word() {
    let words = include_str!("../ui/words/en.ftl");
    let document = document("v1");
    let marks = &document["components"]["schemas"]["MarkKind"]["enum"];
    let marks = marks.as_array().unwrap().iter();
    let marks: Vec<&str> = marks.filter_map(Value::as_str).collect();
    assert!(marks.contains(&"rescued"), "{marks:?}");
    // That a process began the job is where the picture begins.
    for mark in marks.into_iter().filter(|mark| *mark != "started") {
        let message = format!("\nmark-{} =", mark.replace('_', "-"));
        assert!(words.contains(&message), "{message}");
    }
}

#[test]
fn every_operation_has_a_summary_and_examples() {
    for which in DOCUMENTS {
        let document = document(which);
        for (name, operation) in operations(&document) {
            assert!(operation["summary"].is_string(), "{name} has no summary");
            let body = &operation["requestBody"];
            for (content_type, media) in media(body) {
                assert!(
                    has_example(media),
                    "{name}: no example of a {content_type} body"
                );
            }
            let responses = operation["responses"].as_object().unwrap();
            assert!(
                responses.keys().any(|status| status.starts_with('2')),
                "{name}"
            );
            for (status, response) in responses {
                assert!(response["description"].is_string(), "{name} {status}");
                for (content_type, media) in media(response) {
                    assert!(
                        has_example(media),
                        "{name} {status}: no example of {content_type}"
                    );
                }
            }
        }
    }
}

fn has_example(media: &Value) -> bool {
    media["examples"]
        .as_object()
        .is_some_and(|examples| !examples.is_empty())
}

#[test]
fn examples_have_the_members_of_their_schemas() {
    for which in DOCUMENTS {
        let document = document(which);
        for (name, operation) in operations(&document) {
            let responses = operation["responses"].as_object().unwrap();
            let parts = responses
                .iter()
                .map(|(status, response)| (status.as_str(), response));
            let request = [("request", &operation["requestBody"])];
            for (part, of) in parts.chain(request) {
                for (_, media) in media(of) {
                    for example in media["examples"].as_object().unwrap().values() {
                        let fits = fits(&document, &media["schema"], &example["value"]);
                        assert!(fits, "{name} {part}: {}", example["value"]);
                    }
                }
            }
        }
    }
}

/// As much of JSON Schema as the documents use, and more strictly: unknown members do not fit.
fn fits(document: &Value, schema: &Value, value: &Value) -> bool {
    if let Some(name) = schema["$ref"].as_str() {
        let name = name.rsplit('/').next().unwrap();
        return fits(document, &document["components"]["schemas"][name], value);
    }
    if let Some(any) = schema["anyOf"].as_array() {
        return any.iter().any(|schema| fits(document, schema, value));
    }
    if let Some(kinds) = schema["type"].as_array() {
        return kinds.iter().any(|kind| {
            let mut schema = schema.clone();
            schema["type"] = kind.clone();
            fits(document, &schema, value)
        });
    }
    match schema["type"].as_str() {
        Some("null") => value.is_null(),
        Some("object") => fits_object(document, schema, value),
        Some("array") => {
            let values = value.as_array();
            values.is_some_and(|all| all.iter().all(|one| fits(document, &schema["items"], one)))
        }
        Some("string") => match schema["enum"].as_array() {
            Some(known) => known.contains(value),
            None => value.is_string(),
        },
        Some("integer") => value.is_i64() || value.is_u64(),
        Some("number") => value.is_number(),
        Some("boolean") => value.is_boolean(),
        _ => true,
    }
}

fn fits_object(document: &Value, schema: &Value, value: &Value) -> bool {
    let Some(members) = value.as_object() else {
        return false;
    };
    let required = schema["required"].as_array().into_iter().flatten();
    let mut required = required.map(|name| name.as_str().unwrap());
    required.all(|name| members.contains_key(name))
        && members
            .iter()
            .all(|(name, value)| match schema["properties"].get(name) {
                Some(property) => fits(document, property, value),
                None => {
                    let others = &schema["additionalProperties"];
                    others.is_object() && fits(document, others, value)
                }
            })
}

#[test]
fn guarded_operations_say_so() {
    for which in DOCUMENTS {
        let document = document(which);
        assert_eq!(
            document["components"]["securitySchemes"]["bearer"]["scheme"],
            "bearer"
        );
        for (name, operation) in operations(&document) {
            let is_sign_in = name == "post /v1/session";
            // Deliveries of forges are signed instead.
            let is_signed = name.starts_with("post /v1/hooks/");
            let is_health = name.ends_with("z") || name.starts_with("get /v2/health/");
            let open = is_health || is_sign_in || is_signed;
            let schemes = operation["security"].as_array().unwrap();
            assert_eq!(schemes.is_empty(), open, "{name}");
            let may_refuse = operation["responses"].get("401").is_some();
            assert_eq!(may_refuse, !open || is_sign_in || is_signed, "{name}");
            // What nothing is said about is for admins, but something should be said.
            assert_eq!(operation["x-required-role"].is_null(), open, "{name}");
        }
    }
}
