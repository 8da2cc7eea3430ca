//! What happens to all jobs, as it happens.

use reqwest::{RequestBuilder, Response};
use serde_json::Value;

use super::roles::with_tokens;
use crate::support::{PATIENCE, TestApp, corpus};

/// A stream that is read event by event.
struct Stream {
    answer: Response,
    text: String,
}

struct SentEvent {
    id: String,
    kind: String,
    data: Value,
}

impl Stream {
    async fn of(request: RequestBuilder) -> Self {
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), 200);
        Self {
            answer,
            text: String::new(),
        }
    }

    /// `None`: the stream has ended.
    async fn next(&mut self) -> Option<SentEvent> {
        loop {
            if let Some((event, rest)) = self.text.split_once("\n\n") {
                let field = |name: &str| {
                    let mut lines = event.lines();
                    let found = lines.find_map(|line| line.strip_prefix(&format!("{name}:")));
                    found.unwrap_or_default().trim().to_owned()
                };
                let (id, kind) = (field("id"), field("event"));
                let data = serde_json::from_str(&field("data")).unwrap_or_default();
                self.text = rest.to_owned();
                if !kind.is_empty() {
                    return Some(SentEvent { id, kind, data });
                }
                continue;
            }
            let part = tokio::time::timeout(PATIENCE, self.answer.chunk());
            let part = part.await.expect("the stream goes on").unwrap();
            self.text += &String::from_utf8_lossy(&part?);
        }
    }

    /// Reads until a job is told of in this state; the id of that event.
    async fn until(&mut self, job: &str, state: &str) -> String {
        loop {
            let event = self.next().await.expect("the stream goes on");
            let mut jobs = event.data["jobs"].as_array().into_iter().flatten();
            if jobs.any(|change| change["job_id"] == job && change["state"] == state) {
                assert_eq!(event.kind, "jobs");
                return event.id;
            }
        }
    }

    async fn rest(mut self) -> Vec<SentEvent> {
        let mut events = Vec::new();
        while let Some(event) = self.next().await {
            events.push(event);
        }
        events
    }
}

fn jobs(events: &[SentEvent]) -> Vec<String> {
    let jobs = events
        .iter()
        .flat_map(|event| event.data["jobs"].as_array().into_iter().flatten());
    jobs.map(|change| change["job_id"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn all_jobs_are_watched_over_one_stream() {
    let app = TestApp::with().start(&corpus(50)).await;
    let before = app.submit().await;
    app.wait_until_ended(&before).await;
    let mut stream = Stream::of(app.http.get(app.url("/v1/events"))).await;
    let ready = stream.next().await.unwrap();
    assert_eq!(ready.kind, "ready");
    let one = app.submit().await;
    let queue = |request: &mut audience::systems::labelling::LabellingRequest| {
        request.queue = Some("other".to_owned());
    };
    let other = app.submit_with(queue).await;
    stream.until(one.as_str(), "succeeded").await;
    app.wait_until_ended(&other).await;
    // What was missed is told to whoever connects again, and nothing of before.
    let missed = app.http.get(app.url("/v1/events?follow=false"));
    let missed = Stream::of(missed.header("Last-Event-ID", &ready.id)).await;
    let missed = missed.rest().await;
    let told = jobs(&missed);
    assert!(told.contains(&one.to_string()) && told.contains(&other.to_string()));
    assert!(!told.contains(&before.to_string()));
    assert_eq!(missed.last().unwrap().kind, "ready");
    for (filter, expected) in [
        ("queue=other", vec![other.to_string()]),
        ("queue=other&state=failed", vec![]),
        ("flow=dispatch", vec![]),
    ] {
        let path = format!("/v1/events?follow=false&after={}&{filter}", ready.id);
        let events = Stream::of(app.http.get(app.url(&path))).await.rest().await;
        assert_eq!(jobs(&events), expected, "{filter}");
    }
    let (status, _) = app.get("/v1/events?after=-1").await;
    assert_eq!(status, 422);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_of_another_process_is_told_of() {
    let folder = std::sync::Arc::new(tempfile::TempDir::new().unwrap());
    let posts = corpus(50);
    crate::support::write_posts(&folder.path().join("posts.db"), &posts);
    let one = TestApp::with().beside(&folder).start(&posts).await;
    let other = TestApp::with().beside(&folder).start(&posts).await;
    let mut stream = Stream::of(one.http.get(one.url("/v1/events"))).await;
    assert_eq!(stream.next().await.unwrap().kind, "ready");
    let id = other.submit().await;
    stream.until(id.as_str(), "succeeded").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn callers_hear_of_what_they_see_only() {
    let app = TestApp::with()
        .settings(with_tokens)
        .start(&corpus(20))
        .await;
    let id = app.submit().await;
    app.wait_until_ended(&id).await;
    let told = async |name: &str| {
        let request = app.http.get(app.url("/v1/events?follow=false&after=0"));
        let request = request.bearer_auth(format!("token-of-{name}"));
        jobs(&Stream::of(request).await.rest().await)
    };
    assert_eq!(told("viewer").await, [id.to_string()]);
    // Its queue is another one.
    assert!(told("queue").await.is_empty());
    let nobody = app.http.get(app.url("/v1/events")).send().await.unwrap();
    assert_eq!(nobody.status(), 401);
}
