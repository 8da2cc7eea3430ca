//! What happens when things break: the result is that of an undisturbed run.

use audience::engine::CallerError;
use audience::fault::{FaultKind, FaultPoint, Faults};
use audience::systems::labelling::{LabellingRequest, RulesFrom};
use entity::{AttemptOutcome, JobState};

use crate::support::{TestApp, TestSettings, USUAL_RULES, corpus, expected, usual_pattern};

const RANGE: (&str, &str) = ("2020-01-01 00:00:00", "2020-02-01 00:00:00");

/// Runs the usual task with faults and compares everything with the plain computation.
async fn ends_like_an_undisturbed_run(faults: Faults) -> TestApp {
    let posts = corpus(3_000);
    let app = TestApp::with().faults(faults).start(&posts).await;
    let id = app.submit().await;
    assert_eq!(app.wait_until_ended(&id).await, JobState::Succeeded);
    let expected = expected(&posts, USUAL_RULES, RANGE);
    assert_eq!(app.published(&id), expected.published);
    assert_eq!(
        app.state(&id, "length_receive_table"),
        Some(expected.received.to_string())
    );
    assert_eq!(
        app.state(&id, "length_output_table"),
        Some(expected.staged.to_string())
    );
    let authors: Vec<String> = ["a", "b", "other"]
        .map(|group| expected.authors[group].to_string())
        .to_vec();
    assert_eq!(
        app.state(&id, "uniq_source_author"),
        Some(authors.join(","))
    );
    assert_eq!(app.state(&id, "stat").as_deref(), Some("SUCCESS"));
    assert_eq!(app.state(&id, "prod_stat").as_deref(), Some("finish"));
    for table in ["a", "b", "other"] {
        assert_eq!(
            app.count(&format!("SELECT count(*) FROM {table}")),
            0,
            "staging is cleared"
        );
    }
    app
}

