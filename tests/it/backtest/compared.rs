//! What is found, for engines with databases of all kinds.

use audience::fault::{FaultKind, FaultPoint, Faults};
use entity::JobState;
use serde_json::json;

use super::{Recount, body, changes, figures, run, submit};
use crate::health::recount::{LATER, PEOPLE};
use crate::support::{DatabaseKind, OwnDatabase, TestApp, corpus};

const ROWS: u32 = 1_500;

#[tokio::test(flavor = "multi_thread")]
async fn what_is_found_is_what_a_plain_count_of_the_same_rows_gives() {
    let posts = corpus(ROWS);
    let expected = Recount::of(&PEOPLE, &LATER, &posts);
    for kind in DatabaseKind::ALL {
        println!("on {kind:?}");
        let database = tokio::task::spawn_blocking(move || OwnDatabase::new(kind));
        let database = database.await.unwrap();
        let url = database.url.clone();
        let app = TestApp::with().settings(move |settings| settings.database.url = url);
        let app = app.start(&posts).await;
        let (id, found) = run(&app, &body(&PEOPLE.document(), &LATER.document())).await;
        expected.is(&found);
        expected.are_rows(&changes(&app, &id, "rows", "").await);
        expected.are_members(&changes(&app, &id, "members", "").await);
        assert_eq!(found["base"], json!({ "name": "people", "version": null }));
        assert!(found["drift"].as_f64().unwrap() > 0.0);
        for (kind, examples) in found["examples"].as_object().unwrap() {
            let rows = found["rows"][kind].as_u64().unwrap().min(20);
            assert_eq!(examples.as_array().unwrap().len() as u64, rows);
        }
        app.stop().await;
        drop(tokio::task::spawn_blocking(move || drop(database)).await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn changed_rules_are_told_with_the_rows_on_which_they_are_true() {
    let posts = corpus(ROWS);
    let app = TestApp::with().start(&posts).await;
    let (id, found) = run(&app, &body(&PEOPLE.document(), &LATER.document())).await;
    let rules = found["rules"].as_array().unwrap();
    let said: Vec<(&str, &str, &str)> = rules
        .iter()
        .map(|rule| {
            let text = |name: &str| rule[name].as_str().unwrap();
            (text("change"), text("label"), text("text"))
        })
        .collect();
    assert_eq!(
        said,
        [
            ("removed", "first", "carol"),
            ("removed", "third", "zzz"),
            ("added", "fourth", "zed"),
        ]
    );
    for rule in rules {
        let query = format!("&rule={}", rule["rule"].as_str().unwrap());
        let rows = changes(&app, &id, "rows", &query).await;
        for kind in ["entered", "left", "changed"] {
            let of_kind = rows.iter().filter(|row| row["kind"] == kind).count();
            assert_eq!(rule[kind], of_kind, "{rule}");
        }
    }
    assert!(rules[0]["left"].as_u64().unwrap() > 0);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn slices_that_fail_and_a_job_that_runs_again_count_once() {
    let posts = corpus(ROWS);
    let expected = Recount::of(&PEOPLE, &LATER, &posts);
    let faults = Faults::default()
        .with(FaultPoint::BeforeCheckpoint, FaultKind::Error, 2, 1)
        .with(FaultPoint::BeforeCheckpoint, FaultKind::Panic, 5, 1)
        .with(FaultPoint::BeforeCheckpoint, FaultKind::Outage, 20, 1);
    let app = TestApp::with().faults(faults).start(&posts).await;
    let id = submit(&app, &body(&PEOPLE.document(), &LATER.document())).await;
    for _ in 0..2 {
        assert_eq!(app.wait_until_ended(&id).await, JobState::Succeeded);
        expected.is(&figures(&app, &id).await);
        expected.are_rows(&changes(&app, &id, "rows", "").await);
        expected.are_members(&changes(&app, &id, "members", "").await);
        let votes = "SELECT count(*) FROM audience_backtest_part WHERE kind = 'votes'";
        assert_eq!(app.count(votes), 0);
        let runs = "SELECT count(DISTINCT generation) FROM audience_backtest_part";
        assert_eq!(app.count(runs), 1);
        app.app.runtime.rerun(&id).await.unwrap();
    }
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_published_and_all_goes_with_the_job() {
    let app = TestApp::with().start(&corpus(300)).await;
    let (id, _) = run(&app, &body(&PEOPLE.document(), &LATER.document())).await;
    let results = "SELECT count(*) FROM sqlite_master WHERE name LIKE 'wh_panel_mapping_%'";
    assert_eq!(app.count(results), 0);
    let parts = "SELECT count(*) FROM audience_backtest_part";
    assert!(app.count(parts) > 0);
    let (status, removed) = app.delete(&format!("/v1/jobs/{id}")).await;
    assert!(status < 300, "{removed}");
    app.wait_for_rows("SELECT count(*) = 0 FROM audience_backtest_part")
        .await;
    app.stop().await;
}
