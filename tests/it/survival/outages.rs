//! Databases that go away for a while.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use audience::engine::store::Store;
use entity::JobState;
use serde_json::Value;

use super::program::{Labelling, Program};
use crate::store::databases::TestDatabase;
use crate::support::{
    OwnServers, RANGE, TASK, TestApp, TestSettings, USUAL_RULES, corpus, expected, published_at,
    wait_until,
};

#[tokio::test(flavor = "multi_thread")]
async fn an_output_that_goes_away_is_waited_for_with_its_reason_and_nothing_is_lost() {
    let posts = corpus(3_000);
    let servers = OwnServers::new();
    let urls = servers.run("start", &["databases"]);
    let mut tasks = Vec::new();
    for (kind, variable) in [
        ("postgres", "AUDIENCE_TEST_POSTGRES"),
        ("mysql", "AUDIENCE_TEST_MYSQL"),
    ] {
        let output = TestDatabase::at(kind, &urls[variable]).await;
        let url = output.url.clone();
        let slow = move |settings: &mut TestSettings| {
            settings.labelling.rows_per_slice = 2;
            settings.outputs.get_mut("result").unwrap().url = Some(url.clone());
        };
        let app = TestApp::with().settings(slow).start(&posts).await;
        let id = app.submit().await;
        let begun = "SELECT count(*) FROM audience_event WHERE kind = 'progress'";
        app.wait_for_rows(begun).await;
        tasks.push((app, id, output));
    }
    // Its engine's tables are in the database that goes away.
    let store = TestDatabase::at("postgres", &urls["AUDIENCE_TEST_POSTGRES"]).await;
    let labelling = Labelling::new(3_000, store);
    let log = labelling.place.path("log");
    let mut command = labelling.command(2);
    command
        .env("AUDIENCE__LOG__FORMAT", "json")
        .env("AUDIENCE__LOG__LEVEL", "debug")
        .stderr(std::fs::File::create(&log).unwrap());
    let mut label = Program::start(&mut command);
    wait_until("it labels", || labelling.slices() > 3);
    servers.run("stop", &["databases"]);
    for (app, id, _) in &tasks {
        let waiting = app
            .wait_until(id, |job| job.waiting.is_some())
            .await
            .waiting;
        let waiting = waiting.unwrap();
        assert!(
            waiting.starts_with("waiting for the output database since ")
                && waiting.contains(": output `result`: "),
            "{waiting}"
        );
        let (_, shown) = app.get(&format!("/v1/jobs/{id}")).await;
        assert_eq!(shown["waiting"].as_str(), Some(waiting.as_str()));
    }
    assert!(!label.has_ended());
    servers.run("start", &["databases"]);
    label.succeeds();
    labelling.is_as_expected(&expected(&posts, USUAL_RULES, RANGE));
    what_was_logged_meanwhile_is_stored(&log, &labelling.output.url).await;
    for (app, id, output) in tasks {
        assert_eq!(app.wait_until_ended(&id).await, JobState::Succeeded);
        let published = published_at(&output.url, id.as_str());
        assert_eq!(published, expected(&posts, USUAL_RULES, RANGE).published);
        app.stop().await;
    }
}

/// Nothing of the job's log is missing, and that it could not be stored is logged once.
async fn what_was_logged_meanwhile_is_stored(log: &Path, url: &str) {
    let store = Store::open(url).await.unwrap();
    let job = TASK.parse().unwrap();
    let stored = store.logs().after(&job, 0, 10_000, None).await.unwrap();
    store.close().await;
    let stored: BTreeSet<i64> = stored.into_iter().map(|line| line.at).collect();
    let (mut away, mut of_job) = (0, 0);
    // It shows its progress there, too.
    let text = std::fs::read_to_string(log).unwrap();
    for line in text.lines().filter(|line| line.starts_with('{')) {
        let line: Value = serde_json::from_str(line).unwrap();
        if line["job.id"] == TASK {
            let at = line["timestamp"].as_str().unwrap();
            let at = chrono::DateTime::parse_from_rfc3339(at).unwrap();
            assert!(stored.contains(&at.timestamp_micros()), "{line}");
            of_job += 1;
        }
        if line["message"] == "the logs of jobs cannot be stored at the moment" {
            away += 1;
        }
    }
    assert!(of_job > 3 && away == 1, "{of_job} lines, {away} times");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_that_goes_away_is_waited_for() {
    let posts = corpus(3_000);
    let slow = |settings: &mut TestSettings| settings.labelling.rows_per_slice = 5;
    let first = TestApp::with().settings(slow).start(&posts).await;
    let folder = Arc::clone(&first.folder);
    let id = first.submit().await;
    first
        .wait_for_rows("SELECT count(*) FROM audience_output_batch")
        .await;
    first.stop().await;
    let (here, away) = (
        folder.path().join("posts.db"),
        folder.path().join("away.db"),
    );
    std::fs::rename(&here, &away).unwrap();

    let second = TestApp::with().settings(slow).beside(&folder);
    let second = second.posts_are_away().start(&posts).await;
    let waiting = second
        .wait_until(&id, |job| job.waiting.is_some())
        .await
        .waiting;
    let waiting = waiting.unwrap();
    assert!(
        waiting.starts_with("waiting for the source since ")
            && waiting.contains(": source `posts`: "),
        "{waiting}"
    );
    std::fs::rename(&away, &here).unwrap();
    assert_eq!(second.wait_until_ended(&id).await, JobState::Succeeded);
    assert_eq!(
        second.published(&id),
        expected(&posts, USUAL_RULES, RANGE).published
    );
}
