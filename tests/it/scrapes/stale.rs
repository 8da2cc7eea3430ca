//! Freshness: who learns that a scrape has not run, and when its pages are dropped.

use serde_json::json;

use super::site::Site;
use super::{app, put, run};
use crate::support::wait_for;

#[tokio::test(flavor = "multi_thread")]
async fn people_learn_once_that_a_scrape_is_stale() {
    let site = Site::start();
    let app = app(&site).await;
    put(
        &app,
        "/v1/scrapes/obs",
        &site.scrape("stale_after_h: 0.0005\n"),
        &[],
    )
    .await;
    wait_for("it is stale", async || {
        let (_, view) = app.get("/v1/scrapes/obs").await;
        (view["freshness"]["state"] == "stale").then_some(())
    })
    .await;
    app.wait_for_rows("SELECT count(*) FROM audience_scrape_state WHERE stale_at IS NOT NULL")
        .await;
    run(&app, "2026-11-30").await;
    let marked = "SELECT count(*) FROM audience_scrape_state WHERE stale_at IS NOT NULL";
    let fresh = "SELECT count(*) FROM audience_scrape_state WHERE fresh_at IS NOT NULL";
    assert_eq!(app.count(fresh), 1);
    app.wait_for_rows(marked).await;
    // Of all programs of this process.
    let text = app.http.get(app.url("/metrics")).send().await.unwrap();
    let text = text.text().await.unwrap();
    for name in ["audience_scrape_runs_total{", "audience_scrape_rows_total{"] {
        assert!(text.contains(name), "{name}: {text}");
    }
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_are_dropped_when_they_need_not_be_kept_any_longer() {
    let site = Site::start();
    let app = app(&site).await;
    put(
        &app,
        "/v1/scrapes/obs",
        &site.scrape("keep_raw_days: 0\n"),
        &[],
    )
    .await;
    let detail = run(&app, "2026-11-30").await;
    assert_eq!(detail["run"]["state"], "succeeded");
    let id = detail["run"]["id"].as_str().unwrap();
    wait_for("the pages are dropped", async || {
        let (_, detail) = app.get(&format!("/v1/scrapes/obs/runs/{id}")).await;
        (detail["pages"] == json!([])).then_some(())
    })
    .await;
    let folder = app.folder.path().join("audience_files/scrape").join(id);
    assert!(!folder.exists());
    app.stop().await;
}
