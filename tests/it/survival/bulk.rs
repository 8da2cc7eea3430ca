//! Actions on many jobs whose program is killed in the middle.

use serde_json::json;
use tokio::task::block_in_place;

use crate::support::{DatabaseKind, OwnDatabase, usual_pattern, wait_for};
use crate::telemetry::server::Served;

/// More than one slice acts on.
const JOBS: usize = 130;

fn number(database: &OwnDatabase, what: &str) -> usize {
    let text = match database.kind {
        DatabaseKind::MySql => "CHAR",
        DatabaseKind::Sqlite | DatabaseKind::Postgres => "TEXT",
    };
    let sql = format!("SELECT CAST(count(*) AS {text}) FROM {what}");
    block_in_place(|| database.texts(&sql))[0].parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_job_is_cancelled_and_rerun_once_however_often_the_program_is_killed() {
    for kind in DatabaseKind::ALL {
        println!("on {kind:?}");
        let database = block_in_place(|| OwnDatabase::new(kind));
        let mut served = Served::with_rows(20);
        served.settings["database"]["url"] = json!(database.url);
        let mut server = served.start("first", &[]).await;
        let job = json!({ "labelling": { "rules": usual_pattern(), "countdown_s": 36_000 } });
        for _ in 0..JOBS {
            server.post("/v1/jobs", &job, None).await;
        }
        let parked = "audience_job WHERE state = 'parked'";
        wait_for("all jobs count down", async || {
            (number(&database, parked) == JOBS).then_some(())
        })
        .await;
        for (action, event) in [("cancel", "job.cancel_requested"), ("rerun", "job.rerun")] {
            let body = json!({ "action": action, "filter": { "flow": "labelling" } });
            let (bulk, _) = server.post("/v1/jobs/bulk", &body, None).await;
            let bulk = bulk["id"].as_str().unwrap();
            let acted = format!("audience_event WHERE kind = '{event}'");
            // Before anything is done, at the first job and in the second slice.
            for jobs in [0, 1, 101] {
                wait_for("some jobs are acted on", async || {
                    (number(&database, &acted) >= jobs).then_some(())
                })
                .await;
                server.program.kill();
                server = served.start(&format!("{action}{jobs}"), &[]).await;
            }
            let ended = server.wait_until_ended(bulk).await;
            assert_eq!(ended["state"], "succeeded", "{ended}");
            let expected = json!({ "done": JOBS, "refused": [] });
            assert_eq!(ended["figures"], expected, "{action}");
            let jobs = format!("(SELECT DISTINCT job_id FROM {acted}) AS jobs");
            assert_eq!(number(&database, &acted), JOBS, "{action}");
            assert_eq!(number(&database, &jobs), JOBS, "{action}");
            if action == "cancel" {
                wait_for("all jobs have ended", async || {
                    let cancelled = "audience_job WHERE state = 'cancelled'";
                    (number(&database, cancelled) == JOBS).then_some(())
                })
                .await;
            }
        }
        assert_eq!(number(&database, "audience_job WHERE generation = 1"), JOBS);
        server.stop().await;
        block_in_place(|| drop(database));
    }
}
