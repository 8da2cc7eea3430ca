//! A job in the course of time, as `/v1` and its page show it.

use std::time::{Duration, Instant};

use entity::JobId;
use rusqlite::Connection;
use serde_json::Value;

use super::page_browser::Browser;
use crate::support::{TestApp, corpus};

#[tokio::test(flavor = "multi_thread")]
async fn a_finished_job_shows_when_its_steps_were_worked_on() {
    let app = TestApp::with().start(&corpus(200)).await;
    let id = app.submit().await;
    app.wait_until_ended(&id).await;
    let (status, timeline) = app.get(&format!("/v1/jobs/{id}/timeline")).await;
    assert_eq!(status, 200, "{timeline}");
    let (_, job) = app.get(&format!("/v1/jobs/{id}")).await;
    assert_eq!(timeline["from"], job["started_at"]);
    assert_eq!(timeline["until"], job["ended_at"]);
    assert_eq!(timeline["one_in"], 1);
    let steps = timeline["steps"].as_array().unwrap();
    assert_eq!(steps.len(), job["steps"].as_array().unwrap().len());
    for step in steps {
        assert_eq!(step["state"], "completed", "{step}");
        assert_eq!(step["failed"], 0);
        let density = step["density"].as_array().unwrap();
        let completed = density
            .iter()
            .map(|part| part["completed"].as_u64().unwrap());
        assert_eq!(completed.sum::<u64>(), step["attempts"].as_u64().unwrap());
    }
    let attempts = timeline["attempts"].as_array().unwrap();
    assert!(
        attempts
            .iter()
            .all(|attempt| attempt["outcome"] == "completed")
    );
    assert_eq!(timeline["marks"][0]["kind"], "started");
    let page = Browser::of(&app).get(&format!("/jobs/{id}")).await;
    for part in [
        "<h2>Timeline</h2>",
        "role=\"img\" aria-label=\"Attempts: ",
        "As a table",
    ] {
        assert!(page.html.contains(part), "{part}");
    }
    let (status, _) = app
        .get(&format!("/v1/jobs/{}/timeline", "0".repeat(32)))
        .await;
    assert_eq!(status, 404);
}

/// Makes it a job of so many batches with an attempt each, one of a hundred of which failed, that was
/// rescued in between.
fn grow(app: &TestApp, id: &JobId, batches: i64) {
    let store = Connection::open(app.database()).unwrap();
    store.busy_timeout(Duration::from_secs(10)).unwrap();
    let sql = "
        UPDATE audience_job SET started_at = 1000000, ended_at = 601000000 WHERE id = ?1;
        UPDATE audience_step SET batches_total = ?2, batches_done = ?2 WHERE job_id = ?1 AND no = 0;
        DELETE FROM audience_attempt WHERE job_id = ?1;
        WITH RECURSIVE n (no) AS (SELECT 0 UNION ALL SELECT no + 1 FROM n WHERE no + 1 < ?2)
        INSERT INTO audience_attempt
            (job_id, step_no, batch_no, generation, no, outcome, started_at, ended_at, error)
        SELECT ?1, 0, no, 0, 1, CASE WHEN no % 100 = 0 THEN 'failed' ELSE 'completed' END,
            1000000 + no * 590000000 / ?2, 5000000 + no * 590000000 / ?2,
            CASE WHEN no % 100 = 0 THEN '<b>bad</b>' END FROM n;
        WITH RECURSIVE n (no) AS (SELECT 0 UNION ALL SELECT no + 1 FROM n WHERE no + 1 < ?2)
        INSERT INTO audience_event (job_id, at, kind, data)
        SELECT ?1, 1000000 + no * 590000000 / ?2, 'batch.started', '{}' FROM n;
        INSERT INTO audience_event (job_id, at, kind, data) VALUES
            (?1, 300000000, 'job.rescued', '{\"reason\":\"its process is <i>gone</i>\"}'),
            (?1, 301000000, 'job.adopted', '{\"epoch\":7}'),
            (?1, 400000000, 'job.waiting', '{\"reason\":\"the table is locked\"}'),
            (?1, 460000000, 'job.waiting_ended', '{}');";
    for statement in sql.split(';').filter(|part| !part.trim().is_empty()) {
        let mut statement = store.prepare(statement).unwrap();
        match statement.parameter_count() {
            1 => statement.execute([id.as_str()]).unwrap(),
            _ => statement.execute((id.as_str(), batches)).unwrap(),
        };
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_batches_are_a_density_and_a_rescue_is_marked() {
    let app = TestApp::with().start(&corpus(20)).await;
    let id = app.submit().await;
    app.wait_until_ended(&id).await;
    grow(&app, &id, 10_000);
    let path = format!("/v1/jobs/{id}/timeline");
    let (_, timeline) = app.get(&path).await;
    assert_eq!(
        (&timeline["one_in"], &timeline["attempts"]),
        (&1.into(), &Value::Null)
    );
    let step = &timeline["steps"][0];
    assert_eq!(
        (&step["attempts"], &step["failed"]),
        (&10_000.into(), &100.into())
    );
    let density = step["density"].as_array().unwrap();
    assert_eq!(density.len(), 119, "the last part of the time is idle");
    let sum = |name: &str| -> u64 {
        let numbers = density.iter().map(|part| part[name].as_u64().unwrap());
        numbers.sum()
    };
    assert_eq!((sum("completed"), sum("failed")), (9_900, 100));
    // 10,000 attempts of four seconds each.
    let worked = density.iter().map(|part| part["at_work"].as_f64().unwrap());
    let worked = worked.sum::<f64>() * timeline["part_s"].as_f64().unwrap();
    assert!((worked - 40_000.0).abs() < 1.0, "{worked} s");
    let kinds = |timeline: &Value| -> Vec<String> {
        let marks = timeline["marks"].as_array().unwrap().iter();
        marks
            .map(|mark| mark["kind"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(kinds(&timeline)[..], ["started", "rescued", "adopted"]);
    assert_eq!(timeline["waits"][0]["reason"], "the table is locked");
    let browser = Browser::of(&app);
    let mut took = Vec::new();
    for _ in 0..20 {
        let began = Instant::now();
        let page = browser.get(&format!("/jobs/{id}")).await;
        took.push(began.elapsed());
        assert!(
            page.html.contains("Rescued: its process lost it"),
            "{}",
            page.html
        );
        assert!(page.html.contains("Waited 1\u{a0}min"));
        assert!(!page.html.contains("<i>gone"));
        assert!(page.html.matches("<rect").count() < 500);
    }
    took.sort();
    eprintln!(
        "the page of 10,000 batches: median {:?}, longest {:?}",
        took[10], took[19]
    );
    // Of more, some are looked at.
    grow(&app, &id, 50_000);
    let (_, timeline) = app.get(&path).await;
    assert_eq!(timeline["one_in"], 3);
    assert_eq!(timeline["steps"][0]["attempts"], 16_667);
    let page = browser.get(&format!("/jobs/{id}")).await;
    assert!(page.html.contains("One of 3 batches is drawn."));
}
