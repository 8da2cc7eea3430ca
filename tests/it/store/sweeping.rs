//! Dropping the history of jobs that ended long ago.

use audience::engine::noop::flow;
use audience::engine::store::{NewJob, NewLine, Store, blob_digest};
use entity::{HistoryState, JobId, JobState, LogLevel};
use rusqlite::Connection;

use super::databases::{each, say};
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
    // It is left to other processes until it is cancelled.
    app.wait_until(&unknown.id, |job| {
        let waiting = job.waiting.as_deref().unwrap_or_default();
        waiting.contains("is not a kind of step") && job.lease_owner.is_none()
    })
    .await;
    app.app.runtime.cancel(&unknown.id).await.unwrap();
    assert_eq!(app.wait_until_ended(&unknown.id).await, JobState::Cancelled);
    app.wait_until(&unknown.id, |job| job.history == HistoryState::Sweeping)
        .await;
    let known = flow::job(JobId::new(), 1, 0).unwrap();
    app.app.runtime.submit(known.clone()).await.unwrap();
    app.wait_until(&known.id, |job| job.history == HistoryState::Swept)
        .await;
    let history = format!(
        "SELECT count(*) FROM audience_job JOIN audience_event ON job_id = id
         WHERE id = '{}' AND history = 'sweeping' AND kind = 'job.cancelled'",
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

/// Ends a job, so that everything of it is old.
async fn ended(store: &Store, job: &NewJob) {
    store.jobs().submit(job.clone(), 100).await.unwrap();
    let claim = claim(store, &job.id, 60_000).await.unwrap();
    store.steps().delay(&claim, 1, 5).await.unwrap();
    let jobs = store.jobs();
    jobs.end(&claim, JobState::Failed, None).await.unwrap();
}

/// Drops the history of jobs, and then the jobs.
async fn drop_all(store: &Store, ids: &[JobId]) {
    let sweeping = store.sweeping();
    let begun = sweeping.begin(ids).await.unwrap();
    while sweeping.drop_some(&begun, 100).await.unwrap() > 0 {}
    sweeping.end(&begun).await.unwrap();
    let begun = sweeping.begin_dropping(ids).await.unwrap();
    while !sweeping.drop_jobs(&begun, &[], 100).await.unwrap() {}
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_job_is_dropped_some_rows_at_a_time_and_one_that_runs_is_not() {
    each(|url| async move {
        let store = Store::open(&url).await.unwrap();
        let with_input = |body: &[u8]| NewJob {
            blobs: vec![body.to_vec()],
            idempotency_key: Some(JobId::new().to_string()),
            ..two_steps()
        };
        let (old, running) = (with_input(b"shared"), with_input(b"shared"));
        ended(&store, &old).await;
        store.jobs().submit(running.clone(), 10).await.unwrap();
        claim(&store, &running.id, 60_000).await.unwrap();
        let sweeping = store.sweeping();
        let both = [old.id.clone(), running.id.clone()];
        assert_eq!(
            sweeping.begin_dropping(&both).await.unwrap(),
            [],
            "its history goes first"
        );
        let begun = sweeping.begin(&both).await.unwrap();
        while sweeping.drop_some(&begun, 10).await.unwrap() > 0 {}
        sweeping.end(&begun).await.unwrap();
        let due = sweeping.old_jobs(LATER, 10).await.unwrap();
        assert_eq!(due.len(), 1);
        assert_eq!(due[0].id, old.id);
        let ended_at = due[0].ended_at.unwrap();
        assert!(sweeping.old_jobs(ended_at, 10).await.unwrap().is_empty());
        let begun = sweeping.begin_dropping(&both).await.unwrap();
        assert_eq!(begun, std::slice::from_ref(&old.id));
        assert!(
            !store.jobs().rerun(&old.id).await.unwrap(),
            "a part of it is dropped"
        );
        // Two steps and the reference to its input: one row at a time.
        let mut transactions = 1;
        while !sweeping.drop_jobs(&both, &[], 1).await.unwrap() {
            transactions += 1;
            assert!(store.jobs().find(&old.id).await.unwrap().is_some());
        }
        assert_eq!(transactions, 4);
        assert!(store.jobs().find(&old.id).await.unwrap().is_none());
        assert!(store.steps().of(&old.id).await.unwrap().is_empty());
        let key = old.idempotency_key.as_deref().unwrap();
        assert!(store.jobs().find_by_key(key).await.unwrap().is_none());
        assert!(store.jobs().find(&running.id).await.unwrap().is_some());
        assert_eq!(store.steps().of(&running.id).await.unwrap().len(), 2);
        store.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_input_is_kept_as_long_as_a_job_refers_to_it() {
    each(|url| async move {
        let store = Store::open(&url).await.unwrap();
        let with = |inputs: &[&[u8]]| NewJob {
            blobs: inputs.iter().map(|input| input.to_vec()).collect(),
            ..two_steps()
        };
        let (first, second) = (with(&[b"one", b"two", b"two"]), with(&[b"two"]));
        for job in [&first, &second] {
            ended(&store, job).await;
        }
        let blobs = store.blobs();
        let left = async || {
            let mut left = Vec::new();
            for input in [&b"one"[..], b"two"] {
                let found = blobs.get(&blob_digest(input)).await.unwrap();
                left.push(found.is_some_and(|found| found == input));
            }
            left
        };
        assert_eq!(blobs.drop_unused(10).await.unwrap(), 0);
        assert_eq!(left().await, [true, true]);
        drop_all(&store, std::slice::from_ref(&first.id)).await;
        assert_eq!(blobs.drop_unused(10).await.unwrap(), 1);
        assert_eq!(left().await, [false, true]);
        drop_all(&store, std::slice::from_ref(&second.id)).await;
        assert_eq!(blobs.drop_unused(10).await.unwrap(), 1);
        assert_eq!(left().await, [false, false]);
        // Whoever needs it later stores it anew.
        store.jobs().submit(with(&[b"two"]), 10).await.unwrap();
        assert_eq!(left().await, [false, true]);
        store.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_submission_and_a_sweeper_at_once_leave_every_job_its_input() {
    const ROUNDS: usize = 60;
    each(|url| async move {
        // Two processes, as far as the database can tell.
        let (one, other) = (
            Store::open(&url).await.unwrap(),
            Store::open(&url).await.unwrap(),
        );
        let input = b"rules that every job has".to_vec();
        let is_over = std::sync::atomic::AtomicBool::new(false);
        let sweep = async {
            let mut dropped = 0;
            while !is_over.load(std::sync::atomic::Ordering::Relaxed) {
                dropped += other.blobs().drop_unused(10).await.unwrap();
            }
            dropped
        };
        let submit = async {
            for _ in 0..ROUNDS {
                let job = NewJob {
                    blobs: vec![input.clone()],
                    ..two_steps()
                };
                one.jobs().submit(job.clone(), 1_000).await.unwrap();
                let found = one.blobs().get(&blob_digest(&input)).await.unwrap();
                assert_eq!(found.as_ref(), Some(&input), "the job has its input");
                let claim = claim(&one, &job.id, 60_000).await.unwrap();
                let jobs = one.jobs();
                jobs.end(&claim, JobState::Succeeded, None).await.unwrap();
                drop_all(&one, std::slice::from_ref(&job.id)).await;
            }
            is_over.store(true, std::sync::atomic::Ordering::Relaxed);
        };
        let (dropped, ()) = tokio::join!(sweep, submit);
        assert!(dropped > 0, "the sweeper had something to drop");
        one.close().await;
        other.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_of_a_system_go_with_their_job_and_others_at_their_age() {
    each(|url| async move {
        let store = Store::open(&url).await.unwrap();
        let job = two_steps();
        ended(&store, &job).await;
        let insert = |at: i64| {
            format!(
                "INSERT INTO audience_dead_letter (at, kind, job_id, payload, reason) \
                 VALUES ({at}, 'task', '{}', '', '')",
                job.id
            )
        };
        for at in [1, 2, 3, 10] {
            assert_eq!(say(&url, &insert(at)).await, 1);
        }
        let sweeping = store.sweeping();
        let letters = audience::systems::dispatch::DEAD_LETTERS;
        assert_eq!(sweeping.drop_aged(letters, 4, 2).await.unwrap(), 2);
        assert_eq!(sweeping.drop_aged(letters, 4, 2).await.unwrap(), 1);
        assert_eq!(sweeping.drop_aged(letters, 4, 2).await.unwrap(), 0);
        let task = format!(
            "INSERT INTO audience_dispatch (job_id, service, status, attempt, failures) \
             VALUES ('{}', 'a', 'failed', 1, 0)",
            job.id
        );
        assert_eq!(say(&url, &task).await, 1);
        let ids = [job.id.clone()];
        let begun = sweeping.begin(&ids).await.unwrap();
        while sweeping.drop_some(&begun, 100).await.unwrap() > 0 {}
        sweeping.end(&begun).await.unwrap();
        let begun = sweeping.begin_dropping(&ids).await.unwrap();
        let tables = audience::systems::dispatch::JOB_TABLES;
        assert!(sweeping.drop_jobs(&begun, &tables, 100).await.unwrap());
        let again = "DELETE FROM audience_dispatch";
        assert_eq!(say(&url, again).await, 0, "it is dropped already");
        store.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn old_jobs_are_dropped_and_what_they_published_stays() {
    let posts = corpus(300);
    let dropped = |settings: &mut TestSettings| {
        settings.retention.jobs_days = 0;
        settings.retention.every_s = 1;
    };
    let app = TestApp::with().settings(dropped).start(&posts).await;
    let mut ids = Vec::new();
    for _ in 0..3 {
        ids.push(app.submit().await);
    }
    // What is not the result of a job goes with it, in the engine's tables and in the output.
    for table in [
        "audience_job",
        "audience_step",
        "audience_batch",
        "audience_event",
        "audience_attempt",
        "audience_blob",
        "audience_job_blob",
        "audience_output_task",
        "audience_output_batch",
        "audience_output_author",
        "audience_beside",
    ] {
        app.wait_for_rows(&format!("SELECT count(*) = 0 FROM {table}"))
            .await;
    }
    let expected = expected(&posts, USUAL_RULES, RANGE).published;
    for id in &ids {
        assert_eq!(app.published(id), expected);
        let (status, _) = app.get(&format!("/v1/jobs/{id}")).await;
        assert_eq!(status, 404);
    }
    assert_eq!(app.count("SELECT count(*) FROM state"), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn files_of_a_job_are_served_until_they_are_old() {
    let dropped = |settings: &mut TestSettings| {
        settings.retention.artifacts_days = 0;
        settings.retention.every_s = 1;
    };
    let app = TestApp::with().settings(dropped).start(&corpus(1)).await;
    let job = two_steps();
    let store = &app.app.store;
    // Of a queue whose jobs nobody runs here.
    let job = NewJob {
        queue: audience::engine::runtime::PRIVATE_QUEUE.to_owned(),
        ..job
    };
    store.jobs().submit(job.clone(), 10).await.unwrap();
    let claim = claim(store, &job.id, 60_000).await.unwrap();
    let files = app.app.artifacts.of(claim.clone());
    files.put("報告.zip", b"PK".to_vec()).await.unwrap();
    files.put("run.log", b"first".to_vec()).await.unwrap();
    let written = files.put("run.log", b"second".to_vec()).await.unwrap();

    let path = format!("/v1/jobs/{}/artifacts", job.id);
    let (status, listed) = app.get(&path).await;
    assert_eq!(status, 200);
    let names: Vec<_> = listed["artifacts"].as_array().unwrap().iter().collect();
    assert_eq!(names.len(), 2);
    let log = names.iter().find(|file| file["name"] == "run.log").unwrap();
    assert_eq!(log["bytes"], 6);
    assert_eq!(log["sha256"], written.sha256);
    let get = |name: &str| app.http.get(app.url(&format!("{path}/{name}")));
    let answer = get("run.log").send().await.unwrap();
    let header = |name: &str| answer.headers()[name].to_str().unwrap().to_owned();
    assert_eq!(answer.headers().get_all("content-type").iter().count(), 1);
    assert_eq!(header("content-type"), "text/plain; charset=utf-8");
    assert_eq!(header("content-length"), "6");
    assert!(header("content-disposition").contains("run.log"));
    let etag = header("etag");
    assert_eq!(etag, format!("\"{}\"", written.sha256));
    assert_eq!(answer.bytes().await.unwrap(), &b"second"[..]);
    let again = get("run.log").header("If-None-Match", &etag);
    assert_eq!(again.send().await.unwrap().status(), 304);
    let zip = get("%E5%A0%B1%E5%91%8A.zip").send().await.unwrap();
    assert_eq!(zip.headers()["content-type"], "application/zip");
    assert_eq!(zip.bytes().await.unwrap(), &b"PK"[..]);
    for missing in ["no.zip", "..%2Faudience.db", "%2e%2e"] {
        let answer = get(missing).send().await.unwrap();
        assert_eq!(answer.status(), 404, "{missing}");
    }

    // A process that lost the job writes beside the one that has it, and nobody sees that.
    store.leases().release(&claim).await.unwrap();
    let later = super::leasing::claim(store, &job.id, 60_000).await.unwrap();
    let files_later = app.app.artifacts.of(later.clone());
    files_later.put("run.log", b"later".to_vec()).await.unwrap();
    let refused = files.put("run.log", b"frozen".to_vec()).await;
    assert!(refused.is_err());
    let (_, mut body) = files_later.open("run.log").await.unwrap().unwrap();
    let read = futures_util::StreamExt::next(&mut body.stream).await;
    assert_eq!(read.unwrap().unwrap(), b"later");

    let folder = app.folder.path().join("audience_files/job");
    let stray = folder.join(format!("{}/1/stray.zip", job.id));
    std::fs::write(&stray, "left by a process that was killed").unwrap();
    // That, and what the frozen process wrote.
    assert_eq!(app.app.artifacts.drop_unknown(LATER).await.unwrap(), 2);
    assert!(!stray.exists());
    assert_eq!(files_later.list().await.unwrap().len(), 2);
    let jobs = store.jobs();
    jobs.end(&later, JobState::Succeeded, None).await.unwrap();
    app.wait_for_rows("SELECT count(*) = 0 FROM audience_artifact")
        .await;
    let left = app.app.artifacts.drop_unknown(LATER).await.unwrap();
    assert_eq!(left, 0, "the files were dropped before their entries");
    let (status, listed) = app.get(&path).await;
    assert_eq!(
        (status, listed["artifacts"].clone()),
        (200, serde_json::json!([]))
    );
}
