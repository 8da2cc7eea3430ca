//! Over a broker.

use std::collections::BTreeMap;
use std::time::Duration;

use audience::kafka::BrokerSettings;
use serde_json::{Value, json};

use super::{Dispatching, PATIENCE, With};
use crate::broker::{Answering, OwnBroker, Reader, own_topics, shared};

impl Dispatching {
    async fn letters(&self) -> Vec<Value> {
        let (_, page) = self.app.get("/v1/dispatch/dead_letters?kind=reply").await;
        page["dead_letters"].as_array().unwrap().clone()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_goes_to_a_worker_and_its_answers_come_back() {
    let broker = shared();
    let topics = own_topics(&broker).await;
    let program = Dispatching::start(With {
        broker: Some(broker.unsecured()),
        topics: topics.clone(),
        ..With::default()
    })
    .await;
    let task = program.create("aaa", json!({ "xx": "xx" })).await;
    let reader = Reader::of(broker.plain(), &format!("{topics}mq_aaa"));
    let got = reader.next().await;
    assert_eq!((&got.key, got.attempt.as_str()), (&task, "1"));
    assert_eq!(
        got.body,
        json!({ "Task": { "task_id": task, "service": "aaa", "source_name": "mongo",
                          "condition": { "xx": "xx" } }, "attempt": 1 })
    );
    let answers = Answering::on(broker.plain(), &format!("{topics}replies"));
    let say = async |answer: Value| answers.say(&task, answer.to_string().as_bytes()).await;
    say(json!({ "task_id": task, "status": "running", "message": "begun" })).await;
    program.wait_until(&task, "running").await;
    // Repeated, garbled, unknown and late answers keep nobody from being heard.
    say(json!({ "task_id": task, "status": "running" })).await;
    answers.say("x", b"\xFF\x00 no JSON").await;
    say(json!({ "task_id": task, "status": "done" })).await;
    say(json!({ "task_id": task.replace("aaa", "bbb"), "status": "running" })).await;
    say(json!({ "task_id": task, "status": "finished", "result": { "n": 1 }, "attempt": 1 })).await;
    say(json!({ "task_id": task, "status": "running" })).await;
    let found = program.wait_until(&task, "finished").await;
    assert_eq!(found["message"], "begun");
    let body = json!({ "data": { "task_id": task } });
    assert_eq!(
        program.ok("/api/result_task", body).await["data"],
        json!({ "n": 1 })
    );

    let dead = Reader::of(broker.plain(), &format!("{topics}dead"));
    let mut reasons: Vec<String> = Vec::new();
    for _ in 0..3 {
        reasons.push(dead.next().await.attempt);
    }
    reasons.sort();
    assert!(reasons[0].starts_with("expected JSON"), "{reasons:?}");
    assert!(
        reasons[1].starts_with("status: expected running"),
        "{reasons:?}"
    );
    assert!(
        reasons[2].starts_with("there is no task ts_bbb_"),
        "{reasons:?}"
    );
    let letters = program.letters().await;
    assert_eq!(letters.len(), 3);
    let garbled = letters
        .iter()
        .find(|letter| letter["payload"].as_str().unwrap().starts_with("0xff00"));
    let seq = &garbled.unwrap()["seq"];
    let path = format!("/v1/dispatch/dead_letters/{seq}/replay");
    assert_eq!(program.post(&path, Value::Null).await.0, 409);
    program.app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_is_away_is_waited_for() {
    let broker = OwnBroker::start().await;
    let topics = own_topics(&broker.listeners).await;
    broker.kill();
    let program = Dispatching::start(With {
        broker: Some(broker.listeners.unsecured()),
        topics: topics.clone(),
        ..With::default()
    })
    .await;
    let mut created = Vec::new();
    for no in 0..20 {
        created.push(program.create("aaa", json!({ "no": no })).await);
    }
    assert_eq!(program.status(&created[0]).await["status"], "waiting");
    broker.start_again();
    let reader = Reader::of(broker.address(), &format!("{topics}mq_aaa"));
    let mut got: BTreeMap<String, u32> = BTreeMap::new();
    while got.len() < created.len() {
        *got.entry(reader.next().await.task_id().to_owned())
            .or_default() += 1;
    }
    // In the middle of everything.
    broker.kill();
    for no in 20..40 {
        created.push(program.create("aaa", json!({ "no": no })).await);
    }
    broker.start_again();
    while got.len() < created.len() {
        *got.entry(reader.next().await.task_id().to_owned())
            .or_default() += 1;
    }
    let all: Vec<&String> = created.iter().collect();
    assert_eq!(got.keys().collect::<Vec<_>>(), all);
    program.app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_more_tasks_are_out_than_the_service_takes() {
    let broker = shared();
    let topics = own_topics(&broker).await;
    let program = Dispatching::start(With {
        broker: Some(broker.unsecured()),
        topics: topics.clone(),
        change: Some(|service| service.concurrency = Some(2)),
        ..With::default()
    })
    .await;
    let mut created = Vec::new();
    for no in 0..4 {
        created.push(program.create("aaa", json!({ "no": no })).await);
    }
    let reader = Reader::of(broker.plain(), &format!("{topics}mq_aaa"));
    let mut got = Vec::new();
    for _ in 0..2 {
        got.push(reader.next().await.task_id().to_owned());
    }
    assert!(reader.within(Duration::from_millis(1_500)).await.is_none());
    for _ in 0..2 {
        let done = got[got.len() - 2].clone();
        assert_eq!(program.report(&done, "finished").await.0, 200);
        got.push(reader.next().await.task_id().to_owned());
    }
    assert_eq!(got, created);
    program.app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_no_broker_takes_fails_its_task() {
    // Its limit is lower than the settings say.
    let broker = shared();
    let program = Dispatching::start(With {
        topics: own_topics(&broker).await,
        broker: Some(BrokerSettings {
            message_max_bytes: 4 << 20,
            ..broker.unsecured()
        }),
        ..With::default()
    })
    .await;
    let long = "x".repeat(2 << 20);
    let (large, small) = (
        program.create("aaa", json!({ "long": long })).await,
        program.create("aaa", json!({})).await,
    );
    let failed = program.wait_until(&large, "failed").await;
    assert_eq!(
        failed["message"],
        "its message could not be delivered: the message is larger than the broker takes"
    );
    let (_, page) = program.app.get("/v1/dispatch/dead_letters?kind=task").await;
    assert_eq!(page["dead_letters"][0]["task_id"], json!(large));
    // It holds nobody up.
    let sent = async {
        while !program
            .history(&small)
            .await
            .contains(&"dispatch.sent".to_owned())
        {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(PATIENCE, sent).await.unwrap();
    program.app.stop().await;
}

/// For longer than the duty of sending lasts without being renewed.
#[tokio::test(flavor = "multi_thread")]
async fn many_callers_at_once_are_answered_and_everything_is_sent() {
    const CALLERS: usize = 16;
    const TASKS: usize = 200;
    let broker = shared();
    let topics = own_topics(&broker).await;
    let program = Dispatching::start(With {
        broker: Some(broker.unsecured()),
        topics: topics.clone(),
        ..With::default()
    })
    .await;
    let callers = (0..CALLERS).map(async |_| {
        let mut created = Vec::new();
        for no in 0..TASKS {
            created.push(program.create("aaa", json!({ "no": no })).await);
        }
        created
    });
    let created = futures_util::future::join_all(callers).await.concat();
    let reader = Reader::of(broker.plain(), &format!("{topics}mq_aaa"));
    let mut got = BTreeMap::new();
    while got.len() < created.len() {
        let message = reader.next().await;
        *got.entry(message.task_id().to_owned()).or_insert(0) += 1;
    }
    assert!(created.iter().all(|task| got[task] == 1));
    program.app.stop().await;
}
