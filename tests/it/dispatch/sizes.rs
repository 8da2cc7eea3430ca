//! Messages that the broker would never take are refused when their tasks are created.

use audience::kafka::BrokerSettings;
use serde_json::{Value, json};

use super::{Dispatching, With};
use crate::broker::{Reader, own_topics, shared};

/// That of a broker whose settings say nothing else.
const LIMIT: usize = 1_048_588;

impl Dispatching {
    /// The answer to a task whose condition has so many characters.
    async fn create_long(&self, length: usize) -> (u16, Value) {
        let condition = json!({ "long": "x".repeat(length) });
        let body = json!({ "data": { "service": "aaa", "condition": condition } });
        self.post("/api/create_task", body).await
    }
}

/// How many bytes the refusal says that the message would take.
fn bytes(answer: &(u16, Value)) -> usize {
    let (status, answer) = answer;
    let message = answer["message"].as_str().unwrap();
    assert_eq!(
        (*status, &answer["result"]),
        (413, &json!("exception")),
        "{message}"
    );
    let rest = message
        .strip_prefix("the message of the task would take ")
        .unwrap();
    let (bytes, rest) = rest.split_once(' ').unwrap();
    assert_eq!(
        rest,
        "bytes, at most 1048588 are allowed (mq_conf.message_max_bytes)"
    );
    bytes.parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_largest_message_is_sent_and_a_larger_one_is_refused() {
    let broker = shared();
    let topics = own_topics(&broker).await;
    let program = Dispatching::start(With {
        broker: Some(BrokerSettings {
            message_max_bytes: LIMIT as u64,
            ..broker.unsecured()
        }),
        topics: topics.clone(),
        ..With::default()
    })
    .await;
    let length = 1 << 20;
    let excess = bytes(&program.create_long(length).await) - LIMIT;
    // The lengths that a message carries take fewer bytes the shorter they are.
    let (mut largest, mut last) = (length - excess, Value::Null);
    loop {
        let answer = program.create_long(largest).await;
        if answer.0 != 200 {
            assert_eq!(bytes(&answer), LIMIT + 1);
            break;
        }
        (largest, last) = (largest + 1, answer.1);
    }
    let (largest, accepted) = (largest - 1, largest - (length - excess));
    let reader = Reader::of(broker.plain(), &format!("{topics}mq_aaa"));
    for _ in 1..accepted {
        reader.next().await;
    }
    let got = reader.next().await;
    assert_eq!(json!(got.task_id()), last["task_id"]);
    let sent = got.body["Task"]["condition"]["long"].as_str().unwrap();
    assert_eq!(sent.len(), largest);

    // What a task that exists is to ask for.
    let task = program.create("bbb", json!({})).await;
    let body = json!({ "task_id": task, "condition": { "long": "x".repeat(length) } });
    bytes(&program.post("/api/update_task", body).await);
    program.app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_broker_there_is_no_such_limit() {
    let program = Dispatching::start(With::default()).await;
    assert_eq!(program.create_long(2 << 20).await.0, 200);
    program.app.stop().await;
}
