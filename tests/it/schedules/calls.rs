//! Schedules over HTTP.

use serde_json::{Value, json};

use super::labelling;
use crate::support::{TestApp, corpus, wait_for};

const PATH: &str = "/v1/schedules/nightly";

fn nightly() -> Value {
    json!({ "cron": "0 3 * * *", "timezone": "Asia/Taipei", "start": labelling(&json!({})) })
}

async fn put(app: &TestApp, body: &Value, if_match: Option<&str>) -> (u16, Value, String) {
    let mut request = app.http.put(app.url(PATH)).json(body);
    if let Some(tag) = if_match {
        request = request.header("If-Match", tag);
    }
    let answer = request.send().await.unwrap();
    let tag = answer
        .headers()
        .get("ETag")
        .map(|tag| tag.to_str().unwrap().to_owned());
    let status = answer.status().as_u16();
    (
        status,
        answer.json().await.unwrap_or_default(),
        tag.unwrap_or_default(),
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_schedule_is_put_looked_at_changed_and_removed() {
    let app = TestApp::with().start(&corpus(50)).await;
    let (status, view, tag) = put(&app, &nightly(), None).await;
    assert_eq!(
        (status, &view["of_settings"]),
        (201, &json!(false)),
        "{view}"
    );
    assert_eq!(view["next"].as_array().unwrap().len(), 5);
    assert!(view["since"].is_string(), "nothing is missed from here on");
    assert_eq!(view["definition"], nightly());
    let answer = app.http.get(app.url(PATH)).send().await.unwrap();
    assert_eq!(answer.headers()["ETag"].to_str().unwrap(), tag);
    let mut hourly = nightly();
    hourly["cron"] = json!("0 * * * *");
    let (status, _, other) = put(&app, &hourly, Some(&tag)).await;
    assert_eq!(status, 200);
    assert_ne!(tag, other);
    assert_eq!(put(&app, &nightly(), Some(&tag)).await.0, 412);
    let (_, list) = app.get("/v1/schedules").await;
    assert_eq!(list["schedules"][0]["definition"]["cron"], "0 * * * *");
    for (body, expected) in [
        (
            json!({ "cron": "0 25 * * *", "start": labelling(&json!({})) }),
            "the hour `25`",
        ),
        (
            json!({ "cron": "0 3 * * *", "start": { "nothing": {} } }),
            "there is no such flow",
        ),
        (
            json!({ "cron": "0 3 * * *", "start": { "pipelines": {} } }),
            "start.pipelines",
        ),
        (
            json!({ "cron": "0 3 * * *", "start": labelling(&json!({ "source": "nowhere" })) }),
            "start.labelling: source `nowhere` is not in the settings",
        ),
        (
            json!({ "cron": "0 3 * * *", "start": labelling(&json!({ "limit": "few" })) }),
            "start.labelling.limit: ",
        ),
        (json!({ "cron": "0 3 * * *", "start": {} }), "found 0 flows"),
    ] {
        let (status, problem, _) = put(&app, &body, None).await;
        assert_eq!(status, 422);
        assert!(
            problem["detail"].as_str().unwrap().contains(expected),
            "{problem}"
        );
    }
    let remove = |tag: &str| {
        app.http
            .delete(app.url(PATH))
            .header("If-Match", tag)
            .send()
    };
    assert_eq!(remove(&tag).await.unwrap().status(), 412);
    assert_eq!(remove(&other).await.unwrap().status(), 204);
    assert_eq!(app.get(PATH).await.0, 404);
    assert_eq!(app.post(&format!("{PATH}/fire"), &json!({})).await.0, 404);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_call_fires_once() {
    let app = TestApp::with().start(&corpus(50)).await;
    put(&app, &nightly(), None).await;
    let fire = async |key: &str| -> Value {
        let request = app.http.post(app.url(&format!("{PATH}/fire")));
        let answer = request
            .header("Idempotency-Key", key)
            .json(&json!({}))
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), 202);
        answer.json().await.unwrap()
    };
    let (one, again) = tokio::join!(fire("a"), fire("a"));
    assert_eq!(one["state"], "started");
    assert_eq!(one["job_id"], again["job_id"]);
    let job = one["job_id"].as_str().unwrap().parse().unwrap();
    app.wait_until_ended(&job).await;
    let other = fire("b").await;
    assert_ne!(one["job_id"], other["job_id"]);
    assert_eq!(app.count("SELECT count(*) FROM audience_job"), 2);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn while_a_job_runs_later_fires_do_what_overlap_says() {
    let app = TestApp::with().start(&corpus(50)).await;
    for (overlap, states, first) in [
        ("skip", ["started", "skipped"], "parked"),
        ("queue", ["started", "queued"], "parked"),
        ("allow", ["started", "started"], "parked"),
        ("cancel", ["started", "started"], "cancelled"),
    ] {
        let mut body = nightly();
        body["overlap"] = json!(overlap);
        // The job waits that long between its two steps.
        body["start"] = labelling(&json!({ "countdown_s": 3_000 }));
        let path = format!("/v1/schedules/{overlap}");
        let put = app
            .http
            .put(app.url(&path))
            .json(&body)
            .send()
            .await
            .unwrap();
        assert_eq!(put.status(), 201);
        let fire = async || app.post(&format!("{path}/fire"), &json!({})).await.1;
        let one = fire().await;
        let job = one["job_id"].as_str().unwrap().parse().unwrap();
        app.wait_until(&job, |job| job.state.as_str() == "parked")
            .await;
        fire().await;
        wait_for(overlap, async || {
            let view = app.get(&path).await.1;
            let state = |no: usize| view["fires"][no]["state"].as_str().unwrap().to_owned();
            ([state(1), state(0)] == states).then_some(())
        })
        .await;
        app.wait_until(&job, |job| job.state.as_str() == first)
            .await;
    }
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_has_stopped_changing_starts_a_job_with_what_its_name_says() {
    let app = TestApp::with().start(&corpus(50)).await;
    let directory = app.folder.path().join("in");
    std::fs::create_dir(&directory).unwrap();
    let body = json!({
        "file": format!("{}/(?<day>[0-9-]+)\\.csv", directory.display()),
        "poll": "50ms", "settle": "200ms", "overlap": "allow",
        "start": labelling(&json!({ "start_time": "{day} 00:00:00", "end_time": "2021-01-01" })),
    });
    assert_eq!(put(&app, &body, None).await.0, 201);
    std::fs::write(directory.join("2020-01-03.csv"), "x").unwrap();
    std::fs::write(directory.join("other.csv"), "x").unwrap();
    let one = wait_for("the file has fired", async || {
        let view = app.get(PATH).await.1;
        let fire = view["fires"].get(0)?.clone();
        (fire["state"] == "started").then_some(fire)
    })
    .await;
    let (_, job) = app
        .get(&format!("/v1/jobs/{}", one["job_id"].as_str().unwrap()))
        .await;
    assert_eq!(job["request"]["start_time"], "2020-01-03 00:00:00");
    std::fs::write(directory.join("2020-01-03.csv"), "more").unwrap();
    wait_for("it fires again", async || {
        let fires = app.get(PATH).await.1["fires"].take();
        (fires.as_array().unwrap().len() == 2).then_some(())
    })
    .await;
    app.stop().await;
}
