//! One action on many jobs: what it would do, and what it does, for whom.

use entity::{JobId, JobState};
use reqwest::header::AUTHORIZATION;
use serde_json::{Value, json};

use super::page_browser::Browser;
use super::roles::with_tokens;
use crate::support::{TestApp, corpus};

/// A job that waits for an hour.
async fn waiting(app: &TestApp, queue: &str) -> JobId {
    let queue = queue.to_owned();
    let id = app.submit_with(|request| {
        request.queue = Some(queue);
        request.countdown_s = 3_600;
    });
    let id = id.await;
    app.wait_until(&id, |job| job.state == JobState::Parked)
        .await;
    id
}

fn id_of(job: &Value) -> JobId {
    job["id"].as_str().unwrap().parse().unwrap()
}

async fn call(app: &TestApp, name: &str, path: &str, body: &Value) -> (u16, Value) {
    let call = app.http.post(app.url(path)).json(body);
    let call = call.header(AUTHORIZATION, format!("Bearer token-of-{name}"));
    let answer = call.send().await.unwrap();
    let status = answer.status().as_u16();
    (status, answer.json().await.unwrap_or_default())
}

#[tokio::test(flavor = "multi_thread")]
async fn jobs_of_a_filter_are_cancelled_by_a_job_of_its_own() {
    let app = TestApp::with()
        .settings(|settings| settings.runtime.jobs_at_once = 1)
        .start(&corpus(10))
        .await;
    let mut ours = Vec::new();
    for _ in 0..3 {
        ours.push(waiting(&app, "ours").await);
    }
    let theirs = waiting(&app, "theirs").await;
    let done = app.submit_with(|request| request.queue = Some("ours".to_owned()));
    let done = done.await;
    app.wait_until_ended(&done).await;
    let body = json!({ "action": "cancel", "filter": { "queue": "ours" } });
    let (status, check) = app.post("/v1/jobs/bulk/check", &body).await;
    assert_eq!(status, 200, "{check}");
    let expected = json!({ "action": "cancel", "matched": 3, "would_do": 3, "refused": [] });
    assert_eq!(check, expected);
    let ended = json!({
        "action": "cancel",
        "filter": { "queue": "ours", "state": "succeeded" },
    });
    let (_, check) = app.post("/v1/jobs/bulk/check", &ended).await;
    let refused = json!([{
        "reason": "the job is in state succeeded; this needs an unfinished job",
        "jobs": 1, "example": done,
    }]);
    let expected = json!({
        "action": "cancel", "matched": 1, "would_do": 0, "refused": refused,
    });
    assert_eq!(check, expected);
    assert_eq!(app.count("SELECT count(*) FROM audience_job"), 5);

    let (status, bulk) = app.post("/v1/jobs/bulk", &body).await;
    assert_eq!(status, 202, "{bulk}");
    let id = id_of(&bulk);
    assert_eq!(app.wait_until_ended(&id).await, JobState::Succeeded);
    for job in &ours {
        assert_eq!(app.wait_until_ended(job).await, JobState::Cancelled);
    }
    assert_eq!(app.job(&theirs).await.state, JobState::Parked);
    let (_, bulk) = app.get(&format!("/v1/jobs/{id}")).await;
    assert_eq!(bulk["figures"], json!({ "done": 3, "refused": [] }));
    assert_eq!(bulk["steps"][0]["rows"], 3);
    assert_eq!(bulk["can"]["rerun"]["allowed"], false);
    let recorded = "SELECT count(*) FROM audience_audit WHERE who = 'local' AND operation = ";
    assert_eq!(app.count(&format!("{recorded}'cancel_job'")), 3);
    assert_eq!(app.count(&format!("{recorded}'start_bulk_action'")), 1);
    let (status, _) = app.post(&format!("/v1/jobs/{id}/rerun"), &json!({})).await;
    assert_eq!(status, 409);
    // Without filters these are all jobs.
    let (status, bulk) = app
        .post(
            "/v1/jobs/bulk",
            &json!({ "action": "cancel", "filter": {} }),
        )
        .await;
    assert_eq!(status, 202);
    app.wait_until_ended(&id_of(&bulk)).await;
    assert_eq!(app.wait_until_ended(&theirs).await, JobState::Cancelled);
}

