//! The pages of the process: who may see what, and what they show.

use reqwest::header::{AUTHORIZATION, CONTENT_TYPE};
use serde_json::{Value, json};

use super::roles::with_tokens;
use crate::support::{TestApp, corpus, http_client};
use crate::telemetry::server::Served;

async fn page(app: &TestApp, name: &str, path: &str) -> (u16, String) {
    let call = app.http.get(app.url(path));
    let call = call.header(AUTHORIZATION, format!("Bearer token-of-{name}"));
    let answer = call.send().await.unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}

async fn data(app: &TestApp, name: &str, path: &str) -> Value {
    let (status, text) = page(app, name, path).await;
    assert_eq!(status, 200, "{path}: {text}");
    serde_json::from_str(&text).unwrap()
}

async fn started() -> TestApp {
    TestApp::with()
        .settings(|settings| {
            with_tokens(settings);
            settings.runtime.queue_jobs_max.insert("few".to_owned(), 3);
        })
        .start(&corpus(20))
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn each_room_is_shown_to_those_who_may_enter() {
    let app = started().await;
    let (_, of_viewer) = page(&app, "viewer", "/jobs").await;
    let (_, of_admin) = page(&app, "admin", "/jobs").await;
    let (_, of_queue) = page(&app, "queue", "/jobs").await;
    for (path, viewer, limited) in [
        ("/dispatch", true, true),
        ("/pipelines", true, true),
        ("/imports", true, false),
        ("/models", true, false),
        ("/schedules", true, false),
        ("/runtime", true, true),
        ("/audit", false, false),
        ("/settings", false, false),
    ] {
        let entry = format!("href=\"{path}\" data-go=");
        assert!(of_admin.contains(&entry), "{path}");
        assert_eq!(of_viewer.contains(&entry), viewer, "{path}");
        assert_eq!(of_queue.contains(&entry), limited, "{path}");
        assert_eq!(page(&app, "admin", path).await.0, 200, "{path}");
        let status = |may: bool| if may { 200 } else { 403 };
        assert_eq!(page(&app, "viewer", path).await.0, status(viewer), "{path}");
        assert_eq!(page(&app, "queue", path).await.0, status(limited), "{path}");
        let (status, _) = page(&app, "admin", &format!("{path}/no/such/page")).await;
        assert_eq!(status, 404, "{path}");
        let stranger = app.http.get(app.url(path)).send().await.unwrap();
        assert_eq!(stranger.url().path(), "/sign-in", "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_process_its_queues_and_its_database_are_shown() {
    let app = started().await;
    let id = app.submit().await;
    app.wait_until_ended(&id).await;
    let store = data(&app, "viewer", "/v1/runtime/store").await;
    assert_eq!(store["database"]["engine"], "sqlite", "{store}");
    assert!(
        store["database"]["size_bytes"].as_u64().unwrap() > 10_000,
        "{store}"
    );
    assert!(
        store["disk"]["total_bytes"].as_u64().unwrap() > 0,
        "{store}"
    );
    assert_eq!(store["processes"][0]["process"], "this process", "{store}");
    assert_eq!(store["processes"][0]["answers"], true);
    let mut queues = store["queues"].as_array().unwrap().iter();
    let few = queues.find(|queue| queue["queue"] == "few").unwrap();
    assert_eq!(few["limit"], 3, "{store}");
    let limited = data(&app, "queue", "/v1/runtime/store").await;
    assert_eq!(limited["queues"], json!([]), "it is a queue of others");
    let (_, html) = page(&app, "viewer", "/runtime").await;
    for part in [
        "RootSupervisor",
        "└─ ",
        "few",
        "sqlite",
        "this process",
        "Lease ends",
    ] {
        assert!(html.contains(part), "{part}: {html}");
    }
    // A process that holds no jobs has no leases.
    assert_eq!(
        store["processes"][0]["lease_ends_at"],
        Value::Null,
        "{store}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_licences_of_the_parts_are_shown_to_everybody_who_may_look() {
    let app = started().await;
    let list = data(&app, "viewer", "/v1/licences").await;
    assert_eq!(list["licence"], "MIT", "{list}");
    let mut parts = list["parts"].as_array().unwrap().iter();
    assert!(parts.any(|part| part["name"] == "ractor"), "{list}");
    let (status, html) = page(&app, "admin", "/settings/licences").await;
    assert_eq!(status, 200, "{html}");
    assert!(html.contains("<code>ractor</code>"), "{html}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_admin_changes_what_is_logged_from_the_page_of_settings() {
    let server = Served::with_rows(5).start("server", &[]).await;
    let send = async |level: &str| {
        let http = http_client().build().unwrap();
        let call = http.post(format!("{}/settings/log-level", server.base));
        let call = call.header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        let answer = call.body(format!("level={level}")).send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    };
    let (status, html) = send("warn").await;
    assert_eq!(status, 200, "{html}");
    assert!(html.contains("name=\"level\" value=\"warn\""), "{html}");
    let level = server.get("/v1/runtime/log-level").await;
    assert!(level.contains("warn"), "{level}");
    let (status, html) = send("%3Cb%3E").await;
    assert_eq!(status, 422, "{html}");
    assert!(
        html.contains("id=\"level-f\"") && !html.contains("value=\"<b>"),
        "{html}"
    );
    assert!(server.get("/v1/runtime/log-level").await.contains("warn"));
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_are_shown_without_secrets() {
    let app = started().await;
    let (status, html) = page(&app, "admin", "/settings?q=server.").await;
    assert_eq!(status, 200);
    assert!(
        !html.contains("sha256") && !html.contains("token-of-"),
        "{html}"
    );
    let list = data(&app, "admin", "/v1/settings").await;
    assert!(list["settings"].is_array(), "{list}");
    for name in ["viewer", "operator", "queue"] {
        assert_eq!(page(&app, name, "/v1/settings").await.0, 403, "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_audit_is_shown_with_filters() {
    let app = started().await;
    let foul = "%3Cimg%20src%3Dx%3E";
    let put = app.http.put(app.url(&format!("/v1/schedules/{foul}")));
    let put = put.header(AUTHORIZATION, "Bearer token-of-viewer");
    put.json(&json!({})).send().await.unwrap();
    let (_, html) = page(&app, "admin", "/audit").await;
    assert!(
        html.contains("put_schedule") && html.contains("Refused"),
        "{html}"
    );
    assert!(!html.contains("<img"), "{html}");
    let (_, html) = page(&app, "admin", "/audit?result=done&operation=put_schedule").await;
    assert!(html.contains("No calls fit"), "{html}");
    let (status, html) = page(&app, "admin", "/audit?from=never").await;
    assert_eq!(status, 422);
    assert!(html.contains("from: expected"), "{html}");
}

#[tokio::test(flavor = "multi_thread")]
async fn schedules_are_shown_fired_and_paused() {
    let app = started().await;
    let schedule = json!({
        "cron": "0 3 * * *", "timezone": "Asia/Taipei", "catchup": "last",
        "start": { "labelling": { "rules": crate::support::usual_pattern() } },
    });
    let put = app.http.put(app.url("/v1/schedules/nightly"));
    let put = put.header(AUTHORIZATION, "Bearer token-of-admin");
    let put = put.json(&schedule).send().await.unwrap();
    assert_eq!(put.status(), 201, "{:?}", put.text().await);
    let act = async |name: &str, action: &str| {
        let call = app
            .http
            .post(app.url(&format!("/schedules/nightly/{action}")));
        let call = call.header(AUTHORIZATION, format!("Bearer token-of-{name}"));
        let call = call.header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        let answer = call.send().await.unwrap();
        let led_to = answer.url().path().to_owned();
        (
            answer.status().as_u16(),
            led_to,
            answer.text().await.unwrap(),
        )
    };
    let (_, html) = page(&app, "operator", "/schedules").await;
    for part in [
        "nightly",
        "0 3 * * *",
        "Asia/Taipei",
        "/schedules/nightly/fire\"",
        "Schedules of scrapes",
    ] {
        assert!(html.contains(part), "{part}: {html}");
    }
    let (_, html) = page(&app, "viewer", "/schedules").await;
    assert!(!html.contains("/fire\""), "{html}");
    assert_eq!(act("viewer", "fire").await.0, 403);
    let (status, _, html) = act("operator", "pause").await;
    assert_eq!(status, 200);
    assert!(html.contains("Paused by operator"), "{html}");
    let (status, led_to, html) = act("operator", "fire").await;
    assert_eq!(status, 200, "{html}");
    assert!(led_to.starts_with("/jobs/"), "{led_to}");
    let fired = data(&app, "viewer", "/v1/jobs?started_by=operator").await;
    let fired = fired["jobs"].as_array().unwrap();
    assert_eq!(fired.len(), 1);
    assert_eq!(
        format!("/jobs/{}", fired[0]["id"].as_str().unwrap()),
        led_to
    );
    assert_eq!(
        data(&app, "viewer", "/v1/jobs?started_by=viewer").await["jobs"],
        json!([])
    );
    let (_, html) = page(&app, "viewer", "/jobs?started_by=operator").await;
    assert!(html.contains("Started by: operator"), "{html}");
    assert!(
        html.contains("href=\"/jobs?started_by=operator\" title=\"operator\""),
        "{html}"
    );
    let (status, _, html) = act("operator", "resume").await;
    assert_eq!(status, 200);
    assert!(
        !html.contains("Paused by") && html.contains(&led_to),
        "{html}"
    );
    assert_eq!(act("operator", "remove").await.0, 404);
}
