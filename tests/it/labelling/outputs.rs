//! Outputs that are away, and results while their task runs again.

use std::time::Duration;

use audience::fault::{FaultKind, FaultPoint, Faults};
use audience::systems::labelling::panels::{Adoption, Layout, open_sink};
use audience::systems::labelling::settings::{Groups, OutputSettings};
use entity::{JobId, JobState};
use serde_json::json;
use tokio::time::timeout;

use crate::support::{
    DatabaseKind, LEASE, OLD_TASK, OwnDatabase, TestApp, corpus, left_by_original, usual_pattern,
};

#[tokio::test(flavor = "multi_thread")]
async fn one_output_away_leaves_the_others_as_they_are() {
    let app = TestApp::with().settings(|settings| {
        let away = OutputSettings {
            url: Some("postgres://u:s3cret@127.0.0.1:1/db".to_owned()),
        };
        // Looked at before and after the one that answers.
        for name in ["away", "zone"] {
            settings.outputs.insert(name.to_owned(), away.clone());
        }
    });
    let app = app.start(&corpus(50)).await;
    let id = app.submit().await;
    assert_eq!(app.wait_until_ended(&id).await, JobState::Succeeded);
    let (_, listed) = app.get("/api/tasks").await;
    assert_eq!(listed["error_code"], 200);
    assert_eq!(listed["content"][0]["task_id"], id.to_string());
    assert_eq!(listed["content"].as_array().unwrap().len(), 1);
    let (status, ready) = app.get("/readyz").await;
    assert_eq!((status, &ready["status"]), (200, &"ready".into()));
    assert_eq!(ready["details"][0]["part"], "outputs");
    assert_eq!(
        ready["details"][0]["reason"],
        "output `away`: the output database cannot be opened: it cannot be \
         reached; output `zone`: the output database cannot be opened: it \
         cannot be reached"
    );
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn while_an_output_is_locked_callers_are_answered_and_jobs_leave_their_places() {
    /// Less than a writer used to wait for the lock.
    const ANSWERED_WITHIN: Duration = Duration::from_secs(25);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("locked.db");
    let url = format!("sqlite://{}", file.display());
    let app = TestApp::with().settings(move |settings| {
        settings.outputs.get_mut("result").unwrap().url = Some(url);
        settings.runtime.jobs_at_once = 1;
    });
    let app = app.start(&corpus(50)).await;
    let before = app.submit().await;
    assert_eq!(app.wait_until_ended(&before).await, JobState::Succeeded);
    let other = rusqlite::Connection::open(&file).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let body = json!({ "labelling": { "rules": usual_pattern() } });
    let mut waiting = Vec::new();
    for _ in 0..2 {
        let answered = timeout(ANSWERED_WITHIN, app.post("/v1/jobs", &body)).await;
        let (status, job) = answered.expect("the caller is answered");
        assert_eq!(status, 202, "{job}");
        let id: JobId = job["id"].as_str().unwrap().parse().unwrap();
        app.wait_until(&id, |job| {
            let reason = job.waiting.as_deref().unwrap_or_default();
            job.state == JobState::Parked && reason.contains("it is locked by another process")
        })
        .await;
        waiting.push(id);
    }
    drop(other);
    for id in &waiting {
        assert_eq!(app.wait_until_ended(id).await, JobState::Succeeded);
    }
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_any_output_the_program_is_not_ready() {
    let app = TestApp::with().settings(|settings| {
        let url = Some("mysql://u:s3cret@127.0.0.1:1/db".to_owned());
        settings.outputs.get_mut("result").unwrap().url = url;
    });
    let app = app.start(&corpus(1)).await;
    let (status, not_ready) = app.get("/readyz").await;
    assert_eq!((status, &not_ready["part"]), (503, &"outputs".into()));
    assert_eq!(
        not_ready["reason"],
        "output `result`: the output database cannot be opened: it cannot be \
         reached"
    );
    let (_, listed) = app.get("/api/tasks").await;
    assert_eq!(listed["error_code"], 500);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_output_of_the_original_program_is_named_with_what_takes_it_over() {
    let started = tokio::task::spawn_blocking(|| {
        let database = OwnDatabase::new(DatabaseKind::Sqlite);
        left_by_original(&database, "2.1");
        database
    });
    let database = started.await.unwrap();
    let url = database.url.clone();
    let app = TestApp::with().settings(move |settings| {
        settings.outputs.get_mut("result").unwrap().url = Some(url);
    });
    let app = app.start(&corpus(1)).await;
    let (status, not_ready) = app.get("/readyz").await;
    assert_eq!((status, &not_ready["part"]), (503, &"outputs".into()));
    let expected = "output `result`: table `state` is one of the original program: `audience migrate \
                    --adopt` takes over its tables with their rows, `audience migrate --set-aside` \
                    only renames them";
    assert_eq!(not_ready["reason"], expected);
    let (_, listed) = app.get("/api/tasks").await;
    let known = "cannot connect to state table";
    assert_eq!(
        (&listed["error_code"], &listed["error_message"]),
        (&500.into(), &known.into())
    );
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_result_stays_readable_while_its_task_runs_again() {
    let faults = Faults::default().with(FaultPoint::BeforePublish, FaultKind::Error, 2, 5);
    let app = TestApp::with().faults(faults).start(&corpus(300)).await;
    let id = app.submit().await;
    assert_eq!(app.wait_until_ended(&id).await, JobState::Succeeded);
    let published = app.published(&id);
    assert!(app.app.runtime.rerun(&id).await.unwrap());
    assert_eq!(app.wait_until_ended(&id).await, JobState::Failed);
    let (status, sample) = app.get(&format!("/v1/jobs/{id}/sample")).await;
    assert_eq!(status, 200);
    assert!(!sample["rows"].as_array().unwrap().is_empty());
    let (_, sample) = app.get(&format!("/api/tasks/{id}/sample")).await;
    assert_eq!(sample["error_code"], 200);
    assert_eq!(app.published(&id), published);
    assert!(app.app.runtime.resume(&id).await.unwrap());
    assert_eq!(app.wait_until_ended(&id).await, JobState::Succeeded);
    assert_eq!(app.published(&id), published);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_of_the_original_is_listed_and_its_result_read() {
    let (database, url) = tokio::task::spawn_blocking(|| {
        let database = OwnDatabase::new(DatabaseKind::MySql);
        left_by_original(&database, "2.1");
        let layout = Layout {
            groups: vec!["Ptt".to_owned()],
        };
        let sink = open_sink(&database.url, LEASE).unwrap();
        sink.adopt(&layout, Adoption::Copy).unwrap();
        let url = database.url.clone();
        (database, url)
    })
    .await
    .unwrap();
    let app = TestApp::with().settings(move |settings| {
        settings.outputs.get_mut("result").unwrap().url = Some(url);
        settings.labelling.groups = Groups(vec![("Ptt".to_owned(), vec!["WH_1".to_owned()])]);
    });
    let app = app.start(&corpus(1)).await;
    let (_, listed) = app.get("/api/tasks").await;
    assert_eq!(listed["content"][0]["task_id"], OLD_TASK);
    let (_, status) = app.get(&format!("/api/tasks/{OLD_TASK}")).await;
    assert_eq!(
        (&status["status"], &status["prod_status"], &status["result"]),
        (&"SUCCESS".into(), &"finish".into(), &"Ptt".into())
    );
    let (_, sample) = app.get(&format!("/api/tasks/{OLD_TASK}/sample")).await;
    assert_eq!(sample["error_message"].as_array().unwrap().len(), 2);
    let (status, sample) = app.get(&format!("/v1/jobs/{OLD_TASK}/sample")).await;
    assert_eq!((status, sample["rows"].as_array().unwrap().len()), (200, 2));
    let unknown = "0".repeat(32);
    let (status, _) = app.get(&format!("/v1/jobs/{unknown}/sample")).await;
    assert_eq!(status, 404);
    app.stop().await;
    tokio::task::spawn_blocking(move || drop(database))
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_output_that_its_user_may_not_read_is_named_and_not_called_a_fault_of_the_program() {
    for kind in DatabaseKind::SERVERS {
        let (database, url) = tokio::task::spawn_blocking(move || {
            let mut database = OwnDatabase::new(kind);
            let url = database.url_of_new_role("ALL");
            database.let_role_make_tables();
            (database, url)
        })
        .await
        .unwrap();
        let app = TestApp::with().settings(move |settings| {
            settings.outputs.get_mut("result").unwrap().url = Some(url);
        });
        let app = app.start(&corpus(300)).await;
        let id = app.submit().await;
        assert_eq!(app.wait_until_ended(&id).await, JobState::Succeeded);
        // The rows of one group, where rights are of tables; then everything.
        let tables = [Some("wh_panel_mapping_a"), None];
        let from = usize::from(kind == DatabaseKind::MySql);
        let mut database = database;
        for table in &tables[from..] {
            let table = *table;
            database = tokio::task::spawn_blocking(move || {
                database.revoke(table);
                database
            })
            .await
            .unwrap();
            for path in [
                "sample",
                "result",
                "result?format=jsonl",
                "result?format=xlsx",
            ] {
                let url = app.url(&format!("/v1/jobs/{id}/{path}"));
                let answer = app.http.get(url).send().await.unwrap();
                let status = answer.status().as_u16();
                let said = answer.text().await.unwrap();
                assert_eq!(status, 503, "{kind:?} {table:?} {path}: {said}");
                assert!(
                    said.contains("output `result`: the output database"),
                    "{said}"
                );
                assert!(
                    !said.contains("SELECT") && !said.contains("audience_own"),
                    "{said}"
                );
            }
        }
        app.stop().await;
        tokio::task::spawn_blocking(move || drop(database))
            .await
            .unwrap();
    }
}
