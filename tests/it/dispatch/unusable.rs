//! Answers that cannot be used: the same rule over HTTP and Kafka.

use serde_json::{Value, json};

use super::{Dispatching, With};
use crate::broker::{Answering, own_topics, shared};
use crate::store::databases::each;
use crate::support::wait_for;

/// What stands behind the `task_id`, and why it cannot be used.
const ENDS: [(&str, &str); 7] = [
    (
        r#""status":"finished","result":{"share":NaN}"#,
        "expected JSON: NaN is not a number of JSON",
    ),
    (
        r#""status":"finished","result":{"a":[-Infinity]}"#,
        "expected JSON: -Infinity is not a number of JSON",
    ),
    (
        r#""status":"finished","result":{"a":1,"a":2}"#,
        "expected JSON: `a` is given twice",
    ),
    (
        r#""status":"running","status":"finished""#,
        "expected JSON: `status` is given twice",
    ),
    (
        r#""status":"finished","result":[1]"#,
        "result: expected an object",
    ),
    (
        r#""status":"failed","message":{"why":1}"#,
        "message: expected a string",
    ),
    (
        r#""status":"finished","attempt":"1""#,
        "attempt: expected a whole number from 0 to 2147483647",
    ),
];

impl Dispatching {
    async fn post_text(&self, path: &str, body: String) -> u16 {
        let call = self.app.http.post(self.app.url(path));
        let call = call.header("content-type", "application/json").body(body);
        call.send().await.unwrap().status().as_u16()
    }

