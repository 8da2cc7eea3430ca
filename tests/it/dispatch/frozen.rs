//! The broker is frozen: its connections stay open, and nothing comes over them.

use std::collections::BTreeSet;
use std::time::Duration;

use rdkafka::consumer::{BaseConsumer, Consumer};
use serde_json::json;
use tokio::task::block_in_place;
use tokio::time::sleep;

use super::{Dispatching, With};
use crate::broker::{Answering, OwnBroker, Reader, own_topics};
use crate::support::PATIENCE;

async fn start(broker: &OwnBroker, topics: &str) -> Dispatching {
    Dispatching::start(With {
        broker: Some(broker.listeners.unsecured()),
        topics: topics.to_owned(),
        ..With::default()
    })
    .await
}

async fn say_finished(broker: &OwnBroker, topics: &str, task: &str) {
    let answers = Answering::on(broker.address(), &format!("{topics}replies"));
    let answer = json!({ "task_id": task, "status": "finished" });
    answers.say(task, answer.to_string().as_bytes()).await;
}

/// Reads until each of these tasks has come. A reader that was away for long may read some again.
async fn read_all(reader: &Reader, tasks: &[String]) {
    let mut left: BTreeSet<&str> = tasks.iter().map(String::as_str).collect();
    while !left.is_empty() {
        left.remove(reader.next().await.task_id());
    }
}

/// How many messages a topic of one partition has.
fn messages(broker: &OwnBroker, topic: &str) -> usize {
    let consumer: BaseConsumer = broker.listeners.client().create().unwrap();
    let found = block_in_place(|| consumer.fetch_watermarks(topic, 0, PATIENCE));
    usize::try_from(found.unwrap().1).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_is_frozen_at_the_start_is_waited_for() {
    let broker = OwnBroker::start().await;
    let topics = own_topics(&broker.listeners).await;
    broker.freeze();
    let program = start(&broker, &topics).await;
    let mut tasks = vec![];
    for no in 0..5 {
        tasks.push(program.create("aaa", json!({ "no": no })).await);
    }
    // Longer than the client waits for an answer.
    sleep(Duration::from_secs(15)).await;
    broker.thaw();
    let topic = format!("{topics}mq_aaa");
    let reader = Reader::of(broker.address(), &topic);
    read_all(&reader, &tasks).await;
    assert_eq!(messages(&broker, &topic), tasks.len());
    for task in &tasks {
        say_finished(&broker, &topics, task).await;
    }
    for task in &tasks {
        program.wait_until(task, "finished").await;
    }
    program.app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_is_frozen_in_the_middle_is_waited_for() {
    let broker = OwnBroker::start().await;
    let topics = own_topics(&broker.listeners).await;
    let topic = format!("{topics}mq_aaa");
    let program = start(&broker, &topics).await;
    let reader = Reader::of(broker.address(), &topic);
    let mut sent = 0;
    // For a moment, and for longer than the broker remembers a member of the group.
    for frozen_s in [3, 20] {
        let before = program.create("aaa", json!({})).await;
        read_all(&reader, std::slice::from_ref(&before)).await;
        broker.freeze();
        let mut tasks = vec![];
        for no in 0..20 {
            tasks.push(program.create("aaa", json!({ "no": no })).await);
        }
        sleep(Duration::from_secs(frozen_s)).await;
        broker.thaw();
        say_finished(&broker, &topics, &before).await;
        program.wait_until(&before, "finished").await;
        read_all(&reader, &tasks).await;
        sent += 1 + tasks.len();
        assert_eq!(messages(&broker, &topic), sent);
    }
    program.app.stop().await;
}
