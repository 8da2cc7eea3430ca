//! What is more urgent is sent first, also if the rest was there before while the broker was away.

use std::time::Duration;

use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::{Message, Offset, TopicPartitionList};
use serde_json::json;
use tokio::task::block_in_place;

use super::{Dispatching, With};
use crate::broker::{OwnBroker, Reader, own_topics};

/// When the client was given the first messages of a topic, in milliseconds.
fn given_at(broker: &OwnBroker, topic: &str, messages: usize) -> Vec<i64> {
    let mut config = broker.listeners.client();
    config.set("group.id", format!("{topic}_times"));
    let consumer: BaseConsumer = config.create().unwrap();
    let mut from = TopicPartitionList::new();
    from.add_partition_offset(topic, 0, Offset::Beginning)
        .unwrap();
    consumer.assign(&from).unwrap();
    let mut times = Vec::new();
    block_in_place(|| {
        while times.len() < messages {
            let message = consumer.poll(Duration::from_secs(60)).expect("a message");
            times.extend(
                message
                    .ok()
                    .and_then(|message| message.timestamp().to_millis()),
            );
        }
    });
    times
}

#[tokio::test(flavor = "multi_thread")]
async fn an_urgent_task_is_sent_first_after_an_outage() {
    let broker = OwnBroker::start().await;
    let topics = own_topics(&broker.listeners).await;
    let program = Dispatching::start(With {
        broker: Some(broker.listeners.unsecured()),
        topics: topics.clone(),
        change: Some(|service| service.priority = -1),
        ..With::default()
    })
    .await;
    let low = format!("{topics}mq_aaa");
    let first = program.create("aaa", json!({})).await;
    assert_eq!(
        Reader::of(broker.address(), &low).next().await.task_id(),
        first
    );
    broker.stop();
    for no in 0..50 {
        program.create("aaa", json!({ "no": no })).await;
    }
    let urgent = program.create("bbb", json!({})).await;
    program
        .ok("/api/start_task", json!({ "task_id": urgent }))
        .await;
    broker.start_again();
    let urgent_at = given_at(&broker, &format!("{topics}mq_bbb"), 1)[0];
    let others = given_at(&broker, &low, 51);
    assert!(
        others[1..].iter().all(|at| *at >= urgent_at),
        "{urgent_at}: {others:?}"
    );
    program.app.stop().await;
}
