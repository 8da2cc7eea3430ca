//! `SIGKILL` while a job is held, and when it is approved: it is published once, or not yet.

use serde_json::{Value, json};
use tokio::task::block_in_place;

use crate::support::{DatabaseKind, OwnDatabase, http_client, wait_for};
use crate::telemetry::server::{Served, Server};

fn labelling(gate: &Value) -> Value {
    json!({ "labelling": { "model_type": "mixed_model", "rules": {
        "name": "people", "in": ["author"], "gate": gate,
        "labels": { "first": ["amy", "阿美"], "second": ["bob", "eve"] },
    } } })
}

async fn submit(server: &Server, gate: &Value) -> String {
    let (job, _) = server.post("/v1/jobs", &labelling(gate), None).await;
    job["id"].as_str().unwrap().to_owned()
}

async fn is_held(server: &Server, job: &str) {
    wait_for("the gate holds the job", async || {
        let (_, shown) = server
            .call("GET", &format!("/v1/jobs/{job}"), &Value::Null)
            .await;
        let waiting = shown["waiting"].as_str()?;
        waiting.starts_with("held by the gate").then_some(())
    })
    .await;
}

fn published(database: &OwnDatabase, job: &str) -> Vec<String> {
    let rows = ["a", "b", "other"].iter().flat_map(|group| {
        database.texts(&format!(
            "SELECT id FROM wh_panel_mapping_{group} WHERE task_id = '{job}' ORDER BY id, panel"
        ))
    });
    rows.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_is_held_and_approved_once_however_often_the_program_is_killed() {
    for kind in DatabaseKind::ALL {
        println!("on {kind:?}");
        let database = block_in_place(|| OwnDatabase::new(kind));
        let mut served = Served::with_rows(200);
        served.settings["database"]["url"] = json!(database.url);
        let mut server = served.start("first", &[]).await;
        let free = submit(&server, &json!({})).await;
        assert_eq!(server.wait_until_ended(&free).await["state"], "succeeded");
        let expected = block_in_place(|| published(&database, &free));
        assert!(!expected.is_empty());

        let job = submit(&server, &json!({ "coverage_max": 0 })).await;
        is_held(&server, &job).await;
        for no in 0..2 {
            server.program.kill();
            server = served.start(&format!("held{no}"), &[]).await;
            is_held(&server, &job).await;
            assert_eq!(block_in_place(|| published(&database, &job)), [""; 0]);
        }
        // It dies at the approval: before it, while it is stored, or behind it.
        let mut approved = false;
        for no in 0..4 {
            let call = http_client()
                .build()
                .unwrap()
                .post(format!("{}/v1/jobs/{job}/approve", server.base))
                .json(&json!({ "why": "as wanted" }));
            let answer = tokio::spawn(call.send());
            if no % 2 == 1 {
                let decided = format!(
                    "SELECT decision FROM audience_rule_gate WHERE job_id = '{job}' AND decision IS NOT NULL"
                );
                wait_for("it is decided", async || {
                    let found = block_in_place(|| database.texts(&decided));
                    (!found.is_empty()).then_some(())
                })
                .await;
            }
            server.program.kill();
            let answered = answer.await.unwrap();
            approved |= answered.is_ok_and(|answer| answer.status() == 200);
            server = served.start(&format!("approved{no}"), &[]).await;
        }
        let (status, problem) = server
            .call(
                "POST",
                &format!("/v1/jobs/{job}/reject"),
                &json!({ "why": "late" }),
            )
            .await;
        assert_eq!(status, 409, "{problem}, answered before: {approved}");
        assert_eq!(server.wait_until_ended(&job).await["state"], "succeeded");
        assert_eq!(block_in_place(|| published(&database, &job)), expected);
        let approvals = block_in_place(|| {
            database.texts(&format!(
                "SELECT kind FROM audience_event WHERE job_id = '{job}' AND kind = 'gate.approved'"
            ))
        });
        assert_eq!(approvals.len(), 1);
        server.stop().await;
        block_in_place(|| drop(database));
    }
}
