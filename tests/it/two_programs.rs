//! Two programs on one database, and one after the other.

use std::sync::Arc;

use entity::{JobState, job};
use rusqlite::Connection;

use crate::support::{TestApp, TestSettings, USUAL_RULES, corpus, expected, wait_until};

const RANGE: (&str, &str) = ("2020-01-01 00:00:00", "2020-02-01 00:00:00");

fn small_slices(settings: &mut TestSettings) {
    settings.labelling.rows_per_slice = 5;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_goes_on_after_the_program_was_stopped() {
    let posts = corpus(4_000);
    let first = TestApp::with().settings(small_slices).start(&posts).await;
    let folder = Arc::clone(&first.folder);
    let id = first.submit().await;
    first
        .wait_for_rows("SELECT count(*) FROM audience_output_batch")
        .await;
    first.stop().await;

    let second = TestApp::with().beside(&folder).start(&posts).await;
    assert_eq!(second.wait_until_ended(&id).await, JobState::Succeeded);
    assert_eq!(
        second.published(&id),
        expected(&posts, USUAL_RULES, RANGE).published
    );
    let stopped = "SELECT count(*) FROM audience_attempt WHERE outcome = 'stopped'";
    assert_eq!(
        second.count(stopped),
        1,
        "the slice in work was finished and the job given up"
    );
    let crashed = "SELECT count(*) FROM audience_attempt WHERE outcome = 'crashed'";
    assert_eq!(second.count(crashed), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_tasks_of_two_programs_are_each_run_once() {
    let posts = corpus(300);
    let first = TestApp::with().start(&posts).await;
    let second = TestApp::with().beside(&first.folder).start(&posts).await;
    let mut ids = Vec::new();
    for no in 0..20 {
        let app = if no % 2 == 0 { &first } else { &second };
        ids.push(app.submit().await);
    }
    let expected = expected(&posts, USUAL_RULES, RANGE).published;
    for id in &ids {
        assert_eq!(first.wait_until_ended(id).await, JobState::Succeeded);
        assert_eq!(first.published(id), expected);
    }
    let twice = "SELECT count(*) FROM audience_attempt WHERE no > 1";
    assert_eq!(first.count(twice), 0, "no batch was begun twice");
    let started =
        "SELECT count(*) FROM audience_event WHERE kind IN ('job.started', 'job.adopted')";
    assert_eq!(first.count(started), 20);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_that_lost_its_lease_cannot_write_any_more() {
    let posts = corpus(4_000);
    let first = TestApp::with().settings(small_slices).start(&posts).await;
    let id = first.submit().await;
    first
        .wait_for_rows("SELECT count(*) FROM audience_output_batch")
        .await;
    let connection = Connection::open(first.database()).unwrap();
    connection
        .busy_timeout(std::time::Duration::from_secs(30))
        .unwrap();
    let robbed = connection
        .execute(
            "UPDATE audience_job SET lease_owner = NULL WHERE state = 'running'",
            [],
        )
        .unwrap();
    assert_eq!(robbed, 1, "it was running");

    let second = TestApp::with().beside(&first.folder).start(&posts).await;
    assert_eq!(second.wait_until_ended(&id).await, JobState::Succeeded);
    assert_eq!(
        second.published(&id),
        expected(&posts, USUAL_RULES, RANGE).published
    );
    assert_eq!(
        second.state(&id, "length_receive_table"),
        Some(expected(&posts, USUAL_RULES, RANGE).received.to_string())
    );
}

/// As a crash right after the publishing transaction leaves it.
const FORGET_THE_PUBLISHING: &str = "
    UPDATE audience_job SET state = 'running', ended_at = NULL;
    UPDATE audience_step SET state = 'running' WHERE no = 1;
    UPDATE audience_batch SET state = 'pending' WHERE step_no = 1;";

#[tokio::test(flavor = "multi_thread")]
async fn a_crash_between_publishing_and_telling_of_it_changes_nothing() {
    let posts = corpus(500);
    let first = TestApp::with().start(&posts).await;
    let folder = Arc::clone(&first.folder);
    let id = first.submit().await;
    first.wait_until_ended(&id).await;
    let published = first.published(&id);
    first.stop().await;
    let connection = Connection::open(folder.path().join("audience.db")).unwrap();
    connection.execute_batch(FORGET_THE_PUBLISHING).unwrap();

    let second = TestApp::with().beside(&folder).start(&posts).await;
    assert_eq!(second.wait_until_ended(&id).await, JobState::Succeeded);
    assert_eq!(second.published(&id), published);
    assert_eq!(second.state(&id, "stat").as_deref(), Some("SUCCESS"));
    assert_eq!(second.state(&id, "prod_stat").as_deref(), Some("finish"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_that_waits_to_be_published_stays_labelled_over_a_restart() {
    let posts = corpus(200);
    let first = TestApp::with().start(&posts).await;
    let folder = Arc::clone(&first.folder);
    let id = first
        .submit_with(|request| request.countdown_s = 3_600)
        .await;
    let parked = |job: &job::Model| job.state == JobState::Parked;
    first.wait_until(&id, parked).await;
    assert_eq!(first.state(&id, "stat").as_deref(), Some("SUCCESS"));
    first.stop().await;

    let second = TestApp::with().beside(&folder).start(&posts).await;
    second.wait_until(&id, parked).await;
    assert_eq!(second.state(&id, "stat").as_deref(), Some("SUCCESS"));
    second.app.runtime.cancel(&id).await.unwrap();
    assert_eq!(second.wait_until_ended(&id).await, JobState::Cancelled);
    assert_eq!(second.state(&id, "stat").as_deref(), Some("BREAK"));
    assert!(second.app.runtime.resume(&id).await.unwrap());
    second
        .wait_for_rows("SELECT count(*) FROM state WHERE stat = 'SUCCESS'")
        .await;
}

/// Waits until nobody has the database open and all of it stands in its one file.
fn close_wal(database: &std::path::Path) {
    let connection = Connection::open(database).unwrap();
    let fold = || {
        connection.query_row("PRAGMA journal_mode = DELETE", [], |row| {
            row.get::<_, String>(0)
        })
    };
    wait_until("the database is closed", || {
        !(fold().is_ok_and(|mode| mode != "delete") || database.with_extension("db-wal").exists())
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn an_output_that_was_moved_away_is_waited_for_and_not_begun_anew() {
    let posts = corpus(3_000);
    let apart = |settings: &mut TestSettings| {
        small_slices(settings);
        let beside = settings.database.url.replace("audience.db", "panels.db");
        settings.outputs.get_mut("result").unwrap().url = Some(beside);
    };
    let first = TestApp::with().settings(apart).start(&posts).await;
    let folder = Arc::clone(&first.folder);
    let id = first.submit().await;
    first
        .wait_for_rows("SELECT count(*) FROM audience_batch WHERE state = 'completed'")
        .await;
    first.stop().await;
    let (here, away) = (
        folder.path().join("panels.db"),
        folder.path().join("away.db"),
    );
    close_wal(&here);
    std::fs::rename(&here, &away).unwrap();

    let second = TestApp::with()
        .settings(apart)
        .beside(&folder)
        .start(&posts)
        .await;
    let waiting = second
        .wait_until(&id, |job| job.waiting.is_some())
        .await
        .waiting
        .unwrap();
    assert!(
        waiting.starts_with("waiting for the output database since "),
        "{waiting}"
    );
    assert!(!here.exists(), "no other is made in its place");
    std::fs::rename(&away, &here).unwrap();
    assert_eq!(second.wait_until_ended(&id).await, JobState::Succeeded);
    let published = crate::support::published_in(&here, id.as_str());
    assert_eq!(published, expected(&posts, USUAL_RULES, RANGE).published);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_of_another_program_can_be_aborted() {
    let posts = corpus(100);
    let first = TestApp::with().start(&posts).await;
    let second = TestApp::with().beside(&first.folder).start(&posts).await;
    let id = first
        .submit_with(|request| request.countdown_s = 3_600)
        .await;
    first
        .wait_for_rows("SELECT count(*) FROM state WHERE stat = 'SUCCESS'")
        .await;
    for app in [&first, &second] {
        // Whichever runs it, one of the two is not that one.
        app.app.store.jobs().request_cancel(&id).await.unwrap();
    }
    assert_eq!(first.wait_until_ended(&id).await, JobState::Cancelled);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_programs_may_make_the_same_database_at_the_same_moment() {
    let posts = corpus(20);
    let folder = Arc::new(tempfile::TempDir::new().unwrap());
    crate::support::write_posts(&folder.path().join("posts.db"), &posts);
    let start = || TestApp::with().beside(&folder).start(&posts);
    let (first, second) = tokio::join!(start(), start());
    for app in [&first, &second] {
        let id = app.submit().await;
        assert_eq!(app.wait_until_ended(&id).await, JobState::Succeeded);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_start_that_was_cut_short_is_gone_on_with() {
    let posts = corpus(20);
    let first = TestApp::with().start(&posts).await;
    let folder = Arc::clone(&first.folder);
    first.stop().await;
    // As a kill between two statements of the first migration leaves it.
    let connection = Connection::open(folder.path().join("audience.db")).unwrap();
    connection
        .execute_batch("DROP TABLE audience_event; DELETE FROM audience_migration;")
        .unwrap();
    let second = TestApp::with().beside(&folder).start(&posts).await;
    let id = second.submit().await;
    assert_eq!(second.wait_until_ended(&id).await, JobState::Succeeded);
}
