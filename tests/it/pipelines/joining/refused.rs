//! What labelling refuses fails the task that uses it.

use serde_json::Value;

use super::{ASKED, REPORT, TASKS, serve};

#[tokio::test(flavor = "multi_thread")]
async fn a_table_that_is_missing_fails_the_task_that_uses_it_and_is_named() {
    let tasks = TASKS.replace(
        "run: python3 posts.py 3000 && touch posts_made",
        "run: python3 -c 'import sqlite3; sqlite3.connect(\"posts.db\").execute(\"CREATE TABLE other (id)\")'",
    );
    let server = serve(&[&tasks, ASKED, REPORT], "").await;
    let run = server.start_task("report").await;
    let error = server.error_of(&run, "labelled").await;
    assert!(error.contains("ts_page_content"), "{error}");
    let jobs = server.jobs(&run).await;
    let states: Vec<&Value> = jobs.iter().map(|job| &job["state"]).collect();
    assert_eq!(
        states.iter().filter(|state| **state == "skipped").count(),
        2
    );
    let job = server.job_of(&run, "labelled").await;
    let path = format!("/v1/jobs/{}/why", job["id"].as_str().unwrap());
    let why = server.get(&path).await;
    assert!(
        why["sentence"]
            .as_str()
            .unwrap()
            .contains("ts_page_content"),
        "{why}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_without_its_file_fails_the_task_that_uses_it() {
    let tasks = TASKS.replace("    requires: [posts]\n", "");
    let server = serve(&[&tasks], "").await;
    let run = server.start_task("labelled").await;
    let error = server.error_of(&run, "labelled").await;
    assert!(
        error.contains("source `made`: its file is not there"),
        "{error}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_flow_refuses_fails_the_task() {
    let tasks = TASKS.replace("rule_set: interests", "rule_set: others");
    let server = serve(&[&tasks], "").await;
    let run = server.start_task("labelled").await;
    let error = server.error_of(&run, "labelled").await;
    assert!(
        error.contains("rule set `others` is not in the settings"),
        "{error}"
    );
}
