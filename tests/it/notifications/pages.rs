//! What the pages show of notifications, to a browser without scripts.

use reqwest::header::ACCEPT_LANGUAGE;
use serde_json::json;

use super::receiver::Receiver;
use crate::support::{TestApp, corpus, http_client, usual_pattern, wait_for};
use crate::telemetry::server::{Served, Server};

async fn page(app: &TestApp, path: &str, language: &str) -> String {
    let call = app.http.get(app.url(path));
    let answer = call.header(ACCEPT_LANGUAGE, language).send().await.unwrap();
    assert_eq!(answer.status(), 200, "{path}");
    answer.text().await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_bell_rings_on_every_page_until_its_notification_is_read() {
    let app = TestApp::with().start(&corpus(50)).await;
    let body = json!({ "labelling": { "predict_type": "content", "rules": usual_pattern() } });
    let (_, job) = app.post("/v1/jobs", &body).await;
    let told = wait_for("the bell has rung", async || {
        let (_, page) = app.get("/v1/notifications").await;
        let told = page["notifications"].as_array().unwrap();
        told.first().cloned()
    })
    .await;
    let link = format!("<a href=\"/jobs/{}\">", job["id"].as_str().unwrap());
    for path in ["/jobs", "/notifications"] {
        let shown = page(&app, path, "en").await;
        assert!(shown.contains("data-unread=\"1\""), "{shown}");
        let line = format!("{link}labelling content succeeded</a>");
        assert!(shown.contains(&line), "{shown}");
    }
    let shown = page(&app, "/notifications", "ja").await;
    let line = format!("{link}labelling content が完了しました</a>");
    assert!(
        shown.contains(&line) && shown.contains("未読の通知 1 件"),
        "{shown}"
    );
    let read = format!("/notifications/{}/read", told["id"].as_str().unwrap());
    let answer = app.http.post(app.url(&read)).send().await.unwrap();
    assert!(answer.status().is_success() || answer.status().is_redirection());
    let shown = page(&app, "/jobs", "en").await;
    assert!(shown.contains("data-unread=\"0\""), "{shown}");
    app.stop().await;
}

/// What a page answers to a button.
async fn press(server: &Server, path: &str) -> String {
    let http = http_client().build().unwrap();
    let answer = http.post(format!("{}{path}", server.base)).send().await;
    let answer = answer.unwrap();
    assert_eq!(answer.status(), 200, "{path}");
    answer.text().await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_is_tested_and_a_message_sent_once_more_by_buttons() {
    let receiver = Receiver::start(&[]);
    let mut served = Served::with_rows(50);
    served.settings["notify"] = json!([
        { "name": "all", "when": "job.succeeded", "where": { "name": "con*" }, "to": ["hook:slack"] },
    ]);
    served.settings["notify_allow"] = json!([receiver.address()]);
    served.settings["hooks"] =
        json!({ "slack": { "url": receiver.url("/slack"), "format": "slack" } });
    let server = served.start("server", &[]).await;
    receiver.answer("200 <b>thanks");
    let tested = press(&server, "/notifications/rules/all/test").await;
    assert!(tested.contains("200 &#60;b&#62;thanks"), "{tested}");
    assert!(
        tested.contains("name: con*") && tested.contains("hook:slack"),
        "{tested}"
    );
    receiver.answer("410 channel_is_archived");
    let body = json!({ "labelling": { "predict_type": "content", "rules": usual_pattern() } });
    server.post("/v1/jobs", &body, None).await;
    let form = "action=\"/notifications/deliveries/";
    let dead = wait_for("it is given up", async || {
        let shown = server.get("/notifications").await;
        let (_, rest) = shown.split_once(form)?;
        let path = rest.split('"').next()?.to_owned();
        assert!(shown.contains("Given up after 1 try") && shown.contains("channel_is_archived"));
        Some(path)
    })
    .await;
    receiver.answer("200 ok");
    press(&server, &format!("/notifications/deliveries/{dead}")).await;
    wait_for("it is delivered", async || {
        let shown = server.get("/notifications").await;
        (!shown.contains("channel_is_archived")).then_some(())
    })
    .await;
}

/// What a page answers to a form.
async fn fill(server: &Server, path: &str, form: &str) -> (u16, String) {
    let http = http_client().build().unwrap();
    let call = http.post(format!("{}{path}", server.base));
    let call = call.header("content-type", "application/x-www-form-urlencoded");
    let answer = call.body(form.to_owned()).send().await.unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn rules_are_added_changed_and_removed_by_forms() {
    let mut served = Served::with_rows(10);
    served.settings["notify"] = json!([
        { "name": "fixed", "when": "job.succeeded", "to": ["hook:slack"] },
    ]);
    served.settings["hooks"] =
        json!({ "slack": { "url": "https://hooks.example.org/x", "format": "slack" } });
    let server = served.start("server", &[]).await;
    let form = server.get("/notifications/new-rule").await;
    for part in [
        "value=\"job.failed\" checked",
        "name=\"to\" value=\"hook:slack\"",
        "name=\"throttle_s\"",
    ] {
        assert!(form.contains(part), "{part}: {form}");
    }
    let filled = "name=team&when=job.failed&when=job.slow&to=hook%3Aslack&where.flow=label*\
                  &throttle_s=60&times=2.5&language=ja";
    // Faults stand beside their fields, and what was filled in stays.
    let wrong = format!("{filled}&quiet=late&digest_over=many").replace("slack", "gone");
    let (status, shown) = fill(&server, "/notifications/rules", &wrong).await;
    assert_eq!(status, 422, "{shown}");
    assert!(
        shown.contains("name=\"when\" value=\"job.slow\" checked"),
        "{shown}"
    );
    assert!(shown.contains("value=\"label*\""), "{shown}");
    let wrong = format!("{filled}&quiet=late").replace("slack", "gone");
    let (status, shown) = fill(&server, "/notifications/rules", &wrong).await;
    assert_eq!(status, 422, "{shown}");
    for part in [
        "id=\"quiet-f\"",
        "`late`: expected hours such as 22:00-07:00",
        "id=\"to-f\"",
        "there is no hook `gone`; known are slack",
    ] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    let (status, shown) = fill(&server, "/notifications/rules", filled).await;
    assert_eq!(status, 200, "{shown}");
    assert!(shown.contains("job.failed · job.slow") && shown.contains("flow: label*"));
    // A second one of this name would take its place.
    for name in ["team", "fixed"] {
        let again = filled.replace("name=team", &format!("name={name}"));
        let (status, shown) = fill(&server, "/notifications/rules", &again).await;
        assert_eq!(status, 422, "{shown}");
        assert!(shown.contains("There is a rule of this name."), "{shown}");
    }
    let form = server.get("/notifications/rules/team").await;
    for part in ["value=\"60\"", "value=\"2.5\"", "value=\"ja\" selected"] {
        assert!(form.contains(part), "{part}: {form}");
    }
    let changed = filled.replace("throttle_s=60", "throttle_s=90");
    let (status, _) = fill(&server, "/notifications/rules/team", &changed).await;
    assert_eq!(status, 200);
    let rules = server.get("/v1/notifications/rules").await;
    let rules: serde_json::Value = serde_json::from_str(&rules).unwrap();
    assert_eq!(rules["rules"][1]["definition"]["throttle_s"], 90, "{rules}");
    assert_eq!(rules["rules"].as_array().unwrap().len(), 2);
    let shown = press(&server, "/notifications/rules/team/remove").await;
    assert!(!shown.contains("flow: label*"), "{shown}");
    // One of the settings has no form, and is not removed.
    assert!(!shown.contains("/notifications/rules/fixed\""), "{shown}");
    let (status, _) = fill(&server, "/notifications/rules/fixed/remove", "").await;
    assert_eq!(status, 409);
    server.stop().await;
}
