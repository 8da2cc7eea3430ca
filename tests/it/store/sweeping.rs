//! Dropping the history of jobs that ended long ago.

use audience::engine::noop::flow;
use audience::engine::store::{NewLine, Store};
use entity::{HistoryState, JobId, JobState, LogLevel};
use rusqlite::Connection;

use super::databases::each;
use super::keeping::two_steps;
use super::leasing::claim;
use crate::support::{RANGE, TestApp, TestSettings, USUAL_RULES, corpus, expected};

const LATER: i64 = i64::MAX;

#[tokio::test(flavor = "multi_thread")]
async fn history_goes_some_rows_at_a_time_and_the_job_stays() {
    each(|url| async move {
        let store = Store::open(&url).await.unwrap();
        let (ended, running) = (two_steps(), two_steps());
        for job in [&ended, &running] {
            store.jobs().submit(job.clone(), 10).await.unwrap();
            let claim = claim(&store, &job.id, 60_000).await.unwrap();
            store.steps().delay(&claim, 1, 5).await.unwrap();
            if job.id == ended.id {
                let jobs = store.jobs();
                jobs.end(&claim, JobState::Failed, Some("bad"))
                    .await
                    .unwrap();
            }
        }
        let lines = [&ended, &running].map(|job| NewLine {
            job: job.id.clone(),
            at: 0,
            level: LogLevel::Info,
            message: "x".repeat(10_000),
            fields: serde_json::Map::new(),
        });
        let sweeping = store.sweeping();
        let without_lines = sweeping.history_bytes().await.unwrap();
        assert!(without_lines > 0);
        store.logs().keep(&lines).await.unwrap();
        let with_lines = sweeping.history_bytes().await.unwrap();
        assert!(with_lines > without_lines + 20_000, "{with_lines} bytes");
        let due = sweeping.due(LATER, 10).await.unwrap();
        assert_eq!(due.len(), 1, "only what has ended");
        assert!(
            sweeping
                .due(due[0].ended_at.unwrap(), 10)
                .await
                .unwrap()
                .is_empty()
        );
        let both = [ended.id.clone(), running.id.clone()];
        let begun = sweeping.begin(&both).await.unwrap();
        assert_eq!(begun, std::slice::from_ref(&ended.id));
        assert!(
            !store.jobs().resume(&ended.id).await.unwrap(),
            "what it would go on from is being dropped"
        );
        let mut dropped = Vec::new();
        loop {
            match sweeping.drop_some(&both, 2).await.unwrap() {
                0 => break,
                rows => dropped.push(rows),
            }
        }
        assert!(
            dropped.len() > 1 && dropped.iter().all(|rows| *rows <= 2),
            "{dropped:?}"
        );
        sweeping.end(&begun).await.unwrap();
        assert!(sweeping.due(LATER, 10).await.unwrap().is_empty());
        assert!(
            store
                .events()
                .after(&ended.id, 0, 10)
                .await
                .unwrap()
                .is_empty()
        );
        assert!(
            !store
                .events()
                .after(&running.id, 0, 10)
                .await
                .unwrap()
                .is_empty()
        );
        // What is logged of it later would never be dropped.
        store.logs().keep(&lines).await.unwrap();
        for (job, left) in [(&ended, 0), (&running, 2)] {
            let lines = store.logs().after(&job.id, 0, 10, None).await.unwrap();
            assert_eq!(lines.len(), left);
        }
        let job = store.jobs().find(&ended.id).await.unwrap().unwrap();
        assert_eq!(
            (job.history, job.state),
            (HistoryState::Swept, JobState::Failed)
        );
        assert_eq!(job.error.as_deref(), Some("bad"));

        // It may start over, and is then like any other.
        assert!(store.jobs().rerun(&ended.id).await.unwrap());
        let job = store.jobs().find(&ended.id).await.unwrap().unwrap();
        assert_eq!(
            (job.history, job.state),
            (HistoryState::Kept, JobState::Queued)
        );
        store.close().await;
    })
    .await;
}

