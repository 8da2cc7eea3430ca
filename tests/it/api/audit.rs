//! Who did what.

use std::process::Command;

use audience::engine::store::AuditFilter;
use entity::audit;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HOST, ORIGIN};
use serde_json::{Value, json};

use super::roles::with_tokens;
use super::v1_body;
use crate::support::{TestApp, corpus, wait_for};

async fn start() -> TestApp {
    let app = TestApp::with().settings(with_tokens);
    app.start(&corpus(10)).await
}

/// Calls as the owner of a token, from a proxy's caller.
async fn call(app: &TestApp, name: &str, method: &str, path: &str, body: &Value) -> (u16, Value) {
    let call = app.http.request(method.parse().unwrap(), app.url(path));
    let call = call
        .header(AUTHORIZATION, format!("Bearer token-of-{name}"))
        .header("x-forwarded-for", "192.0.2.7")
        .json(body);
    let answer = call.send().await.unwrap();
    let status = answer.status().as_u16();
    (status, answer.json().await.unwrap_or_default())
}

/// What is recorded, oldest first, without calls that read it.
async fn recorded(app: &TestApp, query: &str) -> Vec<Value> {
    let (status, page) = call(
        app,
        "admin",
        "GET",
        &format!("/v1/audit{query}"),
        &json!({}),
    )
    .await;
    assert_eq!(status, 200, "{page}");
    let calls = page["calls"].as_array().unwrap().iter().rev();
    let others = calls.filter(|call| call["operation"] != "list_audit");
    others.cloned().collect()
}

