//! Dispatch tasks of an old database are reported on with their old keys, handed out and sent.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::restored::Restored;
use crate::broker::{Reader, Topics, own_topics, shared};
use crate::support::{TestApp, wait_for};

/// Names of tasks and what callers see of them.
const STATUSES: &[(&str, &str, Option<&str>)] = &[
    ("dispatch_swept", "finished", None),
    ("finished", "finished", Some("done")),
    ("rerun", "finished", None),
    ("finished_leased", "finished", None),
    ("failed", "failed", Some("no space")),
    (
        "untaken",
        "failed",
        Some("no worker has reported for 1 s (waiting_timeout)"),
    ),
    ("cancelled", "failed", Some("cancelled")),
    ("cancelled_running", "failed", Some("cancelled")),
    ("ready", "ready", None),
    ("leased", "running", None),
    ("running", "running", Some("begun")),
    ("running_timed", "running", None),
    ("waiting", "waiting", None),
    ("waiting_timed", "waiting", None),
    ("waiting_later", "waiting", Some("once more")),
    ("kafka_waiting", "waiting", None),
    ("kafka_running", "running", Some("begun")),
];

pub(super) async fn everything_can_be_continued(old: &Restored, program: &TestApp) {
    let tasks = Tasks { old, program };
    for (name, status, message) in STATUSES {
        let found = tasks.status(name).await;
        assert_eq!(
            (&found["status"], &found["message"]),
            (&json!(status), &json!(message)),
            "{name}"
        );
    }
    for (name, rows) in [("dispatch_swept", 0), ("finished", 1), ("rerun", 4)] {
        tasks.has_result(name, &json!({ "rows": rows })).await;
    }
    tasks.leased_ones_are_their_workers().await;
    tasks.running_ones_are_reported_on().await;
    tasks.waiting_ones_are_handed_out().await;
    tasks.ended_ones_are_started_again().await;
    tasks.dead_letters_are_there().await;
}

struct Tasks<'a> {
    old: &'a Restored,
    program: &'a TestApp,
}