fn at_once(settings: &mut TestSettings) {
    settings.retention.history_days = 0;
    settings.retention.every_s = 1;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_failed_task_staged_goes_with_its_history_and_a_retry_starts_over() {
    use audience::fault::{FaultKind, FaultPoint, Faults};
    let posts = corpus(1_000);
    let faults = Faults::default().with(FaultPoint::BeforeCheckpoint, FaultKind::Error, 12, 5);
    let app = TestApp::with().faults(faults).settings(at_once);
    let app = app.start(&posts).await;
    let id = app.submit().await;
    assert_eq!(app.wait_until_ended(&id).await, JobState::Failed);
    app.wait_until(&id, |job| job.history == HistoryState::Swept)
        .await;
    for table in [
        "a",
        "b",
        "other",
        "audience_output_batch",
        "audience_attempt",
    ] {
        let left = format!("SELECT count(*) FROM {table}");
        assert_eq!(app.count(&left), 0, "{table}");
    }
    let (status, told) = app
        .post(&format!("/v1/jobs/{id}/resume"), &serde_json::json!({}))
        .await;
    assert_eq!(status, 409);
    assert!(told["detail"].as_str().unwrap().contains("rerun"), "{told}");
    let (status, _) = app
        .post(&format!("/v1/jobs/{id}/rerun"), &serde_json::json!({}))
        .await;
    assert_eq!(status, 202);
    assert_eq!(app.wait_until_ended(&id).await, JobState::Succeeded);
    assert_eq!(
        app.published(&id),
        expected(&posts, USUAL_RULES, RANGE).published
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_whose_steps_this_process_does_not_know_is_not_taken_for_swept() {
    let app = TestApp::with().settings(at_once).start(&corpus(1)).await;
    let unknown = two_steps();
    app.app.runtime.submit(unknown.clone()).await.unwrap();
    assert_eq!(app.wait_until_ended(&unknown.id).await, JobState::Failed);
    app.wait_until(&unknown.id, |job| job.history == HistoryState::Sweeping)
        .await;
    let known = flow::job(JobId::new(), 1, 0).unwrap();
    app.app.runtime.submit(known.clone()).await.unwrap();
    app.wait_until(&known.id, |job| job.history == HistoryState::Swept)
        .await;
    let history = format!(
        "SELECT count(*) FROM audience_job JOIN audience_event ON job_id = id
         WHERE id = '{}' AND history = 'sweeping' AND kind = 'job.failed'",
        unknown.id
    );
    assert_eq!(app.count(&history), 1, "its history is still there");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_history_of_many_jobs_takes_no_more_room_than_its_budget() {
    let small = |settings: &mut TestSettings| {
        settings.retention.every_s = 1;
        // The smallest that there is.
        settings.retention.history_mb = 1;
        settings.runtime.jobs_at_once = 64;
    };
    let app = TestApp::with().settings(small).start(&corpus(1)).await;
    let mut pages = Vec::new();
    for _ in 0..4 {
        let ids: Vec<JobId> = (0..2_500).map(|_| JobId::new()).collect();
        let submits = ids.iter().map(|id| {
            let job = flow::job(id.clone(), 1, 0).unwrap();
            app.app.runtime.submit(job)
        });
        for submitted in futures_util::future::join_all(submits).await {
            submitted.unwrap();
        }
        app.wait_until_ended(ids.last().unwrap()).await;
        for id in &ids {
            app.wait_until_ended(id).await;
        }
        app.wait_for_rows("SELECT count(*) < 12000 FROM audience_event")
            .await;
        pages.push(history_pages(&app));
    }
    // The pages of what was dropped are used again; what stays of each job is its result.
    assert!(
        pages[3] < pages[0] * 2,
        "the history of 10,000 jobs takes {pages:?} pages"
    );
    let unfinished = "SELECT count(*) FROM audience_job WHERE state <> 'succeeded'";
    assert_eq!(app.count(unfinished), 0);
}

/// Pages of the tables of history and their indexes.
fn history_pages(app: &TestApp) -> i64 {
    let connection = Connection::open(app.database()).unwrap();
    let sql = "SELECT count(*) FROM dbstat WHERE name LIKE '%event%' OR name LIKE '%attempt%'";
    connection.query_row(sql, [], |row| row.get(0)).unwrap()
}
