//! The API for new callers.

use std::collections::BTreeSet;

use entity::{JobId, JobState};
use serde_json::{Value, json};

use super::v1_body;
use crate::support::{TestApp, TestSettings, USUAL_RULES, corpus, expected};

fn id_of(answer: &Value) -> JobId {
    answer["id"].as_str().unwrap().parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_is_submitted_looked_at_and_downloaded() {
    let posts = corpus(1_500);
    let app = TestApp::with().start(&posts).await;
    let sent = app
        .http
        .post(app.url("/v1/jobs"))
        .json(&v1_body())
        .send()
        .await
        .unwrap();
    assert_eq!(sent.status(), 202);
    let location = sent.headers()["location"].to_str().unwrap().to_owned();
    let id = id_of(&sent.json().await.unwrap());
    assert_eq!(location, format!("/v1/jobs/{id}"));
    assert_eq!(app.wait_until_ended(&id).await, JobState::Succeeded);

    let (status, job) = app.get(&location).await;
    assert_eq!(status, 200);
    assert_eq!(
        (&job["state"], &job["flow"]),
        (&json!("succeeded"), &json!("labelling"))
    );
    assert_eq!(
        job["steps"][0]["batches_done"],
        job["steps"][0]["batches_total"]
    );
    assert_eq!(job["steps"][0]["rows"], 1_500);
    assert_eq!(job["error"], Value::Null);
    let outcomes = job["attempts"].as_array().unwrap().iter();
    assert!(
        outcomes
            .clone()
            .all(|attempt| attempt["outcome"] == "completed")
    );

    let expected = expected(
        &posts,
        USUAL_RULES,
        ("2020-01-01 00:00:00", "2020-02-01 00:00:00"),
    );
    let ids: BTreeSet<&str> = expected
        .published
        .iter()
        .map(|row| row.id.as_str())
        .collect();
    let jsonl = text(&app, &format!("{location}/result?format=jsonl")).await;
    let rows: Vec<Value> = jsonl
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(
        rows.iter()
            .map(|row| row["id"].as_str().unwrap())
            .collect::<BTreeSet<_>>(),
        ids
    );
    assert_eq!(rows.len(), expected.published.len());
    let csv = text(&app, &format!("{location}/result?format=csv")).await;
    assert!(
        csv.starts_with("\u{FEFF}id,task_id,source_author,panel,"),
        "{csv}"
    );
    assert_eq!(csv.lines().count(), expected.published.len() + 1);
}

async fn text(app: &TestApp, path: &str) -> String {
    app.http
        .get(app.url(path))
        .send()
        .await
        .unwrap()
        .text()
        .await
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_key_and_body_are_the_same_job() {
    let app = TestApp::with().start(&corpus(10)).await;
    let send = async |body: &Value| {
        let request = app
            .http
            .post(app.url("/v1/jobs"))
            .header("Idempotency-Key", "once");
        let answer = request.json(body).send().await.unwrap();
        (
            answer.status().as_u16(),
            answer.json::<Value>().await.unwrap(),
        )
    };
    let (_, first) = send(&v1_body()).await;
    let (_, second) = send(&v1_body()).await;
    assert_eq!(id_of(&first), id_of(&second));
    let mut other = v1_body();
    other["labelling"]["countdown_s"] = json!(1);
    let (status, problem) = send(&other).await;
    assert_eq!((status, &problem["status"]), (422, &json!(422)));
    assert_eq!(app.count("SELECT count(*) FROM audience_job"), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn jobs_are_listed_page_by_page() {
    let app = TestApp::with().start(&corpus(10)).await;
    let mut sent = Vec::new();
    for _ in 0..5 {
        sent.push(app.submit().await.to_string());
    }
    let mut listed = Vec::new();
    let mut path = "/v1/jobs?limit=2".to_owned();
    loop {
        let (status, page) = app.get(&path).await;
        assert_eq!(status, 200);
        let jobs = page["jobs"].as_array().unwrap();
        listed.extend(
            jobs.iter()
                .map(|job| job["id"].as_str().unwrap().to_owned()),
        );
        match page["next"].as_str() {
            Some(next) => path = format!("/v1/jobs?limit=2&after={next}"),
            None => break,
        }
    }
    sent.reverse();
    assert_eq!(listed, sent);
    let (_, none) = app.get("/v1/jobs?state=failed").await;
    assert_eq!(none["jobs"], json!([]));
    let (status, _) = app.get("/v1/jobs?state=done").await;
    assert!((400..500).contains(&status));
}

#[tokio::test(flavor = "multi_thread")]
async fn events_go_on_after_the_last_one_that_was_seen() {
    let app = TestApp::with().start(&corpus(300)).await;
    let id = app.submit().await;
    // Followed from the beginning; the stream ends with the job.
    let all = text(&app, &format!("/v1/jobs/{id}/events")).await;
    let kinds: Vec<&str> = all
        .lines()
        .filter_map(|line| line.strip_prefix("event:"))
        .map(str::trim)
        .collect();
    assert_eq!(kinds.first(), Some(&"job.queued"));
    assert_eq!(kinds.last(), Some(&"job.succeeded"));
    assert!(kinds.contains(&"step.planned") && kinds.contains(&"batch.completed"));
    let ids: Vec<&str> = all
        .lines()
        .filter_map(|line| line.strip_prefix("id:"))
        .map(str::trim)
        .collect();
    let rest = app.http.get(app.url(&format!("/v1/jobs/{id}/events")));
    let rest = rest
        .header("Last-Event-ID", ids[2])
        .send()
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    let rest: Vec<&str> = rest
        .lines()
        .filter_map(|line| line.strip_prefix("id:"))
        .map(str::trim)
        .collect();
    assert_eq!(rest, ids[3..]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_is_cancelled_resumed_and_rerun() {
    let app = TestApp::with().start(&corpus(300)).await;
    let mut body = v1_body();
    body["labelling"]["countdown_s"] = json!(3_600);
    let (_, job) = app.post("/v1/jobs", &body).await;
    let id = id_of(&job);
    app.wait_for_rows("SELECT count(*) FROM state WHERE stat = 'SUCCESS'")
        .await;
    let call = async |what: &str| app.post(&format!("/v1/jobs/{id}/{what}"), &json!({})).await;
    assert_eq!(call("resume").await.0, 409, "it runs");
    assert_eq!(call("rerun").await.0, 409, "it runs");
    assert_eq!(call("retry").await.0, 409, "it runs");
    assert_eq!(call("cancel").await.0, 202);
    app.wait_until_ended(&id).await;
    assert_eq!(call("cancel").await.0, 202, "it is cancelled already");
    assert_eq!(call("resume").await.0, 202);
    app.wait_until(&id, |job| job.state == JobState::Parked)
        .await;
    assert_eq!(call("cancel").await.0, 202);
    app.wait_until_ended(&id).await;
    assert_eq!(call("rerun").await.0, 202);
    assert_eq!(app.job(&id).await.generation, 1);
    app.wait_until(&id, |job| job.state == JobState::Parked)
        .await;
    assert_eq!(call("cancel").await.0, 202);
    app.wait_until_ended(&id).await;
    assert_eq!(call("retry").await.0, 202, "the former name");
    assert_eq!(app.job(&id).await.generation, 2);
    for what in ["cancel", "resume", "rerun", "retry"] {
        let path = format!("/v1/jobs/0123456789abcdef0123456789abcdef/{what}");
        let (status, problem) = app.post(&path, &json!({})).await;
        assert_eq!((status, &problem["status"]), (404, &json!(404)), "{what}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn problems_have_their_true_status() {
    let app = TestApp::with().start(&corpus(10)).await;
    for (body, status) in [
        (json!({}), 422),
        (json!({"labelling": {"tabel": "x"}}), 422),
        (json!({"labelling": {"predict_type": "mood"}}), 422),
        (json!({"labelling": {"start_time": "2020-03-01"}}), 422),
        (
            json!({"labelling": {"rules": {"a": [["x", "sideways"]]}}}),
            422,
        ),
    ] {
        let (got, problem) = app.post("/v1/jobs", &body).await;
        assert_eq!(
            (got, &problem["status"]),
            (status, &json!(status)),
            "{body}: {problem}"
        );
        assert!(
            problem["title"].is_string() && problem["detail"].is_string(),
            "{problem}"
        );
    }
    let (status, _) = app.get("/v1/jobs/xyz").await;
    assert_eq!(status, 404);
    let huge = " ".repeat(5 << 20);
    let sent = app
        .http
        .post(app.url("/v1/jobs"))
        .header("content-type", "application/json");
    assert_eq!(sent.body(huge).send().await.unwrap().status(), 413);
    let sent = app.http.delete(app.url("/v1/jobs")).send().await.unwrap();
    assert_eq!(sent.status(), 405);
    assert!(sent.headers().contains_key("allow"));
}

#[tokio::test(flavor = "multi_thread")]
async fn problems_name_what_the_body_has() {
    let app = TestApp::with().start(&corpus(10)).await;
    for (labelling, detail) in [
        (
            json!({"source": "elsewhere"}),
            "source `elsewhere` is not in the settings; known are: posts",
        ),
        (
            json!({"table": "elsewhere"}),
            "table `elsewhere` of source `posts` is not in the settings; known are: ",
        ),
        (
            json!({"output": "elsewhere"}),
            "output `elsewhere` is not in the settings; known are: result",
        ),
        (
            json!({"rules": {"a": [["x", "sideways"]]}}),
            "rules.a[0]: unknown match type `sideways`",
        ),
        (json!({"rules": {}}), "rules: no rules of a keyword_model"),
    ] {
        let mut body = v1_body();
        for (name, value) in labelling.as_object().unwrap() {
            body["labelling"][name] = value.clone();
        }
        let (status, problem) = app.post("/v1/jobs", &body).await;
        assert_eq!(status, 422, "{problem}");
        let found = problem["detail"].as_str().unwrap();
        assert!(found.starts_with(detail), "{found}");
    }
    let twice = json!({"a": [["x", "end"], ["X", "end"]]});
    let body = json!({"labelling": {"rules": twice}});
    let (_, job) = app.post("/v1/jobs", &body).await;
    let warning = "rules.a[1]: rule \"X\" is the same as at rules.a[0], it counts once";
    assert_eq!(job["request"]["warnings"][0], warning, "{job}");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_in_another_encoding_is_refused_as_such() {
    let app = TestApp::with().start(&corpus(10)).await;
    for path in ["/v1/jobs", "/api/tasks/", "/api/status_task"] {
        let call = app.http.post(app.url(path));
        let call = call.header("content-type", "application/json");
        let call = call.header("content-encoding", "gzip");
        let answer = call.body(&b"\x1f\x8b\x08"[..]).send().await.unwrap();
        assert_eq!(answer.status(), 415, "{path}");
        let answer = answer.text().await.unwrap();
        let detail = "body: expected no Content-Encoding, found gzip";
        assert!(answer.contains(detail), "{path}: {answer}");
    }
    let call = app.http.post(app.url("/v1/jobs")).json(&v1_body());
    let answer = call.header("content-encoding", "Identity").send().await;
    assert_eq!(answer.unwrap().status(), 202);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_queue_refuses_with_a_time_to_come_back() {
    let full = |settings: &mut TestSettings| {
        settings.runtime.queue_jobs_max = [("queue1".to_owned(), 1)].into();
        settings.runtime.jobs_queued_max = 2;
    };
    let app = TestApp::with().settings(full).start(&corpus(10)).await;
    let mut body = v1_body();
    body["labelling"]["countdown_s"] = json!(3_600);
    let (_, first) = app.post("/v1/jobs", &body).await;
    app.wait_until(&id_of(&first), |job| job.state == JobState::Parked)
        .await;
    for _ in 0..2 {
        assert_eq!(app.post("/v1/jobs", &body).await.0, 202);
    }
    let refused = app
        .http
        .post(app.url("/v1/jobs"))
        .json(&body)
        .send()
        .await
        .unwrap();
    assert_eq!(refused.status(), 429);
    assert!(refused.headers().contains_key("retry-after"));
    assert_eq!(app.count("SELECT count(*) FROM audience_job"), 3);
}