/// In short: who, operation, what, result, status, count.
fn short(call: &Value) -> String {
    let text = |name: &str| match &call[name] {
        Value::Null => "-".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let parts = ["who", "operation", "what", "result", "status", "count"];
    parts.map(text).join(" ")
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_done_is_recorded() {
    let app = start().await;
    let (_, job) = call(&app, "operator", "POST", "/v1/jobs", &v1_body()).await;
    let id = job["id"].as_str().unwrap();
    let body = json!({ "data": { "service": "aaa", "condition": {} } });
    let (_, task) = call(&app, "admin", "POST", "/api/create_task", &body).await;
    let task = task["task_id"].as_str().unwrap();
    let job_of_task = task.rsplit('_').next().unwrap();
    let cancel = format!("/v1/jobs/{job_of_task}/cancel");
    assert_eq!(
        call(&app, "operator", "POST", &cancel, &json!({})).await.0,
        202
    );
    let rerun = format!("/v1/jobs/{job_of_task}/rerun");
    assert_eq!(
        call(&app, "operator", "POST", &rerun, &json!({})).await.0,
        202
    );
    let level = json!({ "level": "info" });
    call(&app, "admin", "PUT", "/v1/runtime/log-level", &level).await;
    let sign_in = json!({ "token": "token-of-viewer" });
    let answer = app.http.post(app.url("/v1/session")).json(&sign_in);
    assert_eq!(answer.send().await.unwrap().status(), 204);
    call(&app, "viewer", "DELETE", "/v1/session", &json!({})).await;
    // Reading is not recorded.
    for path in [
        "/v1/jobs",
        "/v1/runtime",
        &format!("/v1/jobs/{id}"),
        "/api/tasks/",
    ] {
        assert_eq!(call(&app, "viewer", "GET", path, &json!({})).await.0, 200);
    }
    let status = json!({ "data": [{ "task_id": task }] });
    assert_eq!(
        call(&app, "viewer", "POST", "/api/status_task", &status)
            .await
            .0,
        200
    );
    let calls = recorded(&app, "").await;
    let mut lines: Vec<String> = calls.iter().map(short).collect();
    // This process does not log.
    lines.retain(|line| !line.contains("set_log_level"));
    assert_eq!(
        lines,
        [
            format!("operator submit_job {id} done - 1"),
            format!("admin dispatch_create_task {task} done - 1"),
            format!("operator cancel_job {job_of_task} done - 1"),
            format!("operator rerun_job {job_of_task} done - 1"),
            "viewer create_session - done - 1".to_owned(),
            "viewer end_sessions - done - 1".to_owned(),
        ]
    );
    assert!(
        calls
            .iter()
            .any(|call| call["operation"] == "set_log_level")
    );
    assert_eq!(calls[0]["address"], "192.0.2.7");
    assert_eq!(
        calls[0]["at"].as_str().unwrap().len(),
        "2026-11-28T09:00:00.000Z".len()
    );
    let stored = app
        .app
        .store
        .audit()
        .page(&AuditFilter::default(), 100)
        .await
        .unwrap();
    let text = format!("{stored:?}");
    assert!(
        !text.contains("token-of") && !text.contains("keyword"),
        "{text}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_refused_is_counted() {
    let app = start().await;
    let job = "0".repeat(32);
    let cancel = format!("/v1/jobs/{job}/cancel");
    for _ in 0..30 {
        assert_eq!(
            call(&app, "nobody", "POST", &cancel, &json!({})).await.0,
            401
        );
        assert_eq!(
            call(&app, "viewer", "POST", &cancel, &json!({})).await.0,
            403
        );
    }
    assert_eq!(
        call(&app, "operator", "POST", &cancel, &json!({})).await.0,
        404
    );
    let foreign = app
        .http
        .post(app.url(&cancel))
        .header(ORIGIN, "https://evil.example");
    let foreign = foreign.header(AUTHORIZATION, "token-of-admin");
    assert_eq!(foreign.send().await.unwrap().status(), 403);
    let text = app.http.post(app.url("/v1/jobs")).body("{}");
    let text = text.header(AUTHORIZATION, "token-of-operator");
    let text = text.header(CONTENT_TYPE, "text/plain");
    assert_eq!(text.send().await.unwrap().status(), 415);
    for _ in 0..2 {
        let wrong = json!({ "token": "token-of-nobody" });
        let answer = app.http.post(app.url("/v1/session")).json(&wrong);
        assert_eq!(answer.send().await.unwrap().status(), 401);
    }
    // These calls are answered before their operations see them.
    let replay = "/v1/dispatch/dead_letters/abc/replay";
    assert_eq!(call(&app, "admin", "POST", replay, &json!({})).await.0, 404);
    let keyed = app.http.post(app.url("/v1/jobs")).json(&v1_body());
    let keyed = keyed.header(AUTHORIZATION, "token-of-operator");
    let keyed = keyed.header("idempotency-key", "k".repeat(300));
    assert_eq!(keyed.send().await.unwrap().status(), 422);
    // The status of this answer stands in its body.
    let abort = json!({ "task_id": job });
    call(&app, "operator", "POST", "/api/tasks/abort/", &abort).await;
    // Nothing that only reads.
    assert_eq!(
        call(&app, "nobody", "GET", "/v1/jobs", &json!({})).await.0,
        401
    );
    let mut lines: Vec<String> = recorded(&app, "").await.iter().map(short).collect();
    lines.sort();
    let mut expected = [
        format!("- cancel_job {job} refused 401 30"),
        format!("viewer cancel_job {job} refused 403 30"),
        format!("operator cancel_job {job} failed 404 1"),
        format!("- cancel_job {job} refused 403 1"),
        "operator submit_job - refused 415 1".to_owned(),
        "- create_session - refused 401 2".to_owned(),
        format!("operator abort {job} failed 404 1"),
        "admin replay_dead_letter abc failed 404 1".to_owned(),
        "operator submit_job - failed 422 1".to_owned(),
    ];
    expected.sort();
    assert_eq!(lines, expected);
    let seen = recorded(&app, "?result=failed").await;
    assert_eq!(seen.len(), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_without_tokens_records_its_own_machine_and_names_of_others() {
    let app = TestApp::with().start(&corpus(10)).await;
    let (status, _) = app.post("/v1/jobs", &v1_body()).await;
    assert_eq!(status, 202);
    let rebound = app.http.post(app.url("/v1/jobs")).json(&v1_body());
    let rebound = rebound.header(HOST, "evil.example");
    assert_eq!(rebound.send().await.unwrap().status(), 421);
    let (_, page) = app.get("/v1/audit").await;
    let lines: Vec<String> = page["calls"]
        .as_array()
        .unwrap()
        .iter()
        .map(short)
        .collect();
    assert!(
        lines
            .iter()
            .any(|line| line.starts_with("local submit_job") && line.ends_with("done - 1"))
    );
    assert!(
        lines.contains(&"- submit_job - refused 421 1".to_owned()),
        "{lines:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn workers_are_recorded_by_the_hour() {
    let app = start().await;
    for _ in 0..5 {
        let body = json!({ "data": { "service": "aaa", "condition": {} } });
        let (_, task) = call(&app, "admin", "POST", "/api/create_task", &body).await;
        let task = task["task_id"].as_str().unwrap();
        for status in ["running", "finished"] {
            let report = json!({ "data": { "task_id": task, "status": status } });
            let (code, answer) =
                call(&app, "operator", "POST", "/api/update_status_task", &report).await;
            assert_eq!(code, 200, "{answer}");
        }
        let (_, leased) = call(
            &app,
            "operator",
            "POST",
            "/v1/dispatch/aaa/lease",
            &json!({ "wait_s": 0 }),
        )
        .await;
        assert_eq!(leased["tasks"], json!([]));
    }
    let calls = recorded(&app, "?who=operator").await;
    let lines: Vec<String> = calls.iter().map(short).collect();
    assert!(
        lines.contains(&"operator update_status_task aaa done - 10".to_owned()),
        "{lines:?}"
    );
    assert!(lines.len() <= 2, "{lines:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_audit_is_read_by_admins_in_pages() {
    let app = start().await;
    for _ in 0..5 {
        let body = json!({ "data": { "service": "aaa", "condition": {} } });
        call(&app, "admin", "POST", "/api/create_task", &body).await;
    }
    assert_eq!(
        call(&app, "operator", "GET", "/v1/audit", &json!({}))
            .await
            .0,
        403
    );
    let (mut seen, mut after) = (Vec::new(), String::new());
    loop {
        let path = format!("/v1/audit?operation=dispatch_create_task&limit=2{after}");
        let (_, page) = call(&app, "admin", "GET", &path, &json!({})).await;
        let calls = page["calls"].as_array().unwrap();
        seen.extend(
            calls
                .iter()
                .map(|call| call["id"].as_str().unwrap().to_owned()),
        );
        match page["next"].as_str() {
            Some(next) => after = format!("&after={next}"),
            None => break,
        }
    }
    assert_eq!(seen.len(), 5);
    assert!(seen.is_sorted_by(|one, two| one > two), "{seen:?}");
    let all = recorded(&app, "?from=2020-01-01&to=2120-01-01T00:00:00Z").await;
    assert_eq!(all.len(), 5);
    let what = all[2]["what"].as_str().unwrap();
    assert_eq!(recorded(&app, &format!("?what={what}")).await.len(), 1);
    assert_eq!(recorded(&app, "?from=2120-01-01").await.len(), 0);
    assert_eq!(recorded(&app, "?to=2020-01-01").await.len(), 0);
    assert_eq!(recorded(&app, "?who=operator").await.len(), 0);
    for wrong in ["from=x", "result=maybe", "limit=0", "after=1", "by=anna"] {
        let path = format!("/v1/audit?{wrong}");
        let (status, _) = call(&app, "admin", "GET", &path, &json!({})).await;
        assert!(matches!(status, 400 | 422), "{wrong}: {status}");
    }
    let (_, page) = call(
        &app,
        "admin",
        "GET",
        "/v1/audit?operation=list_audit",
        &json!({}),
    )
    .await;
    assert_eq!(short(&page["calls"][0]).split(' ').next(), Some("admin"));
    // The same from the database.
    let database = format!("sqlite://{}", app.database().display());
    let printed = Command::new(env!("CARGO_BIN_EXE_audience"))
        .args([
            "audit",
            "--operation",
            "dispatch_create_task",
            "--who",
            "admin",
        ])
        .env("AUDIENCE__DATABASE__URL", database)
        .current_dir(app.folder.path())
        .output()
        .unwrap();
    assert!(printed.status.success(), "{printed:?}");
    let lines = String::from_utf8(printed.stdout).unwrap();
    let lines: Vec<Value> = lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let ids: Vec<&Value> = lines.iter().map(|line| &line["id"]).collect();
    assert_eq!(
        ids,
        seen.iter()
            .map(|id| json!(id))
            .collect::<Vec<_>>()
            .iter()
            .collect::<Vec<_>>()
    );
    assert_eq!(lines[0]["address"], "192.0.2.7");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_old_is_dropped() {
    let app = TestApp::with().settings(|settings| {
        with_tokens(settings);
        settings.retention.every_s = 1;
    });
    let app = app.start(&corpus(10)).await;
    let day = 86_400_000_000;
    let now = audience::clock::now_micros();
    let row = |id: &str, days: i64| audit::Model {
        id: id.to_owned(),
        at: now - days * day,
        until_at: now - days * day,
        count: 1,
        who: None,
        operation: "cancel_job".to_owned(),
        what: None,
        address: None,
        result: "refused".to_owned(),
        status: Some(401),
    };
    let rows = vec![row("a", 401), row("b", 399)];
    app.app.store.audit().put(rows).await.unwrap();
    wait_for("the old row is dropped", async || {
        let left = app
            .app
            .store
            .audit()
            .page(&AuditFilter::default(), 10)
            .await
            .unwrap();
        (left.len() == 1 && left[0].id == "b").then_some(())
    })
    .await;
}