impl Tasks<'_> {
    /// The answer to a call that has to succeed.
    async fn ok(&self, path: &str, body: Value) -> Value {
        let (status, answer) = self.program.post(path, &body).await;
        assert_eq!(status, 200, "{path}: {answer}");
        answer
    }

    async fn status(&self, name: &str) -> Value {
        let body = json!({ "data": [{ "task_id": self.old.task(name) }] });
        self.ok("/api/status_task", body).await["status"][0].take()
    }

    async fn has_result(&self, name: &str, result: &Value) {
        let body = json!({ "data": { "task_id": self.old.task(name) } });
        let answer = self.ok("/api/result_task", body).await;
        assert_eq!(answer["data"], *result, "{name}");
    }

    async fn report(&self, name: &str, status: &str, result: Value) -> (u16, Value) {
        let data = json!({ "task_id": self.old.task(name), "status": status, "result": result });
        let body = json!({ "data": data });
        self.program.post("/api/update_status_task", &body).await
    }

    /// What a worker reports that leased the task.
    async fn complete(&self, service: &str, name: &str, lease: &str) -> (u16, Value) {
        let body = json!({
            "task_id": self.old.task(name), "lease": lease, "status": "finished",
            "result": { "by": name },
        });
        let path = format!("/v1/dispatch/{service}/complete");
        self.program.post(&path, &body).await
    }

    /// Leases what there is of a service, and completes it.
    async fn take_all(&self, service: &str) -> Vec<(String, i64)> {
        let path = format!("/v1/dispatch/{service}/lease");
        let answer = self.ok(&path, json!({ "wait_s": 0, "max": 100 })).await;
        let mut taken = Vec::new();
        for task in answer["tasks"].as_array().unwrap() {
            let body = json!({
                "task_id": task["task_id"], "lease": task["lease"], "status": "finished",
            });
            self.ok(&format!("/v1/dispatch/{service}/complete"), body)
                .await;
            let id = task["task_id"].as_str().unwrap().to_owned();
            taken.push((id, task["attempt"].as_i64().unwrap()));
        }
        taken
    }

    async fn is(&self, name: &str, status: &str) {
        assert_eq!(self.status(name).await["status"], status, "{name}");
    }

    async fn leased_ones_are_their_workers(&self) {
        let lease = self.old.lease("leased");
        assert_eq!(self.report("leased", "finished", json!({})).await.0, 409);
        assert_eq!(self.complete("aaa", "leased", "another").await.0, 409);
        let beat = json!({ "task_id": self.old.task("leased"), "lease": lease });
        self.ok("/v1/dispatch/aaa/heartbeat", beat).await;
        assert_eq!(self.complete("aaa", "leased", lease).await.0, 200);
        self.is("leased", "finished").await;
        self.has_result("leased", &json!({ "by": "leased" })).await;

        // The same report again, and one of a task that was cancelled.
        let lease = self.old.lease("finished_leased");
        assert_eq!(self.complete("aaa", "finished_leased", lease).await.0, 200);
        self.has_result("finished_leased", &json!({ "rows": 7 }))
            .await;
        let lease = self.old.lease("cancelled_running");
        let answer = self.complete("aaa", "cancelled_running", lease).await;
        assert_eq!(answer.0, 409, "{}", answer.1);
        self.is("cancelled_running", "failed").await;
    }

    async fn running_ones_are_reported_on(&self) {
        for name in ["running", "running_timed", "kafka_running"] {
            assert_eq!(self.report(name, "running", json!({})).await.0, 200);
            let result = json!({ "by": name });
            assert_eq!(self.report(name, "finished", result.clone()).await.0, 200);
            self.has_result(name, &result).await;
            assert_eq!(self.report(name, "failed", json!({})).await.0, 409);
        }
    }

    async fn waiting_ones_are_handed_out(&self) {
        let lapsed = wait_for("the lapsed lease has ended", async || {
            (self.status("lease_lapsed").await["status"] == "waiting").then_some(())
        });
        lapsed.await;
        let lease = self.old.lease("lease_lapsed");
        assert_eq!(self.complete("timed", "lease_lapsed", lease).await.0, 409);

        let task = |name: &str| self.old.task(name).to_owned();
        assert_eq!(self.take_all("aaa").await, [(task("waiting"), 1)]);
        assert_eq!(self.take_all("kafka").await, [(task("kafka_waiting"), 1)]);
        let timed = [(task("lease_lapsed"), 2), (task("waiting_timed"), 1)];
        assert_eq!(self.take_all("timed").await, timed);
        assert!(self.take_all("patient").await.is_empty(), "not before time");
        let path = format!("/v1/jobs/{}/cancel", self.old.job("waiting_later"));
        let (status, answer) = self.program.post(&path, &json!({})).await;
        assert!(status < 300, "{answer}");
        self.is("waiting_later", "failed").await;
    }

    async fn ended_ones_are_started_again(&self) {
        assert!(self.take_all("held").await.is_empty(), "not started");
        let task = |name: &str| self.old.task(name).to_owned();
        for name in ["ready", "failed", "rerun", "cancelled"] {
            self.ok("/api/start_task", json!({ "task_id": task(name) }))
                .await;
            self.is(name, "waiting").await;
        }
        assert_eq!(self.take_all("held").await, [(task("ready"), 1)]);
        let again: BTreeSet<_> = self.take_all("aaa").await.into_iter().collect();
        let expected = [("failed", 2), ("rerun", 3), ("cancelled", 2)];
        assert_eq!(again, expected.map(|(name, no)| (task(name), no)).into());
    }

    async fn dead_letters_are_there(&self) {
        let (_, page) = self.program.get("/v1/dispatch/dead_letters").await;
        let letters = page["dead_letters"].as_array().unwrap();
        assert_eq!(letters.len(), 2, "{page}");
        assert_eq!(letters[0]["task_id"], self.old.task("untaken"));
        assert_eq!(letters[1]["payload"], "no answer of a worker");
        let path = format!("/v1/dispatch/dead_letters/{}/replay", letters[0]["seq"]);
        assert_eq!(self.ok(&path, Value::Null).await["status"], "replayed");
        let taken = self.take_all("impatient").await;
        assert_eq!(taken, [(self.old.task("untaken").to_owned(), 2)]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_of_an_old_outbox_are_sent() {
    let broker = shared();
    let topics = own_topics(&broker).await;
    let timed = format!("{topics}mq_timed");
    Topics::of(&broker).make(&[&timed]).await;
    let old = Restored::of("sqlite").await;
    let program = old.start(Some((broker.plain(), &topics))).await;
    for (service, name) in [("aaa", "waiting"), ("timed", "waiting_timed")] {
        let topic = format!("{topics}mq_{service}");
        let got = Reader::of(broker.plain(), &topic).next().await;
        assert_eq!((got.task_id(), got.attempt.as_str()), (old.task(name), "1"));
    }
    program.stop().await;
}
