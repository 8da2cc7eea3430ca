//! `SIGKILL` in the middle of a backtest: no row is lost, and none counts twice.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::task::block_in_place;

use super::{Recount, body};
use crate::health::recount::{LATER, PEOPLE};
use crate::support::{DatabaseKind, OwnDatabase, corpus, wait_for};
use crate::telemetry::server::{Served, Server};

const ROWS: u32 = 6_000;
const KILLS: u32 = 6;

/// Slices that are stored, and partitions that are settled.
async fn progress(server: &Server, path: &str) -> (u64, bool) {
    let (_, job) = server.call("GET", path, &Value::Null).await;
    let done = |step: &Value| step["rows"].as_u64().unwrap_or(0);
    let steps = job["steps"].as_array().unwrap();
    (steps.iter().map(done).sum(), job["state"] == "succeeded")
}

async fn listed(server: &Server, path: &str, of: &str) -> Vec<Value> {
    let lines = server
        .get(&format!("{path}/changes?of={of}&format=jsonl"))
        .await;
    let lines = lines.lines().map(serde_json::from_str);
    lines.collect::<Result<_, _>>().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_is_killed_again_and_again_finds_what_an_undisturbed_one_does() {
    let expected = Recount::of(&PEOPLE, &LATER, &corpus(ROWS));
    for kind in DatabaseKind::ALL {
        println!("on {kind:?}");
        let database = block_in_place(|| OwnDatabase::new(kind));
        let mut served = Served::with_rows(ROWS);
        served.settings["database"]["url"] = json!(database.url);
        served.settings["labelling"]["rows_per_slice"] = json!(60);
        let mut server = served.start("first", &[]).await;
        let request = json!({ "backtest": body(&PEOPLE.document(), &LATER.document()) });
        let (job, _) = server.post("/v1/jobs", &request, None).await;
        let id = job["id"].as_str().unwrap().to_owned();
        let path = format!("/v1/jobs/{id}");
        for no in 0..KILLS {
            let (before, _) = progress(&server, &path).await;
            wait_for("slices are stored", async || {
                let (now, ended) = progress(&server, &path).await;
                (now > before || ended).then_some(())
            })
            .await;
            // Some moments of a slice.
            tokio::time::sleep(Duration::from_millis(u64::from(no * 7 % 23))).await;
            server.program.kill();
            server = served.start(&format!("again{no}"), &[]).await;
        }
        let ended = server.wait_until_ended(&id).await;
        assert_eq!(ended["state"], "succeeded", "{ended}");
        expected.is(&ended["figures"]);
        expected.are_rows(&listed(&server, &path, "rows").await);
        expected.are_members(&listed(&server, &path, "members").await);
        server.stop().await;
        block_in_place(|| drop(database));
    }
}
