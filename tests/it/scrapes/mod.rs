//! Scrapes: pages of a site as rows of tables, by commands, over HTTP and by their schedules.

mod away;
mod calls;
mod command;
mod dying;
mod kinds;
mod pages;
pub(crate) mod site;
mod stale;
mod two;
mod used;

use serde_json::{Value, json};

use crate::support::{TestApp, wait_for};
use site::{PAGES, ROWS, Site};

/// All rows of a day.
const ALL: usize = PAGES * ROWS;

/// A program that may ask the site.
async fn app(site: &Site) -> TestApp {
    let allowed = vec![site.host()];
    let builder = TestApp::with().settings(move |settings| {
        settings.prediction.scrape.allow = allowed;
    });
    builder.start(&[]).await
}

/// Puts YAML, with more headers.
async fn put(
    app: &TestApp,
    path: &str,
    text: &str,
    headers: &[(&str, &str)],
) -> (u16, Value, String) {
    let mut request = app.http.put(app.url(path));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.header("content-type", "application/yaml");
    let answer = request.body(text.to_owned()).send().await.unwrap();
    let status = answer.status().as_u16();
    let tag = answer.headers().get("etag");
    let tag = tag.map(|tag| tag.to_str().unwrap().to_owned());
    let body = answer.json().await.unwrap_or_default();
    (status, body, tag.unwrap_or_default())
}

/// Runs the scrape `obs` for a day, and waits for the end of its run.
async fn run(app: &TestApp, day: &str) -> Value {
    let (status, accepted) = app
        .post("/v1/scrapes/obs/run", &json!({ "day": day }))
        .await;
    assert_eq!(status, 202, "{accepted}");
    ended(app, accepted["id"].as_str().unwrap()).await
}

/// The run once it has ended.
async fn ended(app: &TestApp, id: &str) -> Value {
    wait_for("the run ends", async || {
        let (_, job) = app.get(&format!("/v1/jobs/{id}")).await;
        let state = job["state"].as_str().unwrap_or_default();
        matches!(state, "succeeded" | "failed").then_some(())
    })
    .await;
    let (status, detail) = app.get(&format!("/v1/scrapes/obs/runs/{id}")).await;
    assert_eq!(status, 200, "{detail}");
    detail
}
