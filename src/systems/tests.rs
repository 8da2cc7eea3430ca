//! Whether the documents tell a reader everything.

use serde_json::Value;

use super::all;

const DOCUMENTS: [&str; 5] = ["v1", "compat", "dispatch", "inference", "briefs"];

fn text(name: &str) -> String {
    all().interface().document(name).unwrap()
}

fn document(name: &str) -> Value {
    serde_json::from_str(&text(name)).unwrap()
}

/// Each operation with its method and path.
fn operations(document: &Value) -> Vec<(String, &Value)> {
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
fn the_documents_name_all_operations() {
    let names = |which| -> Vec<String> {
        let document = document(which);
        operations(&document)
            .into_iter()
            .map(|(name, _)| name)
            .collect()
    };
    let mut v1 = names("v1");
    v1.sort();
    assert_eq!(
        v1,
        [
            "delete /v1/imports/{import_id}",
            "delete /v1/jobs/{job_id}",
            "delete /v1/jobs/{job_id}/follow",
            "delete /v1/mappings/{name}",
            "delete /v1/models/{name}/versions/{version}",
            "delete /v1/notifications/rules/{name}",
            "delete /v1/projects/{project}",
            "delete /v1/schedules/{name}",
            "delete /v1/scrapes/{name}",
            "delete /v1/session",
            "delete /v1/views/{name}",
            "get /livez",
            "get /readyz",
            "get /v1/audit",
            "get /v1/brief-platforms",
            "get /v1/briefs",
            "get /v1/briefs/{job_id}",
            "get /v1/briefs/{job_id}/accounts",
            "get /v1/briefs/{job_id}/articles",
            "get /v1/briefs/{job_id}/export",
            "get /v1/briefs/{job_id}/progress",
            "get /v1/dispatch/dead_letters",
            "get /v1/dispatch/services",
            "get /v1/dispatch/tasks",
            "get /v1/events",
            "get /v1/imports",
            "get /v1/imports/{import_id}",
            "get /v1/imports/{import_id}/problems",
            "get /v1/jobs",
            "get /v1/jobs/{job_id}",
            "get /v1/jobs/{job_id}/artifacts",
            "get /v1/jobs/{job_id}/artifacts/{name}",
            "get /v1/jobs/{job_id}/console",
            "get /v1/jobs/{job_id}/console/folds",
            "get /v1/jobs/{job_id}/console/lines",
            "get /v1/jobs/{job_id}/console/search",
            "get /v1/jobs/{job_id}/events",
            "get /v1/jobs/{job_id}/follow",
            "get /v1/jobs/{job_id}/logs",
            "get /v1/jobs/{job_id}/result",
            "get /v1/jobs/{job_id}/rows",
            "get /v1/jobs/{job_id}/sample",
            "get /v1/jobs/{job_id}/timeline",
            "get /v1/jobs/{job_id}/why",
            "get /v1/licences",
            "get /v1/mappings",
            "get /v1/mappings/{name}",
            "get /v1/mappings/{name}/versions",
            "get /v1/models",
            "get /v1/models/{name}",
            "get /v1/models/{name}/versions",
            "get /v1/models/{name}/versions/{version}",
            "get /v1/notifications",
            "get /v1/notifications/deliveries",
            "get /v1/notifications/events",
            "get /v1/notifications/rules",
            "get /v1/projects",
            "get /v1/projects/{project}",
            "get /v1/projects/{project}/dates",
            "get /v1/projects/{project}/graph",
            "get /v1/projects/{project}/resources",
            "get /v1/projects/{project}/triggers",
            "get /v1/projects/{project}/triggers/{trigger}",
            "get /v1/projects/{project}/triggers/{trigger}/form",
            "get /v1/projects/{project}/versions",
            "get /v1/projects/{project}/why",
            "get /v1/rule_sets",
            "get /v1/runs",
            "get /v1/runs/{run_id}",
            "get /v1/runs/{run_id}/events",
            "get /v1/runs/{run_id}/graph",
            "get /v1/runs/{run_id}/jobs",
            "get /v1/runtime",
            "get /v1/runtime/log-level",
            "get /v1/runtime/store",
            "get /v1/schedules",
            "get /v1/schedules/{name}",
            "get /v1/schemas",
            "get /v1/schemas/{flow}",
            "get /v1/scrapes",
            "get /v1/scrapes/{name}",
            "get /v1/scrapes/{name}/runs",
            "get /v1/scrapes/{name}/runs/{run_id}",
            "get /v1/scrapes/{name}/runs/{run_id}/pages/{number}",
            "get /v1/scrapes/{name}/versions",
            "get /v1/session",
            "get /v1/settings",
            "get /v1/sources",
            "get /v1/views",
            "patch /v1/briefs/{job_id}",
            "post /v1/briefs/{job_id}/articles",
            "post /v1/dispatch/dead_letters/replay",
            "post /v1/dispatch/dead_letters/{seq}/replay",
            "post /v1/dispatch/{service}/complete",
            "post /v1/dispatch/{service}/heartbeat",
            "post /v1/dispatch/{service}/lease",
            "post /v1/dispatch/{service}/tasks",
            "post /v1/hooks/schedules/{name}",
            "post /v1/hooks/{project}/{trigger}",
            "post /v1/imports",
            "post /v1/imports/cells",
            "post /v1/imports/lint",
            "post /v1/imports/preview",
            "post /v1/imports/suggest",
            "post /v1/jobs",
            "post /v1/jobs/bulk",
            "post /v1/jobs/bulk/check",
            "post /v1/jobs/check",
            "post /v1/jobs/{job_id}/cancel",
            "post /v1/jobs/{job_id}/follow",
            "post /v1/jobs/{job_id}/rerun",
            "post /v1/jobs/{job_id}/resume",
            "post /v1/jobs/{job_id}/retry",
            "post /v1/models/{name}/aliases/{alias}/rollback",
            "post /v1/models/{name}/predict",
            "post /v1/models/{name}/versions",
            "post /v1/models/{name}/versions/{version}/test",
            "post /v1/notifications/deliveries/{id}/replay",
            "post /v1/notifications/read-all",
            "post /v1/notifications/rules/{name}/test",
            "post /v1/notifications/{id}/read",
            "post /v1/projects/{project}/plan",
            "post /v1/projects/{project}/runs",
            "post /v1/projects/{project}/triggers/{trigger}/fire",
            "post /v1/projects/{project}/triggers/{trigger}/pause",
            "post /v1/projects/{project}/triggers/{trigger}/resume",
            "post /v1/runs/{run_id}/cancel",
            "post /v1/runs/{run_id}/retry",
            "post /v1/schedules/{name}/fire",
            "post /v1/schedules/{name}/pause",
            "post /v1/schedules/{name}/resume",
            "post /v1/scrapes/{name}/replay",
            "post /v1/scrapes/{name}/run",
            "post /v1/scrapes/{name}/test",
            "post /v1/session",
            "put /v1/mappings/{name}",
            "put /v1/models/{name}/aliases/{alias}",
            "put /v1/notifications/rules/{name}",
            "put /v1/projects/{project}",
            "put /v1/runtime/log-level",
            "put /v1/schedules/{name}",
            "put /v1/scrapes/{name}",
            "put /v1/views/{name}",
        ]
    );
    let mut compat = names("compat");
    compat.sort();
    assert_eq!(
        compat,
        [
            "get /api/tasks/",
            "get /api/tasks/{task_id}",
            "get /api/tasks/{task_id}/sample/",
            "post /api/tasks/",
            "post /api/tasks/abort/",
        ]
    );
    let mut dispatch = names("dispatch");
    dispatch.sort();
    assert_eq!(
        dispatch,
        [
            "post /api/create_task",
            "post /api/result_task",
            "post /api/service_task",
            "post /api/start_task",
            "post /api/status_task",
            "post /api/tasks",
            "post /api/update_status_task",
            "post /api/update_task",
        ]
    );
    let mut inference = names("inference");
    inference.sort();
    assert_eq!(
        inference,
        [
            "get /v2",
            "get /v2/health/live",
            "get /v2/health/ready",
            "get /v2/models/{model_name}",
            "get /v2/models/{model_name}/ready",
            "get /v2/models/{model_name}/versions/{model_version}",
            "get /v2/models/{model_name}/versions/{model_version}/ready",
            "post /v2/models/{model_name}/infer",
            "post /v2/models/{model_name}/versions/{model_version}/infer",
            "post /v2/repository/index",
        ]
    );
    let mut briefs = names("briefs");
    briefs.sort();
    let by_get = [
        "search",
        "spider_progress",
        "view",
        "view_account_list",
        "view_article_list",
    ];
    let by_post = [
        "cancel",
        "change",
        "search",
        "spider_progress",
        "submit",
        "view",
        "view_account_list",
        "view_article_list",
    ];
    let by_get = by_get.map(|call| format!("get /dts-auto-brief/job/{call}"));
    let by_post = by_post.map(|call| format!("post /dts-auto-brief/job/{call}"));
    assert_eq!(briefs, [&by_get[..], &by_post[..]].concat());
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
