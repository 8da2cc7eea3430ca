//! Jobs whose process dies: continued at their checkpoint, each row once.

use std::time::Duration;

use audience::fault::{FaultKind, FaultPoint, Faults};
use audience::systems::prediction::settings::{OutputUrl, SourceUrl};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use super::{CHURN, add, assert_customers, churn, downloaded, request, run, write_customers};
use crate::support::{DatabaseKind, OwnDatabase, TestApp, http_client, on_each_kind, wait_for};
use crate::telemetry::server::Served;

const ROWS: u32 = 430;

#[test]
fn a_job_that_fails_in_the_middle_goes_on_at_its_checkpoint() {
    for (point, kind) in [
        (FaultPoint::BeforeCheckpoint, FaultKind::Panic),
        (FaultPoint::AfterCheckpoint, FaultKind::Panic),
        (FaultPoint::AfterCheckpoint, FaultKind::Outage),
        (FaultPoint::BeforeCheckpoint, FaultKind::Error),
    ] {
        on_each_kind(|database| {
            write_customers(database, ROWS);
            let url = database.url.clone();
            Runtime::new().unwrap().block_on(async {
                let faults = Faults::default().with(point, kind, 3, 2);
                let builder = TestApp::with().faults(faults).settings(move |settings| {
                    let prediction = &mut settings.prediction;
                    prediction.predict.rows_per_slice = 50;
                    let source = SourceUrl {
                        url: url.clone(),
                        ..SourceUrl::default()
                    };
                    prediction.sources.insert("crm".to_owned(), source);
                    let output = OutputUrl { url: Some(url) };
                    prediction.outputs.insert("crm".to_owned(), output);
                });
                let app = builder.start(&[]).await;
                add(&app.http, &app.url(""), "churn", ("m.txt", &churn()), CHURN).await;
                let mut request = request();
                request["output"] = json!("crm");
                let job = run(&app, &request).await;
                assert_eq!(job["state"], "succeeded", "{job}");
                assert_eq!(job["figures"]["scored"], ROWS, "{job}");
                assert_eq!(job["figures"]["failed"], 43, "{job}");
                let rows = downloaded(&app, job["id"].as_str().unwrap()).await;
                assert_customers(&rows, ROWS, 1);
                app.stop().await;
            });
            // A slice more for the rest.
            let slices = database.texts(match database.kind {
                DatabaseKind::MySql => {
                    "SELECT CONCAT(slices, ' ', scored) FROM audience_output_prediction"
                }
                _ => "SELECT slices || ' ' || scored FROM audience_output_prediction",
            });
            assert_eq!(slices.len(), 1);
            assert!(slices[0].ends_with(" 430"), "{slices:?}");
        });
    }
}

/// Kills of one job, at moments that differ.
const KILLS: u32 = 8;
const MANY: u32 = 20_000;

#[test]
fn a_job_that_is_killed_again_and_again_has_each_row_once() {
    on_each_kind(|database: &OwnDatabase| {
        write_customers(database, MANY);
        let mut served = Served::with_rows(1);
        served.settings["sources"]["crm"] = json!({ "url": database.url });
        served.settings["outputs"]["crm"] = json!({ "url": database.url });
        served.settings["predict"] = json!({ "rows_per_slice": 200 });
        let rows = Runtime::new().unwrap().block_on(async {
            let http = http_client().build().unwrap();
            let mut server = served.start("0", &[]).await;
            add(&http, &server.base, "churn", ("m.txt", &churn()), CHURN).await;
            let mut request = request();
            request["output"] = json!("crm");
            let body = json!({ "prediction": request });
            let (accepted, _) = server.post("/v1/jobs", &body, None).await;
            let path = format!("/v1/jobs/{}", accepted["id"].as_str().unwrap());
            for no in 1..=KILLS {
                let before = scored(&server.call("GET", &path, &Value::Null).await.1);
                // Some slices later, and some moments of a slice.
                wait_for("rows are written", async || {
                    let (_, job) = server.call("GET", &path, &Value::Null).await;
                    (scored(&job) > before || job["state"] == "succeeded").then_some(())
                })
                .await;
                tokio::time::sleep(Duration::from_millis(u64::from(no * 7 % 23))).await;
                server.program.kill();
                server = served.start(&no.to_string(), &[]).await;
                // The alias moves, the job does not.
                add(&http, &server.base, "churn", ("m.txt", &churn()), CHURN).await;
            }
            wait_for("the job ends", async || {
                let (_, job) = server.call("GET", &path, &Value::Null).await;
                (job["state"] == "succeeded").then_some(())
            })
            .await;
            let jsonl = server.get(&format!("{path}/result?format=jsonl")).await;
            let rows = jsonl.lines().map(serde_json::from_str);
            let mut rows: Vec<Value> = rows.collect::<Result<_, _>>().unwrap();
            rows.sort_by_key(|row| row["id"].as_i64());
            rows
        });
        assert_customers(&rows, MANY, 1);
        assert_eq!(database.count("churn_scores"), u64::from(MANY));
    });
}

fn scored(job: &Value) -> i64 {
    job["figures"]["scored"].as_i64().unwrap_or_default()
}