    async fn has_failed(&self, task: &str, reason: &str) {
        let found = self.wait_until(task, "failed").await;
        let message = found["message"].as_str().unwrap();
        let expected = format!("its worker's answer cannot be used: {reason}");
        assert!(message.starts_with(&expected), "{message}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn over_http_the_task_fails_with_the_reason() {
    let program = Dispatching::start(With::default()).await;
    let path = "/api/update_status_task";
    for (rest, reason) in ENDS {
        let task = program.create("aaa", json!({})).await;
        assert_eq!(program.report(&task, "running").await.0, 200);
        let body = format!(r#"{{"data":{{"task_id":"{task}",{rest}}}}}"#);
        assert_eq!(program.post_text(path, body).await, 422, "{rest}");
        program.has_failed(&task, reason).await;
    }
    // What ends nothing, or fits over Kafka.
    let task = program.create("aaa", json!({})).await;
    for rest in [
        r#""status":"running","message":NaN"#,
        r#""status":"done""#,
        r#""status":["finished"]"#,
        r#""status":"finished","colour":1"#,
    ] {
        let body = format!(r#"{{"data":{{"task_id":"{task}",{rest}}}}}"#);
        assert_eq!(program.post_text(path, body).await, 422, "{rest}");
        assert_eq!(program.status(&task).await["status"], "waiting", "{rest}");
    }
    program.app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_leased_task_fails_by_its_holder_only() {
    let program = Dispatching::start(With::default()).await;
    let path = "/v1/dispatch/aaa/complete";
    for (rest, reason) in ENDS {
        let task = program.create("aaa", json!({})).await;
        let leased = program.lease(json!({})).await.remove(0);
        let body = |lease: &str| format!(r#"{{"task_id":"{task}","lease":"{lease}",{rest}}}"#);
        assert_eq!(program.post_text(path, body("x")).await, 422, "{rest}");
        let without = format!(r#"{{"data":{{"task_id":"{task}",{rest}}}}}"#);
        program.post_text("/api/update_status_task", without).await;
        assert_eq!(program.status(&task).await["status"], "running", "{rest}");
        let lease = leased["lease"].as_str().unwrap();
        assert_eq!(program.post_text(path, body(lease)).await, 422, "{rest}");
        program.has_failed(&task, reason).await;
    }
    program.app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn over_kafka_the_task_fails_too_and_the_answer_is_a_dead_letter() {
    let broker = shared();
    let topics = own_topics(&broker).await;
    let program = Dispatching::start(With {
        broker: Some(broker.unsecured()),
        topics: topics.clone(),
        ..With::default()
    })
    .await;
    let answers = Answering::on(broker.plain(), &format!("{topics}replies"));
    for (rest, reason) in ENDS {
        let task = program.create("aaa", json!({})).await;
        let answer = format!(r#"{{"task_id":"{task}",{rest}}}"#);
        answers.say(&task, answer.as_bytes()).await;
        program.has_failed(&task, reason).await;
    }
    let task = program.create("aaa", json!({})).await;
    let cut = format!(r#"{{"task_id":"{task}","status":"finished","result":{{"a":"#);
    answers.say(&task, cut.as_bytes()).await;
    program.has_failed(&task, "expected JSON: EOF").await;
    let task = program.create("aaa", json!({})).await;
    let running = format!(r#"{{"task_id":"{task}","status":"running","message":NaN}}"#);
    answers.say(&task, running.as_bytes()).await;
    let expected = ENDS.len() + 2;
    wait_for("all are dead letters", async || {
        let (_, page) = program
            .app
            .get("/v1/dispatch/dead_letters?kind=reply")
            .await;
        (page["dead_letters"].as_array().unwrap().len() == expected).then_some(())
    })
    .await;
    assert_eq!(program.status(&task).await["status"], "waiting");
    assert_eq!(program.report(&task, "finished").await.0, 200);
    program.app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_a_failed_attempt_like_any_other() {
    let program = Dispatching::start(With {
        change: Some(|service| {
            service.retries = 1;
            service.backoff = 0;
        }),
        ..With::default()
    })
    .await;
    let task = program.create("aaa", json!({})).await;
    let body = format!(r#"{{"data":{{"task_id":"{task}","status":"finished","result":1}}}}"#);
    for _ in 0..3 {
        let path = "/api/update_status_task";
        assert_eq!(program.post_text(path, body.clone()).await, 422);
    }
    assert_eq!(program.status(&task).await["status"], "waiting");
    let leased = program.lease(json!({})).await.remove(0);
    assert_eq!(leased["attempt"], 2);
    program.app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn characters_that_a_database_does_not_have_are_replaced() {
    let broker = shared();
    each(|url| {
        let broker = broker.clone();
        async move {
            let topics = own_topics(&broker).await;
            let program = Dispatching::start(With {
                database: Some(url),
                broker: Some(broker.unsecured()),
                topics: topics.clone(),
                ..With::default()
            })
            .await;
            let answers = Answering::on(broker.plain(), &format!("{topics}replies"));
            let (one, other) = (
                program.create("aaa", json!({})).await,
                program.create("aaa", json!({})).await,
            );
            let result = json!({ "a\0": "b\0" });
            let ended = |task: &str| {
                json!({ "task_id": task, "status": "finished", "message": "a\0b", "result": result })
            };
            // What cannot be used has them, too.
            let long = format!("ts_{}_{}", "x".repeat(200), "0".repeat(32));
            for unusable in [
                json!({ "task_id": "ts_\0", "status": "running" }),
                json!({ "task_id": one, "status": "\0" }),
                json!({ "task_id": long, "status": "running" }),
                json!({ "task_id": long.replace('x', "\0"), "status": "running" }),
            ] {
                answers.say(&one, unusable.to_string().as_bytes()).await;
            }
            answers.say(&one, ended(&one).to_string().as_bytes()).await;
            let body = json!({ "data": ended(&other) });
            let (status, answer) = program.post("/api/update_status_task", body).await;
            assert_eq!(status, 200, "{answer}");
            for task in [&one, &other] {
                let found = program.wait_until(task, "finished").await;
                assert_eq!(found["message"].as_str().unwrap().replace('\0', "\u{FFFD}"), "a\u{FFFD}b");
                let body = json!({ "data": { "task_id": task } });
                let shown: Value = program.ok("/api/result_task", body).await["data"].take();
                assert_eq!(shown, result);
            }
            program.app.stop().await;
        }
    })
    .await;
}
