//! What gates find of jobs.

use entity::JobState;
use serde_json::{Value, json};

use super::{decide, gate_of, held, posts, rules, submit};
use crate::support::TestApp;

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_judged_passes_and_is_said() {
    let app = TestApp::with().start(&posts()).await;
    let gate = json!({
        "coverage_min": 0.1, "drift_max": 0.0, "left_max": 0.0, "gold_min": 1,
        "precision_min": { "first": 0.9 },
    });
    let id = submit(&app, &rules(&gate)).await;
    assert_eq!(app.wait_until_ended(&id).await, JobState::Succeeded);
    assert_eq!(app.published(&id).len(), 2);
    assert_eq!(
        gate_of(&app, &id).await,
        json!({ "breaches": [], "not_judged": [
            "drift_max: there is no earlier job",
            "left_max: there is no earlier job",
            "gold_min: the rule set has no gold",
            "precision_min.first: no review",
        ] })
    );
    assert_eq!(decide(&app, &id, "approve", "unasked").await.0, 409);
    let held = "SELECT count(*) FROM audience_event WHERE kind = 'gate.held'";
    assert_eq!(app.count(held), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn members_that_leave_and_enter_are_those_that_would_be_published() {
    let app = TestApp::with().start(&posts()).await;
    let first = submit(&app, &rules(&json!({}))).await;
    assert_eq!(app.wait_until_ended(&first).await, JobState::Succeeded);
    // bob leaves, carl and dora enter.
    let connection = rusqlite::Connection::open(app.folder.path().join("posts.db")).unwrap();
    connection
        .execute(
            "INSERT INTO ts_page_content (id, s_id, author, post_time) VALUES (?1, ?2, ?3, ?4)",
            ["9", "WH_A", "dora", "2020-01-06 00:00:00"],
        )
        .unwrap();
    let mut changed = rules(&json!({ "entered_max": 0.9, "left_max": 0.4 }));
    changed["labels"] = json!({ "first": ["amy"], "second": ["carl", "dora"] });
    let second = submit(&app, &changed).await;
    app.wait_until(&second, |job| job.state == JobState::Parked)
        .await;
    assert_eq!(
        gate_of(&app, &second).await["breaches"],
        json!([
            { "key": "entered_max", "label": null, "figure": 1, "threshold": 0.9 },
            { "key": "left_max", "label": null, "figure": 0.5, "threshold": 0.4 },
        ])
    );
    // The result of the first one is there as long as the second one is held.
    assert_eq!(app.published(&first).len(), 2);
    assert_eq!(decide(&app, &second, "approve", "as wanted").await.0, 200);
    assert_eq!(app.wait_until_ended(&second).await, JobState::Succeeded);
    let (_, health) = app.get(&format!("/v1/jobs/{second}/health")).await;
    assert_eq!(
        (&health["entered"], &health["left"]),
        (&json!(2), &json!(1))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_countdown_is_over_before_the_gate_is_asked() {
    let app = TestApp::with().start(&posts()).await;
    let body = json!({ "labelling": {
        "model_type": "mixed_model", "rules": rules(&json!({ "coverage_max": 0 })), "countdown_s": 36_000,
    } });
    let (_, accepted) = app.post("/v1/jobs", &body).await;
    let id = accepted["id"].as_str().unwrap().parse().unwrap();
    app.wait_until(&id, |job| job.state == JobState::Parked)
        .await;
    assert_eq!(gate_of(&app, &id).await, Value::Null);
    assert_eq!(decide(&app, &id, "approve", "early").await.0, 409);
}

#[tokio::test(flavor = "multi_thread")]
async fn those_who_started_a_job_learn_that_it_is_held() {
    let app = TestApp::with().start(&posts()).await;
    let id = held(&app, &json!({ "coverage_max": 0 })).await;
    app.wait_for_rows(&format!(
        "SELECT count(*) FROM audience_notification WHERE kind = 'rules.gate_held' AND about = '{id}'"
    ))
    .await;
    assert_eq!(
        app.count("SELECT count(*) FROM audience_event WHERE kind = 'gate.held'"),
        1
    );
}
