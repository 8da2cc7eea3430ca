//! The pages of dispatch.

use reqwest::header::CONTENT_TYPE;
use serde_json::json;

use super::{Dispatching, With};

/// The page at a path, and its status.
async fn page(program: &Dispatching, path: &str) -> (u16, String) {
    let app = &program.app;
    let answer = app.http.get(app.url(path)).send().await.unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}

async fn send(program: &Dispatching, path: &str, form: &'static str) -> (u16, String) {
    let app = &program.app;
    let call = app.http.post(app.url(path)).body(form);
    let call = call.header(CONTENT_TYPE, "application/x-www-form-urlencoded");
    let answer = call.send().await.unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn services_their_tasks_and_dead_letters_are_shown_and_replayed() {
    let program = Dispatching::start(With {
        change: Some(|service| service.running_timeout = Some(1)),
        ..With::default()
    })
    .await;
    let lost = program.create("aaa", json!({})).await;
    assert_eq!(program.report(&lost, "running").await.0, 200);
    program.wait_until(&lost, "failed").await;
    let untaken = program.create("bbb", json!({})).await;
    program
        .ok("/api/start_task", json!({ "task_id": untaken }))
        .await;
    program.wait_until(&untaken, "waiting").await;

    let (_, list) = program.app.get("/v1/dispatch/services").await;
    let of = |name: &str| {
        let mut services = list["services"].as_array().unwrap().iter();
        services.find(|one| one["service"] == name).unwrap().clone()
    };
    let figures = &of("aaa")["last_hour"];
    assert_eq!(
        (&figures["created"], &figures["failed"]),
        (&json!(1), &json!(1)),
        "{list}"
    );
    assert!(figures["heard_at"].is_string(), "{list}");
    assert!(of("bbb")["waiting_since"].is_string(), "{list}");
    assert!(of("bbb")["running_since"].is_null(), "{list}");
    assert!(of("bbb")["last_hour"]["heard_at"].is_null(), "{list}");
    let (_, tasks) = program.app.get("/v1/dispatch/tasks?service=aaa").await;
    assert_eq!(tasks["tasks"][0]["task_id"], json!(lost), "{tasks}");
    assert_eq!(tasks["tasks"][0]["status"], "failed", "{tasks}");
    assert!(tasks["tasks"][0]["heard_at"].is_string(), "{tasks}");
    assert_eq!(
        tasks["tasks"][0]["worker"],
        json!(null),
        "nobody works on it"
    );
    assert_eq!(tasks["next"], json!(null));
    let (_, first) = program.app.get("/v1/dispatch/tasks?limit=1").await;
    assert_eq!(first["tasks"][0]["task_id"], json!(untaken), "{first}");
    let next = first["next"].as_str().unwrap();
    let path = format!("/v1/dispatch/tasks?limit=1&after={next}");
    let (_, second) = program.app.get(&path).await;
    assert_eq!(second["tasks"][0]["task_id"], json!(lost), "{second}");
    let (status, wrong) = program.app.get("/v1/dispatch/tasks?after=x").await;
    assert_eq!(status, 422, "{wrong}");

    let (status, html) = page(&program, "/dispatch").await;
    assert_eq!(status, 200, "{html}");
    for part in [
        "href=\"/dispatch/aaa\"",
        "running_timeout",
        "/replay\"",
        &lost,
    ] {
        assert!(html.contains(part), "{part}: {html}");
    }
    let (status, html) = page(&program, "/dispatch/aaa?status=failed").await;
    assert!(status == 200 && html.contains(&lost), "{html}");
    assert!(html.contains("Last heard of"), "{html}");
    assert!(!html.contains(&untaken), "{html}");
    let (status, html) = page(&program, "/dispatch?kind=%3Cb%3E").await;
    assert!(status == 422 && !html.contains("<b>&"), "{html}");

    let (status, html) = send(
        &program,
        "/dispatch/letters/replay",
        "kind=task&service=aaa",
    )
    .await;
    assert_eq!(status, 200, "{html}");
    assert!(html.contains("1 letter was replayed."), "{html}");
    assert!(html.contains("No dead letters"), "{html}");
    program.wait_until(&lost, "waiting").await;
    program.app.stop().await;
}