#[tokio::test(flavor = "multi_thread")]
async fn chosen_jobs_are_run_again_and_others_are_counted_with_a_reason() {
    let app = TestApp::with().start(&corpus(10)).await;
    let ended = [app.submit().await, app.submit().await];
    for id in &ended {
        app.wait_until_ended(id).await;
    }
    let runs = waiting(&app, "queue1").await;
    let unknown = "0".repeat(32);
    let jobs = json!([ended[0], ended[1], ended[0], runs, unknown]);
    let body = json!({ "action": "rerun", "jobs": jobs });
    let (_, check) = app.post("/v1/jobs/bulk/check", &body).await;
    assert_eq!(
        (&check["matched"], &check["would_do"]),
        (&json!(4), &json!(2))
    );
    let (status, bulk) = app.post("/v1/jobs/bulk", &body).await;
    assert_eq!(status, 202, "{bulk}");
    let id = id_of(&bulk);
    assert_eq!(app.wait_until_ended(&id).await, JobState::Succeeded);
    for id in &ended {
        assert_eq!(app.job(id).await.generation, 1);
        app.wait_until_ended(id).await;
    }
    assert_eq!(app.job(&runs).await.generation, 0);
    let (_, bulk) = app.get(&format!("/v1/jobs/{id}")).await;
    let refused = bulk["figures"]["refused"].as_array().unwrap();
    let reasons = refused
        .iter()
        .map(|refusal| refusal["reason"].as_str().unwrap());
    let reasons: Vec<&str> = reasons.collect();
    assert_eq!(
        reasons,
        [
            "the job is in state parked; this needs an ended job",
            "there is no such job"
        ]
    );
    for (body, field) in [
        (json!({ "action": "rerun", "jobs": [] }), "jobs: "),
        (json!({ "action": "stop", "filter": {} }), "action: "),
        (
            json!({ "action": "rerun", "filter": { "state": "done" } }),
            "filter.state: ",
        ),
    ] {
        let (status, refused) = app.post("/v1/jobs/bulk", &body).await;
        assert_eq!(status, 422);
        let detail = refused["detail"].as_str().unwrap();
        assert!(detail.starts_with(field), "{detail}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_done_with_what_the_caller_does_not_see() {
    let app = TestApp::with()
        .settings(with_tokens)
        .start(&corpus(10))
        .await;
    let theirs = waiting(&app, "theirs").await;
    let ours = waiting(&app, "ours").await;
    let by_filter = json!({ "action": "cancel", "filter": {} });
    for path in ["/v1/jobs/bulk", "/v1/jobs/bulk/check"] {
        assert_eq!(call(&app, "viewer", path, &by_filter).await.0, 403);
    }
    let by_ids = json!({ "action": "cancel", "jobs": [ours] });
    let (_, check) = call(&app, "queue", "/v1/jobs/bulk/check", &by_ids).await;
    assert_eq!(check["refused"][0]["reason"], "there is no such job");
    for body in [&by_filter, &by_ids] {
        let (status, bulk) = call(&app, "queue", "/v1/jobs/bulk", body).await;
        assert_eq!((status, &bulk["queue"]), (202, &json!("theirs")), "{bulk}");
        let id = id_of(&bulk);
        assert_eq!(app.wait_until_ended(&id).await, JobState::Succeeded);
    }
    assert_eq!(app.wait_until_ended(&theirs).await, JobState::Cancelled);
    let left = app.job(&ours).await;
    assert!(!left.cancel_requested, "{left:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_list_of_jobs_asks_before_it_acts_on_many() {
    let app = TestApp::with().start(&corpus(10)).await;
    let jobs = [waiting(&app, "ours").await, waiting(&app, "theirs").await];
    let browser = Browser::of(&app);
    let list = browser.get("/jobs?queue=ours").await;
    let pick = format!("name=\"job\" value=\"{}\" form=\"chosen\"", jobs[0]);
    assert!(list.html.contains(&pick), "{}", list.html);
    let form = format!("queue=ours&job={}&job={}&action=cancel", jobs[0], jobs[1]);
    let asked = browser.post("/jobs/bulk", &form).await;
    assert_eq!(asked.status, 200, "{}", asked.html);
    assert!(asked.html.contains("Cancel 2 jobs?"), "{}", asked.html);
    assert!(!app.job(&jobs[1]).await.cancel_requested, "it only asks");
    let asked = browser
        .post("/jobs/bulk", "queue=ours&all=1&action=rerun")
        .await;
    assert!(
        asked.html.contains("There is nothing to do."),
        "{}",
        asked.html
    );
    assert!(!asked.html.contains("Do it"));
    let form = "queue=ours&all=1&action=cancel";
    let asked = browser.post("/jobs/bulk", form).await;
    assert!(asked.html.contains("Cancel 1 job?"), "{}", asked.html);
    let started = browser.post("/jobs/bulk/start", form).await;
    assert_eq!(started.status, 303, "{}", started.html);
    assert_eq!(app.wait_until_ended(&jobs[0]).await, JobState::Cancelled);
    let id = started
        .location
        .trim_start_matches("/jobs/")
        .parse()
        .unwrap();
    app.wait_until_ended(&id).await;
    let shown = browser.get(&started.location).await;
    assert!(shown.html.contains("Done with 1 job"), "{}", shown.html);
    assert_eq!(app.job(&jobs[1]).await.state, JobState::Parked);
    let none = browser.post("/jobs/bulk", "action=cancel").await;
    assert_eq!(none.status, 422);
}
