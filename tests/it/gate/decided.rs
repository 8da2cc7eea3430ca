//! Held jobs, and what people decide on them.

use entity::{JobId, JobState};
use futures_util::future::join_all;
use serde_json::{Value, json};

use super::{decide, gate_of, held, posts, rules, submit};
use crate::support::TestApp;

/// Acts on a job without saying anything.
async fn again(app: &TestApp, id: &JobId, verb: &str) -> (u16, Value) {
    app.post(&format!("/v1/jobs/{id}/{verb}"), &json!({})).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_held_job_says_why_and_publishes_once_it_is_approved() {
    let app = TestApp::with().start(&posts()).await;
    let id = held(&app, &json!({ "coverage_max": 0.5 })).await;
    let (_, job) = app.get(&format!("/v1/jobs/{id}")).await;
    assert_eq!(job["state"], "parked", "{job}");
    let waiting = job["waiting"].as_str().unwrap();
    assert!(
        waiting.starts_with(
            "held by the gate of its rules: coverage_max: the figure is 0.666667, expected at most 0.5; \
             waits until "
        ),
        "{waiting}"
    );
    assert_eq!(app.state(&id, "stat").as_deref(), Some("SUCCESS"));
    assert_eq!(app.state(&id, "prod_stat"), None);
    let (_, status) = app.get(&format!("/api/tasks/{id}")).await;
    assert_eq!(status["status"], "SUCCESS", "{status}");
    assert_eq!(status["prod_status"], Value::Null, "{status}");
    assert_eq!(app.published(&id), []);
    let found = json!([{
        "key": "coverage_max", "label": null, "figure": 0.666_667, "threshold": 0.5,
    }]);
    assert_eq!(
        gate_of(&app, &id).await,
        json!({ "breaches": found, "not_judged": [] })
    );

    let (status, gate) = decide(&app, &id, "approve", " it is meant so ").await;
    assert_eq!(status, 200, "{gate}");
    assert_eq!(gate["breaches"], found);
    assert_eq!(gate["decided"]["what"], "approved");
    assert_eq!(gate["decided"]["why"], "it is meant so");
    assert_eq!(app.wait_until_ended(&id).await, JobState::Succeeded);
    assert_eq!(app.published(&id).len(), 2);
    assert_eq!(app.state(&id, "prod_stat").as_deref(), Some("finish"));
    assert_eq!(gate_of(&app, &id).await, gate);
    for verb in ["approve", "reject"] {
        let (status, problem) = decide(&app, &id, verb, "again").await;
        assert_eq!(status, 409, "{problem}");
        let detail = format!("job {id} is not held by a gate; it is approved already");
        assert_eq!(problem["detail"], detail);
    }
    let (_, audit) = app.get("/v1/audit?operation=approve_job").await;
    assert!(audit.to_string().contains(id.as_str()), "{audit}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rejected_job_fails_and_publishes_nothing() {
    let app = TestApp::with().start(&posts()).await;
    let id = held(&app, &json!({ "label_members_min": { "second": 2 } })).await;
    for why in ["", "   "] {
        let (status, problem) = decide(&app, &id, "reject", why).await;
        assert_eq!(status, 422, "{problem}");
    }
    let (status, gate) = decide(&app, &id, "reject", "second lost its members").await;
    assert_eq!(status, 200, "{gate}");
    assert_eq!(gate["decided"]["what"], "rejected");
    assert_eq!(app.wait_until_ended(&id).await, JobState::Failed);
    assert_eq!(app.published(&id), []);
    assert_eq!(app.state(&id, "prod_stat").as_deref(), Some("failure"));
    let error = app.state(&id, "error_message").unwrap();
    assert!(error.contains("second lost its members"), "{error}");
    assert_eq!(decide(&app, &id, "approve", "after all").await.0, 409);
    // Resumed, it is not judged once more: the decision holds.
    assert!(again(&app, &id, "resume").await.0 < 300);
    app.wait_for_rows("SELECT count(*) > 1 FROM audience_event WHERE kind = 'job.failed'")
        .await;
    assert_eq!(app.wait_until_ended(&id).await, JobState::Failed);
    assert_eq!(app.published(&id), []);
    // Run anew, it is.
    assert!(again(&app, &id, "rerun").await.0 < 300);
    let generation = app.job(&id).await.generation;
    app.wait_until(&id, |job| {
        job.generation == generation && job.state == JobState::Parked
    })
    .await;
    assert_eq!(decide(&app, &id, "approve", "after all").await.0, 200);
    assert_eq!(app.wait_until_ended(&id).await, JobState::Succeeded);
    assert_eq!(app.published(&id).len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_those_who_decide_at_once_one_wins() {
    let app = TestApp::with().start(&posts()).await;
    let id = held(&app, &json!({ "coverage_max": 0 })).await;
    let all = (0..12).map(|no| {
        let verb = if no % 2 == 0 { "approve" } else { "reject" };
        decide(&app, &id, verb, "now")
    });
    let answers = join_all(all).await;
    let won: Vec<&Value> = answers
        .iter()
        .filter(|(status, _)| *status == 200)
        .map(|(_, gate)| gate)
        .collect();
    assert_eq!(won.len(), 1, "{answers:?}");
    assert_eq!(
        answers.iter().filter(|(status, _)| *status == 409).count(),
        11
    );
    let (state, rows) = match won[0]["decided"]["what"].as_str() {
        Some("approved") => (JobState::Succeeded, 2),
        _ => (JobState::Failed, 0),
    };
    assert_eq!(app.wait_until_ended(&id).await, state);
    assert_eq!(app.published(&id).len(), rows);
    assert_eq!(
        app.count(
            "SELECT count(*) FROM audience_event WHERE kind IN ('gate.approved', 'gate.rejected')"
        ),
        1
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_nobody_decides_on_fails_in_the_end() {
    let app = TestApp::with().start(&posts()).await;
    let gate = json!({ "coverage_max": 0, "hold": "1s" });
    let id = submit(&app, &rules(&gate)).await;
    assert_eq!(app.wait_until_ended(&id).await, JobState::Failed);
    assert_eq!(app.state(&id, "prod_stat").as_deref(), Some("failure"));
    assert_eq!(app.published(&id), []);
    let decided = gate_of(&app, &id).await["decided"].take();
    assert_eq!(decided["what"], "expired", "{decided}");
    assert_eq!(decided["by"], Value::Null);
    assert_eq!(decide(&app, &id, "approve", "too late").await.0, 409);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_job_is_not_held_any_more() {
    let app = TestApp::with().start(&posts()).await;
    let id = held(&app, &json!({ "coverage_max": 0 })).await;
    let (status, answer) = again(&app, &id, "cancel").await;
    assert!(status < 300, "{answer}");
    assert_eq!(app.wait_until_ended(&id).await, JobState::Cancelled);
    assert_eq!(decide(&app, &id, "approve", "too late").await.0, 409);
    assert_eq!(app.published(&id), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_has_started_a_job_does_not_approve_it_where_two_are_needed() {
    let two =
        |settings: &mut crate::support::TestSettings| settings.labelling.gate_two_people = true;
    let app = TestApp::with().settings(two).start(&posts()).await;
    let id = held(&app, &json!({ "coverage_max": 0 })).await;
    let (status, problem) = decide(&app, &id, "approve", "mine").await;
    assert_eq!(status, 409, "{problem}");
    let detail = problem["detail"].as_str().unwrap();
    assert!(detail.contains("labelling.gate_two_people"), "{detail}");
    assert_eq!(app.job(&id).await.state, JobState::Parked);
    app.execute("UPDATE audience_job SET started_by = 'another'");
    assert_eq!(decide(&app, &id, "approve", "good").await.0, 200);
    assert_eq!(app.wait_until_ended(&id).await, JobState::Succeeded);
}
