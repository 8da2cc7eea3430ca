//! What each caller may do.

use std::process::Command;

use audience::access::{Role, digest};
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE};
use serde_json::{Value, json};

pub(super) use super::tokens::{add, token, with_tokens};
use super::v1_body;
use crate::support::{TestApp, TestSettings, corpus};

async fn call(app: &TestApp, name: &str, method: &str, path: &str, body: &Value) -> (u16, Value) {
    let method = method.to_uppercase().parse().unwrap();
    let call = app.http.request(method, app.url(path)).json(body);
    let call = call.header(AUTHORIZATION, format!("Bearer token-of-{name}"));
    let answer = call.send().await.unwrap();
    let status = answer.status().as_u16();
    // Streams of events may have no end.
    let kind = answer.headers().get(CONTENT_TYPE);
    let answer = match kind.is_some_and(|kind| kind == "text/event-stream") {
        true => Value::Null,
        false => answer.json().await.unwrap_or_default(),
    };
    (status, answer)
}

/// All operations of all documents: method, path and role.
pub(super) async fn operations(app: &TestApp) -> Vec<(String, String, Role)> {
    let mut found = Vec::new();
    for document in [
        "/openapi.json",
        "/openapi-compat.json",
        "/openapi-dispatch.json",
        "/openapi-inference.json",
        "/openapi-briefs.json",
    ] {
        let (_, document) = app.get(document).await;
        for (path, operations) in document["paths"].as_object().unwrap() {
            for (method, operation) in operations.as_object().unwrap() {
                if operation["security"].as_array().unwrap().is_empty() {
                    continue;
                }
                let role = operation["x-required-role"].as_str().unwrap().parse();
                found.push((method.clone(), path.clone(), role.unwrap()));
            }
        }
    }
    assert!(found.len() > 30, "{found:?}");
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn each_operation_needs_its_role() {
    let app = TestApp::with()
        .settings(with_tokens)
        .start(&corpus(10))
        .await;
    for (method, path, needed) in operations(&app).await {
        let path = path
            .replace("{service}", "zzz")
            .replace("{seq}", "0")
            .replace("{name}", "a")
            .replace("{job_id}", &"0".repeat(32))
            .replace("{task_id}", &"0".repeat(32));
        for role in Role::ALL {
            // A body that no operation does anything with.
            let body = json!({ "page": 1, "unknown": 1 });
            let (status, answer) = call(&app, role.as_str(), &method, &path, &body).await;
            let what = format!("{method} {path} as {role:?}: {status} {answer}");
            if role >= needed {
                assert!(!matches!(status, 401 | 403 | 500), "{what}");
            } else {
                assert_eq!(status, 403, "{what}");
                let role = needed.as_str();
                // Surfaces with an envelope of their own have it in their sentence.
                match answer["msg"].as_str() {
                    Some(said) => assert!(said.contains(&format!("`{role}`")), "{what}"),
                    None => assert_eq!(answer["required_role"], role, "{what}"),
                }
            }
        }
        for name in ["expired", "nobody"] {
            let (status, _) = call(&app, name, &method, &path, &json!({})).await;
            assert_eq!(status, 401, "{method} {path} as {name}");
        }
    }
    assert_eq!(app.count("SELECT count(*) FROM audience_job"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_with_limits_sees_nothing_else() {
    let app = TestApp::with()
        .settings(with_tokens)
        .start(&corpus(10))
        .await;
    let submit = async |name: &str, queue: &str| {
        let mut body = v1_body();
        body["queue"] = queue.into();
        call(&app, name, "POST", "/v1/jobs", &body).await
    };
    let (_, ours) = submit("operator", "ours").await;
    let (_, theirs) = submit("queue", "theirs").await;
    let create = async |name: &str, service: &str| {
        let body = json!({ "data": { "service": service, "condition": {} } });
        call(&app, name, "POST", "/api/create_task", &body).await
    };
    let (_, aaa) = create("operator", "aaa").await;
    let (_, bbb) = create("service", "bbb").await;
    assert_eq!(submit("queue", "ours").await.0, 404);
    assert_eq!(submit("service", "theirs").await.0, 404);
    assert_eq!(create("queue", "aaa").await.0, 404);
    assert_eq!(create("service", "aaa").await.0, 404);
    let (aaa, bbb) = (
        aaa["task_id"].as_str().unwrap(),
        bbb["task_id"].as_str().unwrap(),
    );
    let job_of = |task: &str| task.rsplit('_').next().unwrap().to_owned();
    let id = |job: &Value| job["id"].as_str().unwrap().to_owned();
    let all = [id(&ours), id(&theirs), job_of(aaa), job_of(bbb)];
    for (name, seen) in [("queue", &all[1]), ("service", &all[3])] {
        for job in &all {
            for (method, path) in [
                ("GET", "/v1/jobs/ID"),
                ("GET", "/v1/jobs/ID/logs"),
                ("GET", "/v1/jobs/ID/artifacts"),
                ("GET", "/v1/jobs/ID/sample"),
                ("GET", "/api/tasks/ID"),
                ("POST", "/v1/jobs/ID/rerun"),
                ("POST", "/v1/jobs/ID/cancel"),
            ] {
                if job == seen {
                    continue;
                }
                let path = path.replace("ID", job);
                let (status, answer) = call(&app, name, method, &path, &json!({})).await;
                assert_eq!(status, 404, "{name} {method} {path}: {answer}");
            }
        }
        let (_, one) = call(&app, name, "GET", &format!("/v1/jobs/{seen}"), &json!({})).await;
        assert_eq!(one["id"], **seen, "{one}");
        let (_, listed) = call(&app, name, "GET", "/v1/jobs", &json!({})).await;
        let listed = listed["jobs"].as_array().unwrap();
        let ids: Vec<&Value> = listed.iter().map(|job| &job["id"]).collect();
        assert_eq!(ids, [&json!(seen)], "{name}");
        let abort = json!({ "task_id": all[0] });
        let (_, aborted) = call(&app, name, "POST", "/api/tasks/abort/", &abort).await;
        assert_eq!(aborted["error_code"], 404, "{name}");
        let (status, tree) = call(&app, name, "GET", "/v1/runtime", &json!({})).await;
        assert_eq!(status, 200, "{name}");
        let tree = tree.to_string();
        for job in all.iter().filter(|job| *job != seen) {
            assert!(!tree.contains(job), "{name} {job}: {tree}");
        }
        let (status, letters) =
            call(&app, name, "GET", "/v1/dispatch/dead_letters", &json!({})).await;
        assert_eq!(
            (status, &letters["dead_letters"]),
            (200, &json!([])),
            "{name}"
        );
        let replay = "/v1/dispatch/dead_letters/1/replay";
        assert_eq!(call(&app, name, "POST", replay, &json!({})).await.0, 404);
        let replay = "/v1/dispatch/dead_letters/replay";
        assert_eq!(call(&app, name, "POST", replay, &json!({})).await.0, 403);
    }
    let (_, states) = call(&app, "service", "GET", "/api/tasks/", &json!({})).await;
    assert_eq!(states["content"], json!([]));
    // Tasks for outside workers.
    let (_, names) = call(&app, "service", "POST", "/api/service_task", &json!({})).await;
    assert_eq!(names["data"], json!(["bbb"]));
    let (_, tasks) = call(&app, "service", "POST", "/api/tasks", &json!({ "page": 1 })).await;
    assert_eq!(
        (&tasks["total"], &tasks["data"][0]["task_id"]),
        (&json!(1), &json!(bbb))
    );
    let (_, tasks) = call(&app, "queue", "POST", "/api/tasks", &json!({ "page": 1 })).await;
    assert_eq!(tasks["total"], 0);
    let both = json!({ "data": [{ "task_id": aaa }, { "task_id": bbb }] });
    let (_, found) = call(&app, "service", "POST", "/api/status_task", &both).await;
    assert_eq!(found["status"][0]["status"], "Invalid");
    assert_ne!(found["status"][1]["status"], "Invalid");
    let end = json!({ "data": { "task_id": aaa, "status": "finished" } });
    for name in ["queue", "service"] {
        let (status, _) = call(&app, name, "POST", "/api/update_status_task", &end).await;
        assert_eq!(status, 404, "{name}");
        let (status, _) = call(&app, name, "POST", "/v1/dispatch/aaa/lease", &json!({})).await;
        assert_eq!(status, 404, "{name}");
        let (status, _) = call(
            &app,
            name,
            "POST",
            "/api/start_task",
            &json!({ "task_id": aaa }),
        )
        .await;
        assert_eq!(status, 404, "{name}");
    }
    let (_, leased) = call(
        &app,
        "service",
        "POST",
        "/v1/dispatch/bbb/lease",
        &json!({}),
    )
    .await;
    assert_eq!(leased["tasks"][0]["task_id"], bbb, "{leased}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_was_removed_ends_its_streams_and_calls() {
    let app = TestApp::with()
        .settings(with_tokens)
        .start(&corpus(10))
        .await;
    let body = json!({ "data": { "service": "aaa", "condition": {} } });
    let (_, task) = call(&app, "admin", "POST", "/api/create_task", &body).await;
    let job = task["task_id"]
        .as_str()
        .unwrap()
        .rsplit('_')
        .next()
        .unwrap()
        .to_owned();
    let streams = async |name: &str| {
        let call = app.http.get(app.url(&format!("/v1/jobs/{job}/events")));
        let call = call.header(AUTHORIZATION, format!("token-of-{name}"));
        let mut stream = call.send().await.unwrap();
        assert!(stream.chunk().await.unwrap().is_some());
        stream
    };
    let (mut removed, mut kept) = (streams("viewer").await, streams("admin").await);
    let lease = json!({ "wait_s": 50 });
    let waiting = call(&app, "operator", "POST", "/v1/dispatch/bbb/lease", &lease);
    let changed = async {
        // Whether or not the other call has come by then.
        let mut settings = TestSettings::default();
        add(&mut settings, "admin", token("admin", Role::Admin));
        app.app.change_access(&settings, None);
    };
    let ((status, _), ()) = tokio::join!(waiting, changed);
    assert_eq!(status, 401);
    while removed.chunk().await.unwrap().is_some() {}
    assert_eq!(
        call(&app, "viewer", "GET", "/v1/jobs", &json!({})).await.0,
        401
    );
    assert_eq!(
        call(&app, "admin", "GET", "/v1/jobs", &json!({})).await.0,
        200
    );
    let path = format!("/v1/jobs/{job}/cancel");
    assert_eq!(call(&app, "admin", "POST", &path, &json!({})).await.0, 202);
    assert!(kept.chunk().await.unwrap().is_some());
    // With no token left nobody is let in.
    app.app.change_access(&TestSettings::default(), None);
    assert_eq!(
        call(&app, "admin", "GET", "/v1/jobs", &json!({})).await.0,
        401
    );
    assert_eq!(app.get("/v1/jobs").await.0, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_open_is_a_setting() {
    use audience::access::OpenPath;
    let app = TestApp::with()
        .settings(|settings| {
            with_tokens(settings);
            settings.access.open.0 = vec![OpenPath::Livez];
        })
        .start(&corpus(10))
        .await;
    for (path, expected) in [
        ("/livez", 200),
        ("/readyz", 401),
        ("/metrics", 401),
        ("/docs", 401),
        ("/openapi.json", 401),
        ("/openapi-compat.json", 401),
    ] {
        assert_eq!(app.get(path).await.0, expected, "{path}");
        assert_eq!(
            call(&app, "viewer", "GET", path, &json!({})).await.0,
            200,
            "{path}"
        );
    }
}

#[test]
fn a_token_is_made_and_shown_once() {
    let made = Command::new(env!("CARGO_BIN_EXE_audience"))
        .args(["token", "new", "worker", "--role", "operator"])
        .output()
        .unwrap();
    let printed = String::from_utf8(made.stdout).unwrap();
    let token = printed.lines().next().unwrap().rsplit(' ').next().unwrap();
    let digits: String = digest(token.as_bytes())
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let line = format!("worker: {{sha256: {digits}, role: operator}}");
    assert!(printed.contains(&line), "{printed}");
    for wrong in ["t0p-s3cr3t", "0123456789\nabcdefgh"] {
        let refused = Command::new(env!("CARGO_BIN_EXE_audience"))
            .args(["serve", "--bind", "127.0.0.1:0"])
            .env("AUTH_TOKEN", wrong)
            .output()
            .unwrap();
        assert!(!refused.status.success());
        let said = String::from_utf8(refused.stderr).unwrap();
        assert!(
            said.contains("AUTH_TOKEN") && !said.contains(wrong),
            "{said}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_open_and_whose_pages_may_call_change_while_the_program_runs() {
    use audience::access::OpenPath;
    let app = TestApp::with()
        .settings(with_tokens)
        .start(&corpus(10))
        .await;
    let allowed = async || {
        let call = app.http.get(app.url("/livez"));
        let call = call.header("origin", "https://panel.example.org");
        let answer = call.send().await.unwrap();
        answer.headers().contains_key("access-control-allow-origin")
    };
    assert_eq!(app.get("/docs").await.0, 200);
    assert!(!allowed().await);
    let mut settings = TestSettings::default();
    with_tokens(&mut settings);
    settings.access.open.0 = vec![OpenPath::Livez];
    settings.access.origins = vec!["https://panel.example.org".to_owned()];
    app.app.change_access(&settings, None);
    assert_eq!(app.get("/docs").await.0, 401);
    assert_eq!(app.get("/livez").await.0, 200);
    assert!(allowed().await);
    settings.access.origins.clear();
    app.app.change_access(&settings, None);
    assert!(!allowed().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_was_removed_ends_its_downloads() {
    let posts = corpus(300).into_iter().map(|mut post| {
        // More than may be on its way to a caller.
        post.content = Some("amy ".repeat(32_000));
        post
    });
    let posts: Vec<_> = posts.collect();
    let app = TestApp::with().settings(with_tokens).start(&posts).await;
    let mut body = v1_body();
    body["labelling"]["predict_type"] = "content".into();
    let (_, job) = call(&app, "admin", "POST", "/v1/jobs", &body).await;
    let id = job["id"].as_str().unwrap();
    app.wait_until_ended(&id.parse().unwrap()).await;
    let begun = async |name: &str| {
        let call = app.http.get(app.url(&format!("/v1/jobs/{id}/result")));
        let call = call.header(AUTHORIZATION, format!("token-of-{name}"));
        let mut answer = call.send().await.unwrap();
        assert!(answer.chunk().await.unwrap().is_some());
        answer
    };
    let (mut removed, kept) = (begun("viewer").await, begun("admin").await);
    let mut settings = TestSettings::default();
    add(&mut settings, "admin", token("admin", Role::Admin));
    app.app.change_access(&settings, None);
    let end = loop {
        match removed.chunk().await {
            Ok(Some(_)) => {}
            end => break end,
        }
    };
    assert!(end.is_err(), "nobody takes a part of it for all");
    assert!(kept.bytes().await.unwrap().len() > 300 * 64_000);
}
