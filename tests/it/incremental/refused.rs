//! Where an incremental run is not possible, `auto` says why and labels all rows, and `require` refuses.

use entity::JobState;
use serde_json::{Value, json};

use crate::health::recount::{LATER, PEOPLE};
use crate::support::{TestApp, corpus};

fn job(rules: &Value, incremental: &str) -> Value {
    json!({ "labelling": {
        "model_type": "mixed_model", "rules": rules, "ledger": true, "incremental": incremental,
    } })
}

/// The answer to an accepted job, once that has published.
async fn run(app: &TestApp, job: &Value) -> Value {
    let (status, accepted) = app.post("/v1/jobs", job).await;
    assert_eq!(status, 202, "{accepted}");
    let id = accepted["id"].as_str().unwrap().parse().unwrap();
    assert_eq!(app.wait_until_ended(&id).await, JobState::Succeeded);
    accepted
}

#[tokio::test(flavor = "multi_thread")]
async fn why_all_rows_are_labelled_is_said_or_the_job_is_refused() {
    let app = TestApp::with().start(&corpus(200)).await;
    let (people, later) = (PEOPLE.document(), LATER.document());
    let (status, refused) = app.post("/v1/jobs", &job(&people, "require")).await;
    assert_eq!(status, 409, "{refused}");
    assert!(
        refused
            .to_string()
            .contains("no job of this rule set, source and table has a ledger"),
        "{refused}"
    );
    let first = run(&app, &job(&people, "auto")).await;
    let reason = "no job of this rule set, source and table has a ledger";
    assert_eq!(first["request"]["incremental"]["full_run"], reason);
    assert_eq!(
        first["request"]["warnings"][0],
        format!("incremental: all rows are labelled: {reason}")
    );

    let mut other = later.clone();
    other["filters"] = json!([]);
    let (status, refused) = app.post("/v1/jobs", &job(&other, "require")).await;
    assert_eq!(status, 409, "{refused}");
    assert!(
        refused.to_string().contains("the filters are others"),
        "{refused}"
    );

    let second = run(&app, &job(&later, "require")).await;
    assert_eq!(
        second["request"]["incremental"],
        json!({ "base": first["id"] })
    );
    let third = run(&app, &job(&other, "auto")).await;
    let reason = &third["request"]["incremental"]["full_run"];
    assert_eq!(reason, "the filters are others, or their lists");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_mixed_models_have_ledgers() {
    let app = TestApp::with().start(&corpus(50)).await;
    let keywords =
        json!({ "labelling": { "rules": { "x": [["amy", "partially"]] }, "ledger": true } });
    let (status, refused) = app.post("/v1/jobs", &keywords).await;
    assert_eq!(status, 422, "{refused}");
    assert!(refused.to_string().contains("mixed_model"), "{refused}");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ledger_tells_of_a_person() {
    let app = TestApp::with().start(&corpus(300)).await;
    let accepted = run(&app, &job(&PEOPLE.document(), "off")).await;
    let id = accepted["id"].as_str().unwrap().parse().unwrap();
    let published = app.published(&id);
    let member = published.first().unwrap();
    let (s_id, author) = member.source_author.split_at(member.field_content.len());
    let author = author.strip_prefix('_').unwrap();
    let found = app.labelling.ledger_rows(&id, (s_id, author), 1_000).await;
    let found = found.unwrap().unwrap();
    let entry = found.rows.iter().find(|entry| entry.id == member.id);
    let label = member.panel.strip_prefix('/').unwrap();
    assert!(entry.unwrap().labels.iter().any(|found| found == label));
    assert!(!found.cut);
    let nobody = app
        .labelling
        .ledger_rows(&id, (s_id, "nobody at all"), 5)
        .await;
    assert_eq!(nobody.unwrap().unwrap(), Default::default());
    app.stop().await;
}
