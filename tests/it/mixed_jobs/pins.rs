//! Which version of a rule set a job takes, and that it keeps it.

use std::sync::Arc;

use audience::fault::{FaultKind, FaultPoint, Faults};
use entity::{JobId, JobState};
use serde_json::{Value, json};

use super::label;
use crate::support::{
    Published, TestApp, USUAL_RULES, corpus, expected, task_is_as_expected, usual_pattern,
};

const RANGE: (&str, &str) = ("2020-01-01 00:00:00", "2020-02-01 00:00:00");

/// Stores a version of `interests` whose labels look at authors.
async fn store(app: &TestApp, labels: Value) {
    let document = json!({ "model_type": "mixed_model", "in": ["author"], "labels": labels });
    let sent = app
        .http
        .post(app.url("/v1/rule_sets/interests/versions"))
        .header("If-Match", "*")
        .json(&document);
    let answer = sent.send().await.unwrap();
    assert_eq!(answer.status(), 201, "{}", answer.text().await.unwrap());
}

async fn activate(app: &TestApp, version: i32) {
    let sent = app
        .http
        .put(app.url("/v1/rule_sets/interests/active"))
        .header("If-Match", "*")
        .json(&json!({ "version": version, "why": "a test" }));
    let answer = sent.send().await.unwrap();
    assert_eq!(answer.status(), 200, "{}", answer.text().await.unwrap());
}

fn other_labels() -> Value {
    json!({ "third": [["carol", "partially"]] })
}

fn panels(rows: &[Published]) -> Vec<&str> {
    let mut panels: Vec<&str> = rows.iter().map(|row| row.panel.as_str()).collect();
    panels.sort_unstable();
    panels.dedup();
    panels
}

async fn panels_of(app: &TestApp, rule_set: &str, version: &str) {
    let id = label(app, json!({ "rule_set": rule_set })).await;
    let expected: &[&str] = match version {
        "1" => &["/first", "/second"],
        _ => &["/third"],
    };
    assert_eq!(panels(&app.published(&id)), expected, "{rule_set}");
    assert_eq!(app.state(&id, "rule_set").as_deref(), Some("interests"));
    assert_eq!(
        app.state(&id, "rule_set_version").as_deref(),
        Some(version),
        "{rule_set}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_takes_the_active_version_unless_it_names_one() {
    let app = TestApp::with().start(&corpus(300)).await;
    store(&app, usual_pattern()).await;
    activate(&app, 1).await;
    store(&app, other_labels()).await;
    panels_of(&app, "interests", "1").await;
    panels_of(&app, "interests@newest", "2").await;
    panels_of(&app, "interests@2", "2").await;
    activate(&app, 2).await;
    panels_of(&app, "interests", "2").await;
    panels_of(&app, "interests@1", "1").await;
    // Back again is the same call.
    activate(&app, 1).await;
    panels_of(&app, "interests@active", "1").await;
    for unknown in [
        "interests@3",
        "interests@0",
        "interests@x",
        "nothing",
        "nothing@1",
    ] {
        let request = json!({ "labelling": { "rule_set": unknown } });
        let (status, problem) = app.post("/v1/jobs", &request).await;
        assert_eq!(status, 422, "{unknown}: {problem}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_starts_again_labels_by_the_version_of_its_submission() {
    let posts = corpus(3_000);
    // It fails for good in the middle, and stays so.
    let faults = Faults::default().with(FaultPoint::BeforeCheckpoint, FaultKind::Panic, 6, 50);
    let app = TestApp::with().faults(faults).start(&posts).await;
    store(&app, usual_pattern()).await;
    activate(&app, 1).await;
    let request = json!({ "labelling": { "rule_set": "interests" } });
    let (status, accepted) = app.post("/v1/jobs", &request).await;
    assert_eq!(status, 202, "{accepted}");
    let id: JobId = accepted["id"].as_str().unwrap().parse().unwrap();
    assert_eq!(app.wait_until_ended(&id).await, JobState::Failed);
    store(&app, other_labels()).await;
    activate(&app, 2).await;
    let folder = Arc::clone(&app.folder);
    app.stop().await;
    let again = TestApp::with().beside(&folder).start(&posts).await;
    again.app.runtime.resume_or_rerun(&id).await.unwrap();
    assert_eq!(again.wait_until_ended(&id).await, JobState::Succeeded);
    let output = format!("sqlite://{}", again.database().display());
    let expected = expected(&posts, USUAL_RULES, RANGE);
    task_is_as_expected(&output, id.as_str(), &expected);
    assert_eq!(again.state(&id, "rule_set_version").as_deref(), Some("1"));
}
