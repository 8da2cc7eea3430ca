//! The engine on each database; what it labels is published into a file beside.

use audience::fault::{FaultKind, FaultPoint, Faults};
use entity::{AttemptOutcome, JobId, JobState};

use super::databases::{each, say};
use crate::support::{TestApp, TestSettings, USUAL_RULES, corpus, expected};

const RANGE: (&str, &str) = ("2020-01-01 00:00:00", "2020-02-01 00:00:00");

/// The store there, the output where the tests look for it.
pub(super) fn stored_in(url: String) -> impl FnOnce(&mut TestSettings) + 'static {
    move |settings| {
        let output = settings.database.url.clone();
        settings.outputs.get_mut("result").unwrap().url = Some(output);
        settings.database.url = url;
        settings.labelling.rows_per_slice = 20;
    }
}

async fn kinds_of_events(app: &TestApp, id: &JobId) -> Vec<String> {
    let events = app.app.store.events().after(id, 0, 1_000).await.unwrap();
    assert!(events.windows(2).all(|pair| pair[0].seq < pair[1].seq));
    events.into_iter().map(|event| event.kind).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn failing_and_panicking_batches_continue_at_their_checkpoints() {
    each(|url| async move {
        let posts = corpus(1_500);
        let faults = Faults::default()
            .with(FaultPoint::BeforeCheckpoint, FaultKind::Error, 3, 2)
            .with(FaultPoint::AfterCheckpoint, FaultKind::Panic, 9, 1)
            .with(FaultPoint::AfterPublish, FaultKind::Outage, 1, 1);
        let app = TestApp::with().faults(faults).settings(stored_in(url));
        let app = app.start(&posts).await;
        let id = app.submit().await;
        assert_eq!(app.wait_until_ended(&id).await, JobState::Succeeded);
        let expected = expected(&posts, USUAL_RULES, RANGE);
        assert_eq!(app.published(&id), expected.published);
        let received = Some(expected.received.to_string());
        assert_eq!(app.state(&id, "length_receive_table"), received);
        let attempts = app.app.store.jobs().attempts(&id, 100).await.unwrap();
        let of = |outcome| {
            attempts
                .iter()
                .filter(move |attempt| attempt.outcome == outcome)
        };
        assert_eq!(of(AttemptOutcome::Failed).count(), 3);
        assert_eq!(of(AttemptOutcome::Outage).count(), 1);
        let kinds = kinds_of_events(&app, &id).await;
        assert_eq!(kinds.first().map(String::as_str), Some("job.queued"));
        assert_eq!(kinds.last().map(String::as_str), Some("job.succeeded"));
        app.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn past_the_limit_a_task_fails_and_resume_and_retry_run_it_again() {
    each(|url| async move {
        let posts = corpus(300);
        let faults = Faults::default().with(FaultPoint::BeforeCheckpoint, FaultKind::Error, 1, 5);
        let app = TestApp::with().faults(faults).settings(stored_in(url));
        let app = app.start(&posts).await;
        let id = app.submit().await;
        assert_eq!(app.wait_until_ended(&id).await, JobState::Failed);
        assert!(app.app.runtime.resume(&id).await.unwrap());
        assert_eq!(app.wait_until_ended(&id).await, JobState::Succeeded);
        let published = expected(&posts, USUAL_RULES, RANGE).published;
        assert_eq!(app.published(&id), published);
        assert!(app.app.runtime.rerun(&id).await.unwrap());
        assert_eq!(app.wait_until_ended(&id).await, JobState::Succeeded);
        assert_eq!(app.published(&id), published);
        app.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_tasks_of_two_programs_are_each_run_once() {
    each(|url| async move {
        let posts = corpus(60);
        let first = TestApp::with()
            .settings(stored_in(url.clone()))
            .start(&posts)
            .await;
        let second = TestApp::with()
            .settings(stored_in(url))
            .beside(&first.folder);
        let second = second.start(&posts).await;
        let mut ids = Vec::new();
        for no in 0..12 {
            let app = if no % 2 == 0 { &first } else { &second };
            ids.push(app.submit().await);
        }
        let expected = expected(&posts, USUAL_RULES, RANGE).published;
        for id in &ids {
            assert_eq!(first.wait_until_ended(id).await, JobState::Succeeded);
            assert_eq!(first.published(id), expected);
            let attempts = first.app.store.jobs().attempts(id, 100).await.unwrap();
            assert!(
                attempts.iter().all(|attempt| attempt.no == 1),
                "none begun twice"
            );
            let kinds = kinds_of_events(&first, id).await;
            let begun = kinds.iter().filter(|kind| {
                let kind = kind.as_str();
                kind == "job.started" || kind == "job.adopted"
            });
            assert_eq!(begun.count(), 1);
        }
        first.stop().await;
        second.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_that_was_taken_away_is_finished_by_the_other_program() {
    each(|url| async move {
        let posts = corpus(1_500);
        let first = TestApp::with()
            .settings(stored_in(url.clone()))
            .start(&posts)
            .await;
        let id = first.submit().await;
        first
            .wait_for_rows("SELECT count(*) FROM audience_output_batch")
            .await;
        let rob = "UPDATE audience_job SET lease_owner = NULL WHERE state = 'running'";
        assert_eq!(say(&url, rob).await, 1);
        let second = TestApp::with()
            .settings(stored_in(url))
            .beside(&first.folder);
        let second = second.start(&posts).await;
        assert_eq!(second.wait_until_ended(&id).await, JobState::Succeeded);
        let expected = expected(&posts, USUAL_RULES, RANGE);
        assert_eq!(second.published(&id), expected.published);
        let received = Some(expected.received.to_string());
        assert_eq!(second.state(&id, "length_receive_table"), received);
        first.stop().await;
        second.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stopped_program_gives_its_task_to_the_next() {
    each(|url| async move {
        let posts = corpus(1_000);
        let first = TestApp::with()
            .settings(stored_in(url.clone()))
            .start(&posts)
            .await;
        let folder = std::sync::Arc::clone(&first.folder);
        let id = first.submit().await;
        first
            .wait_for_rows("SELECT count(*) FROM audience_output_batch")
            .await;
        first.stop().await;
        let second = TestApp::with().settings(stored_in(url)).beside(&folder);
        let second = second.start(&posts).await;
        assert_eq!(second.wait_until_ended(&id).await, JobState::Succeeded);
        assert_eq!(
            second.published(&id),
            expected(&posts, USUAL_RULES, RANGE).published
        );
        second.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_jobs_that_do_nothing_are_each_done_once_and_in_one_go() {
    each(|url| async move {
        let app = TestApp::with().settings(stored_in(url));
        let app = app.start(&corpus(1)).await;
        let ids: Vec<JobId> = (0..300).map(|_| JobId::new()).collect();
        let submits = ids.iter().map(|id| {
            let job = audience::engine::noop::flow::job(id.clone(), 2, 0).unwrap();
            app.app.runtime.submit(job)
        });
        for submitted in futures_util::future::join_all(submits).await {
            submitted.unwrap();
        }
        for id in &ids {
            assert_eq!(app.wait_until_ended(id).await, JobState::Succeeded);
            let kinds = kinds_of_events(&app, id).await;
            assert_eq!(
                kinds,
                [
                    "job.queued",
                    "job.started",
                    "step.completed",
                    "step.completed",
                    "job.succeeded"
                ]
            );
        }
        app.stop().await;
    })
    .await;
}
