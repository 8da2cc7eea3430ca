//! The time of day is set while programs run: what waits, runs or is held goes by another clock.

use std::path::PathBuf;

use serde_json::{Value, json};
use tokio::task::block_in_place;

use crate::support::{DatabaseKind, OwnDatabase, usual_pattern, wait_for};
use crate::telemetry::server::{Served, Server};

/// What makes up a time of day for a program, and only that.
fn library() -> String {
    let folders = std::fs::read_dir("/usr/lib").unwrap();
    let libraries = folders.map(|folder| folder.unwrap().path());
    let found = libraries
        .map(|folder| folder.join("faketime/libfaketimeMT.so.1"))
        .find(|library| library.exists());
    let found = found.expect("libfaketime is missing: run the tests by scripts/test");
    found.display().to_string()
}

/// A time of day that can be set.
pub(crate) struct Day(PathBuf);

impl Day {
    pub(crate) fn new(file: PathBuf, offset: &str) -> Self {
        let day = Self(file);
        day.set(offset);
        day
    }

    pub(crate) fn set(&self, offset: &str) {
        // At once: half a text would be no time.
        let new = self.0.with_extension("new");
        std::fs::write(&new, offset).unwrap();
        std::fs::rename(new, &self.0).unwrap();
    }

    pub(crate) async fn start(&self, served: &Served, name: &str) -> Server {
        let (library, file) = (library(), self.0.display().to_string());
        let variables = [
            ("LD_PRELOAD", library.as_str()),
            ("FAKETIME_TIMESTAMP_FILE", &file),
            ("FAKETIME_NO_CACHE", "1"),
            ("DONT_FAKE_MONOTONIC", "1"),
            ("FAKETIME_DONT_FAKE_MONOTONIC", "1"),
        ];
        served.start(name, &variables).await
    }
}

async fn ok(server: &Server, path: &str, body: Value) -> Value {
    server.post(path, &body, None).await.0
}

async fn create(server: &Server, service: &str) -> String {
    let data = json!({ "service": service, "condition": {} });
    let created = ok(server, "/api/create_task", json!({ "data": data })).await;
    created["task_id"].as_str().unwrap().to_owned()
}

async fn status(server: &Server, task: &str) -> String {
    let body = json!({ "data": [{ "task_id": task }] });
    let found = ok(server, "/api/status_task", body).await;
    found["status"][0]["status"].as_str().unwrap().to_owned()
}

async fn has_status(server: &Server, task: &str, expected: &str) {
    wait_for(expected, async || {
        (status(server, task).await == expected).then_some(())
    })
    .await;
}

async fn lease(server: &Server, service: &str, lease_s: u32) -> Value {
    wait_for("a task is leased", async || {
        let body = json!({ "wait_s": 1, "lease_s": lease_s });
        let path = format!("/v1/dispatch/{service}/lease");
        let leased = ok(server, &path, body).await["tasks"].take();
        leased.get(0).cloned()
    })
    .await
}

async fn beat(server: &Server, service: &str, task: &Value) {
    let body = json!({ "task_id": task["task_id"], "lease": task["lease"], "lease_s": 600 });
    ok(server, &format!("/v1/dispatch/{service}/heartbeat"), body).await;
}

async fn label(server: &Server, countdown_s: u32) -> String {
    let body = json!({ "labelling": { "rules": usual_pattern(), "countdown_s": countdown_s } });
    let job = ok(server, "/v1/jobs", body).await;
    job["id"].as_str().unwrap().to_owned()
}

async fn job(server: &Server, id: &str) -> Value {
    serde_json::from_str(&server.get(&format!("/v1/jobs/{id}")).await).unwrap()
}

fn served(database: &OwnDatabase) -> Served {
    let mut served = Served::with_rows(50);
    let service = |more: Value| {
        let mut service = json!({ "source_name": "m", "topic_name": "t", "consumer_id": "c" });
        for (key, value) in more.as_object().unwrap() {
            service[key] = value.clone();
        }
        service
    };
    served.settings["database"]["url"] = json!(database.url);
    served.settings["service"] = json!(["quick", "slow", "again"]);
    served.settings["source_db"] = json!({
        "quick": service(json!({ "waiting_timeout": 2 })),
        "slow": service(json!({ "waiting_timeout": 3600, "running_timeout": 3600 })),
        "again": service(json!({ "retries": 1, "backoff": 2 })),
    });
    served
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_is_set_back_lets_nothing_wait_longer() {
    for kind in DatabaseKind::ALL {
        println!("on {kind:?}");
        let database = block_in_place(|| OwnDatabase::new(kind));
        let served = served(&database);
        let day = Day::new(served.place.path("day"), "+7200");
        let server = day.start(&served, "server").await;
        let untaken = create(&server, "quick").await;
        let failing = create(&server, "again").await;
        let first = lease(&server, "again", 600).await;
        let failed = json!({
            "task_id": first["task_id"], "lease": first["lease"], "status": "failed",
        });
        ok(&server, "/v1/dispatch/again/complete", failed).await;
        let lapsing = create(&server, "slow").await;
        lease(&server, "slow", 2).await;
        let counting_down = label(&server, 2).await;

        day.set("+0");
        has_status(&server, &untaken, "failed").await;
        let second = lease(&server, "again", 600).await;
        assert_eq!(
            (&second["task_id"], &second["attempt"]),
            (&json!(failing), &json!(2))
        );
        let again = lease(&server, "slow", 600).await;
        assert_eq!(again["task_id"], json!(lapsing));
        let ended = server.wait_until_ended(&counting_down).await;
        assert_eq!(ended["state"], "succeeded");

        // What people read is the time of day.
        let later = job(&server, &label(&server, 0).await).await;
        let earlier = job(&server, &counting_down).await;
        assert!(later["created_at"].as_str() < earlier["created_at"].as_str());
        server.stop().await;
        block_in_place(|| drop(database));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_is_set_forward_ends_nothing_early() {
    for kind in DatabaseKind::ALL {
        println!("on {kind:?}");
        let database = block_in_place(|| OwnDatabase::new(kind));
        let served = served(&database);
        let day = Day::new(served.place.path("day"), "+0");
        let server = day.start(&served, "server").await;
        let held = create(&server, "slow").await;
        let leased = lease(&server, "slow", 600).await;
        let patient = create(&server, "slow").await;
        let counting_down = label(&server, 3_600).await;
        let labelled = async || job(&server, &counting_down).await["steps"][0]["state"].take();
        wait_for("it is labelled", async || {
            (labelled().await == "completed").then_some(())
        })
        .await;

        day.set("+7200");
        // A second program, whose time of day is another one.
        let other_day = Day::new(served.place.path("other_day"), "-7200");
        let other = other_day.start(&served, "other").await;
        for server in [&server, &other] {
            // When these have failed, the others would have, too.
            let untaken = create(server, "quick").await;
            has_status(server, &untaken, "failed").await;
            assert_eq!(status(server, &patient).await, "waiting");
            assert_eq!(status(server, &held).await, "running");
            beat(server, "slow", &leased).await;
            assert_eq!(job(server, &counting_down).await["ended_at"], Value::Null);
        }
        let rescued = "SELECT kind FROM audience_event WHERE kind = 'job.rescued'";
        assert!(block_in_place(|| database.texts(rescued)).is_empty());
        other.stop().await;
        server.stop().await;
        block_in_place(|| drop(database));
    }
}
