//! What the job of a task says that it waits for.

use audience::kafka::BrokerSettings;
use serde_json::json;

use super::{Dispatching, With};
use crate::store::databases::each;
use crate::support::wait_for;

impl Dispatching {
    async fn waits_for(&self, task_id: &str) -> String {
        let job = task_id.rsplit_once('_').unwrap().1;
        let (_, shown) = self.app.get(&format!("/v1/jobs/{job}")).await;
        let (_, page) = self.app.get("/v1/jobs?limit=200").await;
        let listed = page["jobs"].as_array().unwrap().iter();
        let listed = listed.clone().find(|listed| listed["id"] == job).unwrap();
        let shown = shown["waiting"].as_str().unwrap_or_default();
        let listed = listed["waiting"].as_str().unwrap_or_default();
        // A time is that of a clock which is read again for each call.
        let but_times = |text: &str| match text.split_once(" 20") {
            Some((before, time)) => {
                let (_, after) = time.split_once('Z').unwrap();
                format!("{before} (time){after}")
            }
            None => text.to_owned(),
        };
        assert_eq!(but_times(listed), but_times(shown));
        shown.to_owned()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_says_whether_it_waits_for_a_place_a_worker_a_lease_or_a_time() {
    each(|url| async move {
        let program = Dispatching::start(With {
            database: Some(url),
            change: Some(|service| {
                service.concurrency = Some(1);
                service.retries = 2;
                service.backoff = 3_600;
            }),
            ..With::default()
        })
        .await;
        let (first, second) = (
            program.create("aaa", json!({})).await,
            program.create("aaa", json!({})).await,
        );
        let unstarted = program.create("bbb", json!({})).await;
        assert_eq!(program.waits_for(&unstarted).await, "waits to be started");
        let found = program.waits_for(&first).await;
        assert_eq!(found, "waits for a worker of service `aaa` to fetch it");

        let leased = program.ok("/v1/dispatch/aaa/lease", json!({})).await;
        let lease = leased["tasks"][0]["lease"].clone();
        let found = program.waits_for(&first).await;
        assert!(
            found.starts_with("a worker has it; its lease holds until 20"),
            "{found}"
        );
        let found = program.waits_for(&second).await;
        assert_eq!(
            found,
            "service `aaa` is full: 1 of its tasks may be with workers at once \
             (source_db.aaa.concurrency)"
        );

        // Its job is there, though it has no rows of its own.
        let job = first.rsplit_once('_').unwrap().1;
        for what in ["result", "rows", "sample"] {
            let (status, body) = program.app.get(&format!("/v1/jobs/{job}/{what}")).await;
            assert_eq!(status, 409, "{body}");
            let detail = body["detail"].as_str().unwrap_or_default();
            assert!(detail.contains(" is one of flow `dispatch`"), "{body}");
            assert!(
                detail.ends_with(&format!("see GET /v1/jobs/{job}")),
                "{body}"
            );
        }

        let failed =
            json!({ "task_id": first, "lease": lease, "status": "failed", "message": "no data" });
        program.ok("/v1/dispatch/aaa/complete", failed).await;
        let found = program.waits_for(&first).await;
        assert!(found.starts_with("is tried again at 20"), "{found}");
        assert!(found.ends_with(", attempt 2 of 3: no data"), "{found}");

        assert_eq!(program.report(&second, "running").await.0, 200);
        let found = program.waits_for(&second).await;
        assert!(
            found.starts_with("a worker has begun; its next report is waited for"),
            "{found}"
        );
        assert_eq!(program.report(&second, "finished").await.0, 200);
        assert_eq!(program.waits_for(&second).await, "");
        program.app.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_says_that_its_message_waits_for_the_broker() {
    let program = Dispatching::start(With {
        broker: Some(BrokerSettings {
            bootstrap_servers: vec!["127.0.0.1:1".to_owned()],
            ..BrokerSettings::default()
        }),
        ..With::default()
    })
    .await;
    let task = program.create("aaa", json!({})).await;
    wait_for("the broker is missed", async || {
        let found = program.waits_for(&task).await;
        let is_missed = found.starts_with("its message waits for the broker: ");
        is_missed.then_some(())
    })
    .await;
    program.app.stop().await;
}
