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
