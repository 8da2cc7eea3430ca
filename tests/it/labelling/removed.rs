//! Jobs that are removed with their results.

use audience::engine::store::AuditFilter;
use audience::fault::{FaultKind, FaultPoint, Faults};
use entity::{JobId, JobState};
use rusqlite::Connection;

use crate::support::{TestApp, corpus, wait_for};

async fn remove(app: &TestApp, id: &JobId) -> (u16, String) {
    let url = app.url(&format!("/v1/jobs/{id}"));
    let answer = app.http.delete(url).send().await.unwrap();
    let status = answer.status().as_u16();
    (status, answer.text().await.unwrap())
}

/// The tables in which something of a job is left, but for the audit.
fn traces(app: &TestApp, id: &JobId) -> Vec<String> {
    let connection = Connection::open(app.database()).unwrap();
    let mut tables = connection
        .prepare("SELECT name FROM sqlite_master WHERE type = 'table' AND name <> 'audience_audit'")
        .unwrap();
    let tables = tables.query_map([], |row| row.get::<_, String>(0)).unwrap();
    let tables: Vec<String> = tables.map(Result::unwrap).collect();
    tables
        .into_iter()
        .filter(|table| {
            let columns = format!(
                "SELECT name FROM pragma_table_info('{table}') \
                 WHERE name IN ('id', 'job_id', 'task_id') ORDER BY name DESC LIMIT 1"
            );
            let column: Result<String, _> = connection.query_row(&columns, [], |row| row.get(0));
            let Ok(column) = column else {
                return false;
            };
            let sql = format!("SELECT count(*) FROM \"{table}\" WHERE {column} = ?1");
            let found: i64 = connection
                .query_row(&sql, [id.as_str()], |row| row.get(0))
                .unwrap();
            found > 0
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_left_of_a_removed_job_and_others_stay() {
    let app = TestApp::with().settings(|settings| settings.retention.rows_per_step = 7);
    let app = app.start(&corpus(300)).await;
    let (removed, kept) = (app.submit().await, app.submit().await);
    for id in [&removed, &kept] {
        assert_eq!(app.wait_until_ended(id).await, JobState::Succeeded);
    }
    let published = app.published(&kept);
    assert!(!published.is_empty() && !traces(&app, &removed).is_empty());
    assert_eq!(remove(&app, &removed).await, (204, String::new()));
    assert_eq!(traces(&app, &removed), Vec::<String>::new());
    assert_eq!(app.published(&kept), published);
    assert_eq!(app.get(&format!("/v1/jobs/{kept}/sample")).await.0, 200);
    assert_eq!(app.get(&format!("/v1/jobs/{removed}")).await.0, 404);
    assert_eq!(remove(&app, &removed).await.0, 404);
    let filter = AuditFilter {
        what: Some(removed.to_string()),
        operation: Some("remove_job".to_owned()),
        ..AuditFilter::default()
    };
    let audit = app.app.store.audit().page(&filter, 10).await.unwrap();
    let results: Vec<&str> = audit.iter().map(|row| row.result.as_str()).collect();
    assert!(results.contains(&"done"), "{audit:?}");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_has_not_ended_is_not_removed() {
    let app = TestApp::with().start(&corpus(10)).await;
    let id = app.submit_with(|request| request.countdown_s = 600).await;
    app.wait_until(&id, |job| job.state == JobState::Parked)
        .await;
    let (status, refused) = remove(&app, &id).await;
    assert_eq!(status, 409, "{refused}");
    assert!(refused.contains("cancel it first"), "{refused}");
    assert_ne!(app.job(&id).await.history, entity::HistoryState::Dropping);
    let (status, _) = app
        .post(&format!("/v1/jobs/{id}/cancel"), &serde_json::json!({}))
        .await;
    assert_eq!(status, 202);
    assert_eq!(app.wait_until_ended(&id).await, JobState::Cancelled);
    assert_eq!(remove(&app, &id).await.0, 204);
    assert_eq!(traces(&app, &id), Vec::<String>::new());
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_removal_that_was_interrupted_is_continued() {
    let app = TestApp::with().settings(|settings| settings.retention.every_s = 1);
    let app = app.start(&corpus(300)).await;
    let id = app.submit().await;
    assert_eq!(app.wait_until_ended(&id).await, JobState::Succeeded);
    // What a process leaves that is killed once the removal has begun.
    app.app.store.jobs().begin_removal(&id).await.unwrap();
    wait_for("the rest is removed by itself", async || {
        traces(&app, &id).is_empty().then_some(())
    })
    .await;
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_was_never_run_is_removed_with_its_row_in_state() {
    let faults = Faults::default().with(FaultPoint::BeforePublish, FaultKind::Error, 1, 5);
    let app = TestApp::with().faults(faults).start(&corpus(50)).await;
    let failed = app.submit().await;
    assert_eq!(app.wait_until_ended(&failed).await, JobState::Failed);
    assert_eq!(remove(&app, &failed).await.0, 204);
    assert_eq!(traces(&app, &failed), Vec::<String>::new());
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_elsewhere_is_not_said_to_be_removed() {
    let app = TestApp::with().start(&corpus(50)).await;
    let id = app.submit().await;
    assert_eq!(app.wait_until_ended(&id).await, JobState::Succeeded);
    let published = app.published(&id);
    // As after a start without the disk of the output: the file is another one, made anew.
    let forget = "DELETE FROM audience_output_task";
    let output = Connection::open(app.database()).unwrap();
    output.execute(forget, []).unwrap();
    let (status, said) = remove(&app, &id).await;
    assert_eq!(status, 409, "{said}");
    assert!(said.contains("does not know the task"), "{said}");
    assert_eq!(app.get(&format!("/v1/jobs/{id}")).await.0, 200);
    assert_eq!(app.published(&id), published);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_whose_removal_has_begun_is_not_shown_any_more() {
    let app = TestApp::with().start(&corpus(50)).await;
    let (removed, kept) = (app.submit().await, app.submit().await);
    for id in [&removed, &kept] {
        assert_eq!(app.wait_until_ended(id).await, JobState::Succeeded);
    }
    app.app.store.jobs().begin_removal(&removed).await.unwrap();
    assert!(
        !traces(&app, &removed).is_empty(),
        "its rows are still there"
    );
    for path in ["/api/tasks/", "/v1/jobs"] {
        let (status, listed) = app.get(path).await;
        assert_eq!(status, 200, "{listed}");
        let listed = listed.to_string();
        assert!(listed.contains(kept.as_str()), "{listed}");
        assert!(!listed.contains(removed.as_str()), "{listed}");
    }
    assert_eq!(app.get(&format!("/v1/jobs/{removed}")).await.0, 404);
    assert_eq!(
        remove(&app, &removed).await.0,
        204,
        "it can be asked for again"
    );
    assert_eq!(traces(&app, &removed), Vec::<String>::new());
    app.stop().await;
}
