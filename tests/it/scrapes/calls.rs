//! Scrapes over HTTP: stored with versions, run, tried, replayed, looked at.

use serde_json::json;

use super::site::Site;
use super::{ALL, app, ended, put, run};

const PATH: &str = "/v1/scrapes/obs";

#[tokio::test(flavor = "multi_thread")]
async fn a_scrape_has_versions_and_the_next_five_times() {
    let site = Site::start();
    let app = app(&site).await;
    let nightly = site.scrape("schedule: {cron: \"30 6 * * *\", timezone: Asia/Tokyo}\n");
    let (status, view, tag) = put(&app, PATH, &nightly, &[]).await;
    assert_eq!((status, &view["version"]), (201, &json!(1)), "{view}");
    let next = view["next"].as_array().unwrap();
    assert_eq!(next.len(), 5);
    for time in next {
        assert!(time.as_str().unwrap().ends_with("T21:30:00.000Z"), "{time}");
    }
    assert_eq!(view["freshness"]["state"], "new");
    let (status, view, same) = put(&app, PATH, &nightly, &[("if-match", &tag)]).await;
    assert_eq!(
        (status, &view["version"], same),
        (200, &json!(1), tag.clone())
    );
    let changed = site.scrape("stale_after_h: 30\n");
    let (status, view, newer) = put(&app, PATH, &changed, &[("if-match", &tag)]).await;
    assert_eq!((status, &view["version"]), (200, &json!(2)));
    assert_eq!(view["next"], json!([]));
    assert_eq!(
        put(&app, PATH, &nightly, &[("if-match", &tag)]).await.0,
        412
    );
    let (status, listed) = app.get("/v1/scrapes").await;
    assert_eq!(
        (status, &listed["scrapes"][0]["name"]),
        (200, &json!("obs"))
    );
    assert_eq!(app.delete("/v1/scrapes/other").await.0, 404);
    let delete = app.http.delete(app.url(PATH)).header("if-match", &newer);
    assert_eq!(delete.send().await.unwrap().status().as_u16(), 204);
    assert_eq!(app.get(PATH).await.0, 404);
    // A number never stands for two texts.
    assert_eq!(put(&app, PATH, &nightly, &[]).await.1["version"], 4);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_a_scrape_is_said_with_its_place() {
    let site = Site::start();
    let app = app(&site).await;
    let never = site.scrape("schedule: {cron: \"0 0 30 2 *\"}\n");
    let (status, answer, _) = put(&app, PATH, &never, &[]).await;
    let detail = answer["detail"].as_str().unwrap();
    assert_eq!(status, 422);
    assert!(
        detail.contains(
            "schedule.cron: in `0 0 30 2 *`: this day does not exist in any of these months"
        ),
        "{detail}"
    );
    for (text, expected) in [
        (
            site.scrape("stale_after: 3\n"),
            "unknown field `stale_after`",
        ),
        (site.scrape("output: nowhere\n"), "unknown output `nowhere`"),
        (
            site.scrape("").replace("scrape: obs", "scrape: other"),
            "scrape: expected obs, as the scrape is called in the path; found other",
        ),
        (
            site.scrape("").replace("[day, station]", "[nothing]"),
            "nothing",
        ),
        (
            "scrape: obs\nrequest: {url: \"http://example.com/\"}\nextract: {import: report}\n"
                .to_owned(),
            "the mapping report is not there",
        ),
    ] {
        let (status, answer, _) = put(&app, PATH, &text, &[]).await;
        let detail = answer["detail"].as_str().unwrap_or_default();
        assert_eq!(status, 422, "{answer}");
        assert!(detail.contains(expected), "{detail}");
    }
    for path in [
        "/v1/scrapes/obs",
        "/v1/scrapes/obs/runs",
        "/v1/scrapes/obs/runs/x",
    ] {
        assert_eq!(app.get(path).await.0, 404, "{path}");
    }
    assert_eq!(app.post("/v1/scrapes/obs/run", &json!({})).await.0, 404);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_writes_the_rows_of_a_day_and_keeps_its_pages() {
    let site = Site::start();
    let app = app(&site).await;
    put(&app, PATH, &site.scrape(""), &[]).await;
    let detail = run(&app, "2026-11-30").await;
    let done = &detail["run"];
    assert_eq!(done["state"], "succeeded", "{detail}");
    assert_eq!(
        (&done["rows"]["inserted"], &done["pages"]),
        (&json!(ALL), &json!(3))
    );
    assert_eq!(
        (&done["ended"], &done["problems"]),
        (&json!("no_rows"), &json!(1))
    );
    assert_eq!(detail["problems"][0]["cell"], "page 1, row 8");
    assert_eq!(detail["problems"][0]["code"], "not_a_number");
    let sql = "SELECT count(*) FROM obs WHERE day = '2026-11-30' AND station LIKE '地点%' AND \
        fetched_at LIKE '20%' AND _url LIKE '%day=2026-11-30&page=%' AND url LIKE 'http://%/s/%'";
    assert_eq!(app.count(sql), ALL as i64);
    assert_eq!(app.count("SELECT count(*) FROM obs WHERE temp IS NULL"), 1);
    let shown = "SELECT count(*) FROM v_scrape_run WHERE scrape = 'obs' AND rows_inserted = 40";
    assert_eq!(app.count(shown), 1);
    assert_eq!(detail["pages"].as_array().unwrap().len(), 3);
    let id = done["id"].as_str().unwrap();
    let page = app.url(&format!("{PATH}/runs/{id}/pages/1"));
    let page = app.http.get(page).send().await.unwrap();
    assert_eq!(page.headers()["x-content-type-options"], "nosniff");
    assert_eq!(page.headers()["content-type"], "application/octet-stream");
    let page = page.bytes().await.unwrap();
    assert!(page.starts_with(b"<html><body><h1>\x8a\xcf\x91\xaa</h1>"));
    assert_eq!(app.get(&format!("{PATH}/runs/{id}/pages/9")).await.0, 404);
    let (_, view) = app.get(PATH).await;
    assert_eq!(view["freshness"]["state"], "fresh");
    assert_eq!(view["last_run"]["id"], done["id"]);

    // What has not changed is asked by its tag, and makes no rows.
    let again = run(&app, "2026-11-30").await;
    assert_eq!(again["run"]["state"], "unchanged", "{again}");
    assert_eq!(again["run"]["unchanged_pages"], 3);
    assert_eq!(again["pages"], json!([]));
    let last = site.asked().pop().unwrap();
    assert!(last.headers.contains_key("if-none-match"), "{last:?}");

    // Another edition takes the place of the rows.
    site.next_edition();
    let newer = run(&app, "2026-11-30").await;
    assert_eq!(newer["run"]["rows"]["updated"], json!(ALL), "{newer}");
    assert_eq!(app.count("SELECT count(*) FROM obs"), ALL as i64);
    let (_, runs) = app.get(&format!("{PATH}/runs?limit=2")).await;
    assert_eq!(runs["runs"].as_array().unwrap().len(), 2);
    let after = runs["next"].as_str().unwrap();
    let (_, rest) = app.get(&format!("{PATH}/runs?after={after}")).await;
    assert_eq!(rest["runs"][0]["id"], done["id"]);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_misses_what_is_expected_writes_nothing_and_keeps_its_page() {
    let site = Site::start();
    let app = app(&site).await;
    put(&app, PATH, &site.scrape(""), &[]).await;
    site.set_empty(true);
    let detail = run(&app, "2026-11-30").await;
    assert_eq!(detail["run"]["state"], "failed");
    let why = "expected at least 10 rows, found 0; page 1 had no rows, so no further page was fetched; \
               correct the scrape and run the day again";
    assert_eq!(detail["run"]["reason"], why);
    assert_eq!(detail["run"]["ended"], "first_empty");
    assert_eq!(detail["pages"].as_array().unwrap().len(), 1);
    let tables = "SELECT count(*) FROM sqlite_master WHERE name = 'obs'";
    assert_eq!(app.count(tables), 0);
    let id = detail["run"]["job_id"].as_str().unwrap();
    let (_, job) = app.get(&format!("/v1/jobs/{id}")).await;
    assert_eq!(job["error"], why);
    let told =
        "SELECT count(*) FROM audience_notification WHERE kind = 'scrape.failed' AND name = 'obs'";
    app.wait_for_rows(told).await;
    // A replay that finds as little fails as a job, which is told of once.
    let (_, accepted) = app.post(&format!("{PATH}/replay"), &json!({})).await;
    let id = accepted["job_id"].as_str().unwrap();
    let job = crate::support::wait_for("the replay fails", async || {
        let (_, job) = app.get(&format!("/v1/jobs/{id}")).await;
        (job["state"] == "failed").then_some(job)
    })
    .await;
    assert_eq!(job["error"], detail["run"]["reason"], "{job}");
    assert_eq!(app.count(told), 1);
    // With lower expectations the kept page is enough.
    let lower = site.scrape("").replace("min_rows: 10", "min_rows: 0");
    put(&app, PATH, &lower, &[]).await;
    let (status, accepted) = app.post(&format!("{PATH}/replay"), &json!({})).await;
    assert_eq!(status, 202, "{accepted}");
    wait_for_replay(&app, &accepted).await;
    let (_, runs) = app.get(&format!("{PATH}/runs")).await;
    assert_eq!(runs["runs"][0]["state"], "succeeded", "{runs}");
    assert_eq!(runs["runs"][0]["replay_of"], detail["run"]["id"]);
    app.stop().await;
}

async fn wait_for_replay(app: &crate::support::TestApp, accepted: &serde_json::Value) {
    let id = accepted["job_id"].as_str().unwrap();
    crate::support::wait_for("the replay ends", async || {
        let (_, job) = app.get(&format!("/v1/jobs/{id}")).await;
        (job["state"] == "succeeded").then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn kept_pages_are_extracted_again_and_never_over_newer_rows() {
    let site = Site::start();
    let app = app(&site).await;
    let by_station = site
        .scrape("")
        .replace("key: [day, station]", "key: [station]");
    put(&app, PATH, &by_station, &[]).await;
    run(&app, "2026-11-28").await;
    site.next_edition();
    run(&app, "2026-11-29").await;
    let asked = site.asked().len();
    // Another column, and the temperatures of the first day must not come back.
    let more = by_station.replace("      url:", "      place: {css: \"td.s a\"}\n      url:");
    put(&app, PATH, &more, &[]).await;
    let replay = json!({ "from": "2026-11-28", "to": "2026-11-28" });
    let (status, accepted) = app.post(&format!("{PATH}/replay"), &replay).await;
    assert_eq!(status, 202, "{accepted}");
    wait_for_replay(&app, &accepted).await;
    assert_eq!(
        app.count("SELECT count(*) FROM obs WHERE place IS NOT NULL"),
        0
    );
    let (_, accepted) = app.post(&format!("{PATH}/replay"), &json!({})).await;
    wait_for_replay(&app, &accepted).await;
    assert_eq!(
        app.count("SELECT count(*) FROM obs WHERE place = station"),
        ALL as i64
    );
    let newer = "SELECT count(*) FROM obs WHERE day = '2026-11-29'";
    assert_eq!(app.count(newer), ALL as i64);
    assert_eq!(site.asked().len(), asked, "nothing is fetched");
    let (status, answer) = app
        .post(&format!("{PATH}/replay"), &json!({ "from": "2027-01-01" }))
        .await;
    assert_eq!(status, 422);
    assert_eq!(
        answer["detail"],
        "no pages of the scrape obs are kept from 2027-01-01 on"
    );
    let backwards = json!({ "from": "2026-11-29", "to": "2026-11-28" });
    assert_eq!(app.post(&format!("{PATH}/replay"), &backwards).await.0, 422);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scrape_is_tried_without_a_trace() {
    let site = Site::start();
    let app = app(&site).await;
    put(&app, PATH, &site.scrape(""), &[]).await;
    let day = json!({ "day": "2026-11-30" });
    let (status, tried) = app.post(&format!("{PATH}/test"), &day).await;
    assert_eq!(
        (status, &tried["outcome"]),
        (200, &json!("succeeded")),
        "{tried}"
    );
    let rows = tried["tables"][0]["rows"].as_array().unwrap();
    assert_eq!(rows.len(), ALL);
    assert_eq!(rows[0]["station"], "地点0");
    assert_eq!(rows[0]["temp"], 0.5);
    assert_eq!(rows[0]["_place"], "page 1, row 1");
    let other = site.scrape("").replace("td.s}", "td.nothing}");
    let (_, tried) = app
        .post(&format!("{PATH}/test"), &json!({ "scrape": other }))
        .await;
    assert_eq!(tried["outcome"], "failed", "{tried}");
    let internal = site.scrape("").replace(&site.host(), "127.0.0.1:9");
    let (_, tried) = app
        .post(&format!("{PATH}/test"), &json!({ "scrape": internal }))
        .await;
    let reason = tried["reason"].as_str().unwrap();
    assert!(
        reason.contains("the port 9 of 127.0.0.1 may not be asked"),
        "{reason}"
    );
    let (status, answer) = app
        .post(&format!("{PATH}/test"), &json!({ "day": "x" }))
        .await;
    assert_eq!(
        (status, &answer["detail"]),
        (422, &json!("day: expected a day such as 2026-11-30"))
    );
    assert_eq!(app.count("SELECT count(*) FROM audience_scrape_run"), 0);
    assert_eq!(app.count("SELECT count(*) FROM audience_job"), 0);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_key_runs_once_and_a_secret_that_is_missing_is_said() {
    let site = Site::start();
    let app = app(&site).await;
    let secret = site
        .scrape("")
        .replace("&page=", "&key={secret:NOT_SET}&page=");
    put(&app, PATH, &secret, &[]).await;
    let mut ids = Vec::new();
    for _ in 0..2 {
        let request = app.http.post(app.url(&format!("{PATH}/run")));
        let request = request
            .header("idempotency-key", "tonight")
            .json(&json!({}));
        let answer: serde_json::Value = request.send().await.unwrap().json().await.unwrap();
        ids.push(answer["id"].as_str().unwrap().to_owned());
    }
    assert_eq!(ids[0], ids[1]);
    let detail = ended(&app, &ids[0]).await;
    let reason = detail["run"]["reason"].as_str().unwrap();
    assert!(reason.contains("AUDIENCE_SECRET_NOT_SET"), "{reason}");
    assert!(site.asked().is_empty());
    app.stop().await;
}
