//! Jobs that the gate of their rules holds before they publish.

mod commands;
mod decided;
mod judged;
mod killed;
mod reviews;

use entity::{JobId, JobState};
use serde_json::{Value, json};

use crate::support::{Post, TestApp, post};

/// Authors and what they write; two of three have a label.
fn posts() -> Vec<Post> {
    ["amy", "bob", "carl"]
        .iter()
        .enumerate()
        .map(|(no, author)| post(&no.to_string(), "WH_A", author, "2020-01-05 00:00:00"))
        .collect()
}

/// A mixed model with a gate.
fn rules(gate: &Value) -> Value {
    json!({
        "name": "people", "in": ["author"], "gate": gate,
        "labels": { "first": ["amy"], "second": ["bob"] },
    })
}

async fn submit(app: &TestApp, rules: &Value) -> JobId {
    let body = json!({ "labelling": { "model_type": "mixed_model", "rules": rules } });
    let (status, accepted) = app.post("/v1/jobs", &body).await;
    assert_eq!(status, 202, "{accepted}");
    accepted["id"].as_str().unwrap().parse().unwrap()
}

/// Submits a job and waits until its gate holds it.
async fn held(app: &TestApp, gate: &Value) -> JobId {
    let id = submit(app, &rules(gate)).await;
    let job = app
        .wait_until(&id, |job| {
            job.state == JobState::Parked || job.state.has_ended()
        })
        .await;
    assert_eq!(job.state, JobState::Parked, "{job:?}");
    id
}

async fn decide(app: &TestApp, id: &JobId, verb: &str, why: &str) -> (u16, Value) {
    app.post(&format!("/v1/jobs/{id}/{verb}"), &json!({ "why": why }))
        .await
}

async fn gate_of(app: &TestApp, id: &JobId) -> Value {
    let (status, mut health) = app.get(&format!("/v1/jobs/{id}/health")).await;
    assert_eq!(status, 200, "{health}");
    health["gate"].take()
}
