//! A site that is away: it is waited for, and others go on meanwhile.

use serde_json::json;

use super::site::Site;
use super::{ALL, app, ended, put};
use crate::support::wait_for;

#[tokio::test(flavor = "multi_thread")]
async fn a_site_that_is_away_is_waited_for_with_the_reason_on_the_job() {
    let site = Site::start();
    let app = app(&site).await;
    let patient = site.scrape("").replace("longest_s: 0.05", "longest_s: 0.3");
    put(&app, "/v1/scrapes/obs", &patient, &[]).await;
    site.set_away(true);
    let day = json!({ "day": "2026-11-30" });
    let (_, accepted) = app.post("/v1/scrapes/obs/run", &day).await;
    let id = accepted["id"].as_str().unwrap().to_owned();
    wait_for("the run waits", async || {
        let (_, job) = app.get(&format!("/v1/jobs/{id}")).await;
        let waiting = job["waiting"].as_str().unwrap_or_default();
        let why = format!(
            ": page 1: {} answered 503; it is asked again at 2",
            site.host()
        );
        let is_said = waiting.starts_with("waits for its site since ") && waiting.contains(&why);
        (job["state"] == "parked" && is_said).then_some(())
    })
    .await;
    let (_, detail) = app.get(&format!("/v1/scrapes/obs/runs/{id}")).await;
    let reason = detail["run"]["reason"].as_str().unwrap_or_default();
    assert!(reason.starts_with("waits for its site since "), "{detail}");
    wait_for("the scrape shows the run that waits", async || {
        let (_, scrape) = app.get("/v1/scrapes/obs").await;
        let current = &scrape["current"];
        assert_eq!(
            (&scrape["last_run"], &current["job_id"]),
            (&json!(null), &json!(id))
        );
        let reason = current["reason"].as_str().unwrap_or_default();
        reason
            .starts_with("waits for its site since ")
            .then_some(())
    })
    .await;
    site.set_away(false);
    let detail = ended(&app, &id).await;
    assert_eq!(detail["run"]["state"], "succeeded", "{detail}");
    assert_eq!(app.count("SELECT count(*) FROM obs"), ALL as i64);
    assert_eq!(app.count("SELECT count(*) FROM audience_scrape_waiting"), 0);
    let runs = "SELECT count(*) FROM audience_scrape_run";
    assert_eq!(app.count(runs), 1, "waiting is no failed run");
    app.stop().await;
}
