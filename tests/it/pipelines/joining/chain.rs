//! From a table that is made to a report of what was made of it, also by servers that are killed.

use std::fs;

use serde_json::{Value, json};

use super::{ASKED, REPORT, TASKS, serve};
use crate::pipelines::server::PipelineServer;
use crate::support::wait_for;

#[tokio::test(flavor = "multi_thread")]
async fn a_table_is_made_labelled_judged_by_a_worker_and_both_results_are_read() {
    let server = serve(&[TASKS, ASKED, REPORT], "").await;
    let run = server.start_task("report").await;
    let task = server.leased().await;
    assert_eq!(
        task["message"]["Task"]["condition"],
        json!({ "day": "2020-01-01", "note": "say \"{hi}\"", "limit": 5 })
    );
    server.wait_for_state(&run, "asked", "parked").await;
    let why = server.why("asked").await;
    assert_eq!(
        why["sentence"],
        "asked(day=2020-01-01) waits for an outside worker"
    );
    assert_eq!(
        (&why["because"][0]["kind"], &why["because"][0]["detail"]),
        (&json!("input"), &json!("an outside worker"))
    );
    server.end_task(&task, "finished").await;
    assert_eq!(server.ended(&run).await["state"], "succeeded");

    let report = server.project.lines("report/2020-01-01.json");
    let results: Vec<Value> = report
        .iter()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(results[0]["stat"], "SUCCESS");
    assert!(results[0]["rows_received"].as_u64().unwrap() > 0);
    assert_eq!(results[1], json!({ "mood": "good", "by": "nlp" }));
    // The job of the instance has the steps of the flow itself.
    let job = server.job_of(&run, "labelled").await;
    let steps = job["steps"].as_array().unwrap().iter();
    let steps: Vec<&str> = steps.map(|step| step["name"].as_str().unwrap()).collect();
    assert_eq!(steps, ["make", "label", "publish", "conclude"]);
    let figures = &job["figures"];
    assert_eq!(
        figures["attempts"],
        json!([{ "no": 1, "state": "succeeded", "log": null }])
    );
    let rows = server.project.texts(
        "out.db",
        "SELECT CAST(sum(n) AS TEXT) FROM (SELECT count(*) AS n FROM wh_panel_mapping_other)",
    );
    assert!(rows[0].parse::<u64>().unwrap() > 0, "{rows:?}");

    // What it has published is found by its job, as that of any other labelling.
    let id = job["id"].as_str().unwrap();
    let sample = server.get(&format!("/v1/jobs/{id}/sample")).await;
    assert!(!sample["rows"].as_array().unwrap().is_empty());
    let task = server.get(&format!("/api/tasks/{id}")).await;
    assert_eq!(task["error_code"], 200, "{task}");

    // Made is made.
    let again = server.start_task("report").await;
    assert_eq!(
        server.ended(&again).await["planned"],
        json!({ "complete": 1 })
    );
    fs::remove_file(server.project.path("report/2020-01-01.json")).unwrap();
    let again = server.start_task("report").await;
    let ended = server.ended(&again).await;
    assert_eq!(ended["planned"], json!({ "complete": 2, "run": 1 }));
    assert_eq!(server.project.lines("report/2020-01-01.json"), report);
    assert_eq!(server.project.lines("reports").len(), 2);

    // A job that is removed takes its rows with it, and then the instance is not made.
    let removed = format!("/v1/jobs/{id}");
    let removed = server.call("admin", "DELETE", &removed, &Value::Null).await;
    assert!(removed.status < 300, "{removed:?}");
    let why = "/v1/projects/small/why?task=labelled&day=2020-01-01";
    wait_for("the instance is missing", async || {
        let why = server.get(why).await;
        (why["sentence"] == "labelled(day=2020-01-01) can begin").then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_killed_while_it_labels_or_waits_finishes_what_it_has_begun() {
    let more = "  rows_per_slice: 5\n  batches_per_step: 1\n";
    let mut server = serve(&[TASKS, ASKED, REPORT], more).await;
    let run = server.start_task("report").await;
    for _ in 0..2 {
        wait_for("rows are labelled", async || {
            let job = server.job_of_begun(&run, "labelled").await?;
            let steps = job["steps"].as_array()?;
            let rows = steps.iter().find(|step| step["name"] == "label")?;
            (rows["rows"].as_u64()? > 0 || rows["state"] != "pending").then_some(())
        })
        .await;
        server.kill();
        server.start().await;
    }
    let task = server.leased().await;
    server.kill();
    server.start().await;
    server.wait_for_state(&run, "asked", "parked").await;
    server.end_task(&task, "finished").await;
    assert_eq!(server.ended(&run).await["state"], "succeeded");
    let report = server.project.lines("report/2020-01-01.json");
    let labelled: Value = serde_json::from_str(&report[0]).unwrap();
    let asked: Value = serde_json::from_str(&report[1]).unwrap();
    assert_eq!(labelled["stat"], "SUCCESS");
    assert_eq!(asked, json!({ "mood": "good", "by": "nlp" }));
    assert_eq!(server.project.lines("reports"), ["made"]);
    let job = server.job_of(&run, "labelled").await;
    let steps = job["steps"].as_array().unwrap().iter();
    let steps: Vec<&str> = steps.map(|step| step["name"].as_str().unwrap()).collect();
    assert_eq!(steps, ["make", "label", "publish", "conclude"]);
}

impl PipelineServer {
    /// `None`: nobody has begun it yet.
    async fn job_of_begun(&self, run: &str, task: &str) -> Option<Value> {
        let job = self.job_of(run, task).await;
        (job["state"] != "blocked").then_some(job)
    }
}
