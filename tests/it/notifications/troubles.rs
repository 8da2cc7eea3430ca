//! Failures: together what is alike, to rules and to Sentry.

use serde_json::{Value, json};

use super::receiver::Receiver;
use crate::support::wait_for;
use crate::telemetry::server::{Served, Server};

const TASKS: usize = 30;

/// A server with a service of dispatch whose workers fetch their tasks.
fn dispatching(receiver: &Receiver, rules: Value) -> Served {
    let mut served = Served::with_rows(10);
    served.settings["service"] = json!(["aaa"]);
    served.settings["source_db"] = json!({ "aaa": {
        "source_name": "mongo", "topic_name": "mq_aaa", "consumer_id": "c_aaa",
    } });
    served.settings["notify"] = rules;
    served.settings["notify_allow"] = json!([receiver.address()]);
    served.settings["hooks"] = json!({ "own": { "url": receiver.url("/own") } });
    served
}

/// Creates tasks, and fails all of them for the same reason with other numbers.
async fn fail(server: &Server) {
    for no in 0..TASKS {
        let body = json!({ "data": { "service": "aaa", "condition": { "no": no } } });
        server.post("/api/create_task", &body, None).await;
    }
    let mut failed = 0;
    while failed < TASKS {
        let asked = json!({ "wait_s": 0, "max": TASKS });
        let (leased, _) = server.post("/v1/dispatch/aaa/lease", &asked, None).await;
        for task in leased["tasks"].as_array().unwrap() {
            let body = json!({
                "task_id": task["task_id"], "lease": task["lease"], "status": "failed",
                "message": format!("disk {failed} is full of `private things`"),
            });
            server.post("/v1/dispatch/aaa/complete", &body, None).await;
            failed += 1;
        }
    }
}

/// A rule for one kind of events. What is alike on a slow machine comes over more time than a message
/// waits for others.
fn rule(kind: &str) -> Value {
    json!([{
        "name": "all", "when": kind, "to": ["hook:own"], "throttle_s": 1, "digest_over": 100,
    }])
}

/// The messages that tell of so many notifications in all.
async fn messages_about(receiver: &Receiver, count: usize) -> Vec<Value> {
    wait_for("all are told of", async || {
        let calls = receiver.calls().into_iter();
        let data: Vec<Value> = calls.map(|mut call| call["body"]["data"].take()).collect();
        let counts = data.iter().map(|data| data["count"].as_u64().unwrap());
        (counts.sum::<u64>() == count as u64).then_some(data)
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn failures_of_one_cause_are_put_together_and_counted() {
    let receiver = Receiver::start(&[]);
    let served = dispatching(&receiver, rule("job.failed"));
    let server = served.start("server", &[]).await;
    fail(&server).await;
    let messages = messages_about(&receiver, TASKS).await;
    assert!(messages.len() < TASKS, "{messages:?}");
    for data in messages {
        assert_eq!(
            (&data["flow"], &data["name"]),
            (&json!("dispatch"), &json!("aaa"))
        );
        let error = data["error"].as_str().unwrap();
        assert!(error.contains("is full"), "{data}");
    }
    // Nobody has started them by name.
    let page: Value = serde_json::from_str(&server.get("/v1/notifications").await).unwrap();
    assert_eq!(page["notifications"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn tasks_that_nobody_takes_are_told_of_as_dead_letters() {
    let receiver = Receiver::start(&[]);
    let mut served = dispatching(&receiver, rule("dispatch.dead_letter"));
    served.settings["source_db"]["aaa"]["waiting_timeout"] = json!(1);
    let server = served.start("server", &[]).await;
    for no in 0..3 {
        let body = json!({ "data": { "service": "aaa", "condition": { "no": no } } });
        server.post("/api/create_task", &body, None).await;
    }
    for data in messages_about(&receiver, 3).await {
        assert_eq!(data["name"], "aaa");
        assert_eq!(
            data["error"],
            "no worker has reported for 1 s (waiting_timeout)"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn failed_jobs_are_reported_to_sentry_once_and_without_what_is_private() {
    let receiver = Receiver::start(&[]);
    let served = dispatching(&receiver, json!([]));
    let dsn = receiver.url("/42").replace("http://", "http://public-key@");
    let variables = [("SENTRY_DSN", dsn.as_str())];
    let server = served.start("server", &variables).await;
    fail(&server).await;
    let call = receiver
        .call("an envelope", |call| call["path"] == "/api/42/envelope/")
        .await;
    let authorization = call["headers"]["x-sentry-auth"].as_str().unwrap();
    assert!(
        authorization.contains("sentry_key=public-key"),
        "{authorization}"
    );
    let event = &call["body"]["items"][0]["payload"];
    assert_eq!(event["event_id"], call["body"]["header"]["event_id"]);
    let tags = &event["tags"];
    assert_eq!(
        (&tags["kind"], &tags["flow"]),
        (&json!("job.failed"), &json!("dispatch"))
    );
    assert_eq!(tags["job.id"].as_str().unwrap().len(), 32);
    assert!(event["release"].as_str().unwrap().starts_with("audience@"));
    assert_eq!(event["environment"], "development");
    let whole = call["body"].to_string();
    assert!(
        whole.contains("is full of") && !whole.contains("private things"),
        "{whole}"
    );
    assert_eq!(receiver.calls().len(), 1);
}