#[tokio::test(flavor = "multi_thread")]
async fn an_undisturbed_run_gives_what_the_specification_says() {
    ends_like_an_undisturbed_run(Faults::default()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failing_batch_continues_at_its_checkpoint() {
    for point in [FaultPoint::BeforeCheckpoint, FaultPoint::AfterCheckpoint] {
        let faults = Faults::default().with(point, FaultKind::Error, 3, 2);
        let app = ends_like_an_undisturbed_run(faults).await;
        assert_eq!(
            app.count("SELECT count(*) FROM audience_attempt WHERE outcome = 'failed'"),
            2
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_panicking_batch_continues_at_its_checkpoint() {
    for point in [FaultPoint::BeforeCheckpoint, FaultPoint::AfterCheckpoint] {
        let faults = Faults::default().with(point, FaultKind::Panic, 5, 3);
        let app = ends_like_an_undisturbed_run(faults).await;
        assert_eq!(
            app.count("SELECT count(*) FROM audience_attempt WHERE outcome = 'failed'"),
            3
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn planning_that_fails_is_tried_again() {
    for kind in [FaultKind::Error, FaultKind::Outage] {
        let faults = Faults::default().with(FaultPoint::BeforePlan, kind, 1, 2);
        ends_like_an_undisturbed_run(faults).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_is_published_once_even_if_publishing_fails_before_or_after_it_committed() {
    for point in [FaultPoint::BeforePublish, FaultPoint::AfterPublish] {
        for kind in [FaultKind::Error, FaultKind::Panic] {
            ends_like_an_undisturbed_run(Faults::default().with(point, kind, 1, 2)).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_outage_is_waited_for_however_often_it_comes() {
    let faults = Faults::default().with(FaultPoint::BeforeCheckpoint, FaultKind::Outage, 2, 30);
    let app = ends_like_an_undisturbed_run(faults).await;
    let outages = "SELECT count(*) FROM audience_attempt WHERE outcome = 'outage'";
    assert_eq!(app.count(outages), 30);
    let told = "SELECT count(*) FROM audience_event WHERE kind = 'job.waiting'";
    assert!(app.count(told) >= 1, "the reason for waiting is told");
}

#[tokio::test(flavor = "multi_thread")]
async fn past_the_limit_the_task_fails_with_its_reason_and_resume_goes_on() {
    let posts = corpus(3_000);
    let faults = Faults::default().with(FaultPoint::BeforeCheckpoint, FaultKind::Panic, 12, 5);
    let app = TestApp::with().faults(faults).start(&posts).await;
    let id = app.submit().await;
    assert_eq!(app.wait_until_ended(&id).await, JobState::Failed);
    assert_eq!(app.state(&id, "stat").as_deref(), Some("FAILURE"));
    assert_eq!(app.state(&id, "prod_stat"), None);
    let reason = app.state(&id, "error_message").expect("a reason");
    assert!(
        reason.contains("batch 2 of step `label` failed"),
        "{reason}"
    );
    assert!(reason.contains("a panic was put in here"), "{reason}");
    let check_point = app.state(&id, "check_point").expect("a check point");
    assert!(check_point.as_str() > "2020-01-08" && check_point.as_str() < "2020-01-16");
    let staged = app.count("SELECT (SELECT count(*) FROM a) + (SELECT count(*) FROM b)");
    assert!(staged > 0, "what is durable is kept");
    assert!(app.published(&id).is_empty());

    assert!(app.app.runtime.resume(&id).await.unwrap());
    assert_eq!(app.wait_until_ended(&id).await, JobState::Succeeded);
    assert_eq!(
        app.published(&id),
        expected(&posts, USUAL_RULES, RANGE).published
    );
    assert_eq!(app.state(&id, "error_message"), None);
    let attempts = app.app.store.jobs().attempts(&id, 100).await.unwrap();
    let of_first = attempts
        .iter()
        .filter(|attempt| attempt.step_no == 0 && attempt.batch_no == 0);
    assert_eq!(of_first.count(), 1, "what was completed is not done again");
    let failed = attempts
        .iter()
        .filter(|attempt| attempt.outcome == AttemptOutcome::Failed);
    assert_eq!(failed.count(), 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn publishing_that_keeps_failing_is_told_apart() {
    let posts = corpus(500);
    let faults = Faults::default().with(FaultPoint::BeforePublish, FaultKind::Error, 1, 5);
    let app = TestApp::with().faults(faults).start(&posts).await;
    let id = app.submit().await;
    assert_eq!(app.wait_until_ended(&id).await, JobState::Failed);
    assert_eq!(app.state(&id, "prod_stat").as_deref(), Some("failure"));
    assert!(app.app.runtime.resume(&id).await.unwrap());
    assert_eq!(app.wait_until_ended(&id).await, JobState::Succeeded);
    assert_eq!(app.state(&id, "prod_stat").as_deref(), Some("finish"));
    assert_eq!(
        app.published(&id),
        expected(&posts, USUAL_RULES, RANGE).published
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_aborted_task_keeps_what_is_durable_and_can_be_resumed() {
    let posts = corpus(4_000);
    let slow = |settings: &mut TestSettings| settings.labelling.rows_per_slice = 5;
    let app = TestApp::with().settings(slow).start(&posts).await;
    let id = app.submit().await;
    app.wait_for_rows("SELECT count(*) FROM audience_output_batch")
        .await;
    app.app.runtime.cancel(&id).await.unwrap();
    assert_eq!(app.wait_until_ended(&id).await, JobState::Cancelled);
    assert_eq!(app.state(&id, "stat").as_deref(), Some("BREAK"));
    assert!(app.published(&id).is_empty());
    assert!(app.app.runtime.resume(&id).await.unwrap());
    assert_eq!(app.wait_until_ended(&id).await, JobState::Succeeded);
    assert_eq!(
        app.published(&id),
        expected(&posts, USUAL_RULES, RANGE).published
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_that_is_retried_starts_over_and_publishes_the_same() {
    let posts = corpus(1_000);
    let app = TestApp::with().start(&posts).await;
    let id = app.submit().await;
    app.wait_until_ended(&id).await;
    let published = app.published(&id);
    let first = app.job(&id).await;
    assert!(app.app.runtime.rerun(&id).await.unwrap());
    assert_eq!(app.wait_until_ended(&id).await, JobState::Succeeded);
    assert_eq!(app.published(&id), published);
    let started_at = app.job(&id).await.started_at;
    assert!(
        started_at >= first.ended_at,
        "its run time is that of the second run"
    );
    assert_eq!(app.state(&id, "prod_stat").as_deref(), Some("finish"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_that_never_began_can_be_aborted() {
    let one = |settings: &mut TestSettings| {
        settings.runtime.queue_jobs_max = [("queue1".to_owned(), 1)].into();
    };
    let app = TestApp::with().settings(one).start(&corpus(50)).await;
    let first = app.submit_with(|request| request.countdown_s = 3_600).await;
    app.wait_until(&first, |job| job.state == JobState::Parked)
        .await;
    let second = app.submit().await;
    app.app.runtime.cancel(&second).await.unwrap();
    assert_eq!(app.wait_until_ended(&second).await, JobState::Cancelled);
    assert_eq!(app.state(&second, "stat").as_deref(), Some("BREAK"));
    assert_eq!(
        app.job(&first).await.state,
        JobState::Parked,
        "the other one is waited for"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_named_like_a_table_of_somebody_else_is_refused() {
    let app = TestApp::with().start(&corpus(50)).await;
    let foreign = rusqlite::Connection::open(app.database()).unwrap();
    foreign.execute_batch("CREATE TABLE b (mine TEXT)").unwrap();
    let told = app.labelling.compose(LabellingRequest {
        rules: RulesFrom::Body {
            field: "rules",
            rules: usual_pattern(),
        },
        ..LabellingRequest::default()
    });
    let told = told.await.unwrap_err().public_message();
    assert!(
        told.contains("table `b` exists with other columns"),
        "{told}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_whose_actor_keeps_dying_fails_where_its_users_look() {
    let faults = Faults::default().with(FaultPoint::BeforePlan, FaultKind::Panic, 1, 100);
    let app = TestApp::with().faults(faults).start(&corpus(50)).await;
    let id = app.submit().await;
    assert_eq!(app.wait_until_ended(&id).await, JobState::Failed);
    assert_eq!(app.state(&id, "stat").as_deref(), Some("FAILURE"));
    let told = app.state(&id, "error_message").unwrap();
    assert!(
        told.contains("died 6 times: a panic was put in here"),
        "{told}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failure_to_tell_of_a_publication_heals() {
    let posts = corpus(500);
    let faults = Faults::default().with(FaultPoint::AfterPublish, FaultKind::Error, 1, 5);
    let app = TestApp::with().faults(faults).start(&posts).await;
    let id = app.submit().await;
    assert_eq!(app.wait_until_ended(&id).await, JobState::Failed);
    let started_at = app.job(&id).await.started_at;
    assert!(app.app.runtime.resume(&id).await.unwrap());
    assert_eq!(app.wait_until_ended(&id).await, JobState::Succeeded);
    assert_eq!(app.state(&id, "stat").as_deref(), Some("SUCCESS"));
    assert_eq!(app.state(&id, "prod_stat").as_deref(), Some("finish"));
    assert_eq!(app.state(&id, "error_message"), None);
    assert_eq!(
        app.published(&id),
        expected(&posts, USUAL_RULES, RANGE).published
    );
    assert_eq!(
        app.job(&id).await.started_at,
        started_at,
        "it began long ago"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_check_point_of_a_table_without_an_order_is_not_guessed() {
    let faults = Faults::default().with(FaultPoint::BeforeCheckpoint, FaultKind::Error, 12, 5);
    let app = TestApp::with().faults(faults).start(&corpus(3_000)).await;
    let source = app.folder.path().join("posts.db");
    rusqlite::Connection::open(source)
        .unwrap()
        .execute("DROP INDEX by_time", [])
        .unwrap();
    let id = app.submit().await;
    assert_eq!(app.wait_until_ended(&id).await, JobState::Failed);
    assert_eq!(app.state(&id, "check_point"), None);
    assert!(app.app.runtime.resume(&id).await.unwrap());
    assert_eq!(app.wait_until_ended(&id).await, JobState::Succeeded);
    assert_eq!(
        app.state(&id, "check_point").as_deref(),
        Some("2020-02-01 00:00:00")
    );
}
