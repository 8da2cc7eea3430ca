//! Callers are told how what they have started or follow has ended.

use audience::engine::noop::flow::job;
use entity::JobId;
use serde_json::{Value, json};

use crate::support::{TestApp, corpus, usual_pattern, wait_for};

/// The notifications of the caller, newest first.
async fn bell(app: &TestApp, query: &str) -> Value {
    let (status, page) = app.get(&format!("/v1/notifications{query}")).await;
    assert_eq!(status, 200, "{page}");
    page
}

async fn rung(app: &TestApp, count: usize) -> Vec<Value> {
    wait_for("the bell has rung", async || {
        let page = bell(app, "").await;
        let all = page["notifications"].as_array().unwrap();
        (all.len() == count).then(|| all.clone())
    })
    .await
}

async fn submitted(app: &TestApp) -> String {
    let body = json!({ "labelling": { "predict_type": "content", "rules": usual_pattern() } });
    let (status, job) = app.post("/v1/jobs", &body).await;
    assert_eq!(status, 202, "{job}");
    job["id"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_submits_a_job_is_told_how_it_ends_and_marks_it_as_read() {
    let app = TestApp::with().start(&corpus(50)).await;
    let job = submitted(&app).await;
    let told = rung(&app, 1).await.remove(0);
    assert_eq!(
        (&told["about"], &told["kind"]),
        (&json!(job), &json!("job.succeeded"))
    );
    assert_eq!(
        (&told["started_by"], &told["read"]),
        (&json!("local"), &json!(false))
    );
    assert_eq!(
        (&told["flow"], &told["name"]),
        (&json!("labelling"), &json!("content"))
    );
    assert_eq!(bell(&app, "").await["unread"], 1);
    let path = format!("/v1/notifications/{}/read", told["id"].as_str().unwrap());
    let (status, read) = app.post(&path, &json!({})).await;
    assert_eq!((status, &read["read"]), (200, &json!(true)));
    let page = bell(&app, "?unread=true").await;
    assert_eq!(
        (&page["unread"], &page["notifications"]),
        (&json!(0), &json!([]))
    );
    let (status, _) = app.post("/v1/notifications/0123/read", &json!({})).await;
    assert_eq!(status, 404);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_lead_from_the_newest_to_the_oldest_and_later_ones_are_asked_for() {
    let app = TestApp::with().start(&corpus(50)).await;
    for _ in 0..3 {
        submitted(&app).await;
    }
    let all = rung(&app, 3).await;
    let numbers: Vec<i64> = all
        .iter()
        .map(|told| told["no"].as_i64().unwrap())
        .collect();
    assert!(numbers.is_sorted_by(|one, next| one > next), "{numbers:?}");
    let first = bell(&app, "?limit=2").await;
    assert_eq!(first["next"], numbers[1]);
    let rest = bell(&app, &format!("?limit=2&before={}", numbers[1])).await;
    assert_eq!(
        (&rest["notifications"], &rest["next"]),
        (&json!([all[2]]), &Value::Null)
    );
    let since = bell(&app, &format!("?after={}", numbers[2])).await;
    assert_eq!(since["notifications"], json!([all[1], all[0]]));
    let path = format!("/v1/notifications/read-all?up_to={}", numbers[1]);
    let (_, left) = app.post(&path, &json!({})).await;
    assert_eq!(left, json!({ "unread": 1 }));
    let (_, left) = app.post("/v1/notifications/read-all", &json!({})).await;
    assert_eq!(left, json!({ "unread": 0 }));
    app.stop().await;
}

/// A stream of notifications, and what of it has been read.
struct Stream(reqwest::Response, String);

impl Stream {
    /// The next event: its number, its kind and its data.
    async fn next(&mut self) -> (i64, String, Value) {
        loop {
            while let Some((event, rest)) = self.1.split_once("\n\n") {
                let field = |name: &str| {
                    let line = event.lines().find_map(|line| line.strip_prefix(name));
                    line.map(str::to_owned)
                };
                let (id, kind, data) = (field("id: "), field("event: "), field("data: "));
                self.1 = rest.to_owned();
                // There are lines that only keep the connection open.
                if let (Some(id), Some(kind), Some(data)) = (id, kind, data) {
                    return (
                        id.parse().unwrap(),
                        kind,
                        serde_json::from_str(&data).unwrap(),
                    );
                }
            }
            let chunk = self.0.chunk().await.unwrap().unwrap();
            self.1.push_str(std::str::from_utf8(&chunk).unwrap());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_tells_what_comes_and_what_was_missed() {
    let app = TestApp::with().start(&corpus(50)).await;
    let watch = async |last: Option<i64>| {
        let mut request = app.http.get(app.url("/v1/notifications/events"));
        if let Some(last) = last {
            request = request.header("Last-Event-ID", last);
        }
        Stream(request.send().await.unwrap(), String::new())
    };
    let mut stream = watch(None).await;
    let first = submitted(&app).await;
    let (no, kind, data) = stream.next().await;
    assert_eq!(
        (kind.as_str(), &data["about"]),
        ("job.succeeded", &json!(first))
    );
    drop(stream);
    let second = submitted(&app).await;
    rung(&app, 2).await;
    let mut stream = watch(Some(no)).await;
    let (later, _, data) = stream.next().await;
    assert_eq!(data["about"], json!(second));
    assert!(later > no);
    drop(stream);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_followers_are_told_of_jobs_that_nobody_has_submitted_by_name() {
    let app = TestApp::with().start(&corpus(50)).await;
    let new = |delay_s| {
        let mut job = job(JobId::new(), 2, 1).unwrap();
        job.steps[1].delay_s = delay_s;
        job
    };
    // There is time to follow the first one.
    let (followed, other) = (new(2), new(0));
    let (followed_id, other_id) = (followed.id.clone(), other.id.clone());
    app.app.runtime.submit(followed).await.unwrap();
    let path = format!("/v1/jobs/{followed_id}/follow");
    let (_, before) = app.get(&path).await;
    assert_eq!(
        (&before["following"], &before["started"]),
        (&json!(false), &json!(false))
    );
    let (status, following) = app.post(&path, &json!({})).await;
    assert_eq!((status, &following["following"]), (200, &json!(true)));
    app.app.runtime.submit(other).await.unwrap();
    app.wait_until_ended(&other_id).await;
    app.wait_until_ended(&followed_id).await;
    let told = rung(&app, 1).await;
    assert_eq!(told[0]["about"], json!(followed_id.to_string()));
    // Nothing was stored for the other one.
    let (rows, of_other) = (
        app.count("SELECT count(*) FROM audience_notification"),
        other_id,
    );
    let of_other = format!("SELECT count(*) FROM audience_notification WHERE about = '{of_other}'");
    assert_eq!((rows, app.count(&of_other)), (1, 0));
    app.stop().await;
}
