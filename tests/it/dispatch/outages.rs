//! The broker is away, lacks a topic, or takes a right away; then it is mended.

use std::time::Duration;

use serde_json::json;
use tokio::time::{sleep, timeout};

use super::{Dispatching, With};
use crate::broker::{Answering, OwnBroker, Reader, own_topics};

/// As long as the client needs to give up a message whose topic is missing.
const GIVES_UP: Duration = Duration::from_secs(12);

async fn start(broker: &OwnBroker, topics: &str) -> Dispatching {
    Dispatching::start(With {
        broker: Some(broker.listeners.unsecured()),
        topics: topics.to_owned(),
        ..With::default()
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_are_read_soon_after_the_broker_is_back() {
    let broker = OwnBroker::start().await;
    let topics = own_topics(&broker.listeners).await;
    let program = start(&broker, &topics).await;
    let mut tasks = vec![];
    for _ in 0..2 {
        tasks.push(program.create("aaa", json!({})).await);
    }
    let reader = Reader::of(broker.address(), &format!("{topics}mq_aaa"));
    for _ in &tasks {
        reader.next().await;
    }
    let say = async |task: &str| {
        let answers = Answering::on(broker.address(), &format!("{topics}replies"));
        let answer = json!({ "task_id": task, "status": "finished" });
        answers.say(task, answer.to_string().as_bytes()).await;
    };
    // The program has its partitions.
    say(&tasks[0]).await;
    program.wait_until(&tasks[0], "finished").await;
    broker.stop();
    // An error for each attempt of the client to reach it queues up.
    sleep(Duration::from_secs(20)).await;
    broker.start_again();
    say(&tasks[1]).await;
    let read = program.wait_until(&tasks[1], "finished");
    // Each of the errors used to be followed by a second in which nothing was read.
    let read = timeout(Duration::from_secs(12), read).await;
    assert!(read.is_ok(), "the answer is not read");
    program.app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_waits_for_its_topic() {
    let broker = OwnBroker::start().await;
    let topics = own_topics(&broker.listeners).await;
    let topic = format!("{topics}mq_aaa");
    broker.topics().delete(&[&topic]).await;
    let program = start(&broker, &topics).await;
    let task = program.create("aaa", json!({})).await;
    sleep(GIVES_UP).await;
    assert_eq!(program.status(&task).await["status"], "waiting");
    // Another service does not wait with it.
    let other = program.create("bbb", json!({})).await;
    let start = json!({ "task_id": other });
    program.ok("/api/start_task", start).await;
    let reader = Reader::of(broker.address(), &format!("{topics}mq_bbb"));
    assert_eq!(reader.next().await.task_id(), other);
    broker.topics().make(&[&topic]).await;
    let reader = Reader::of(broker.address(), &topic);
    assert_eq!(reader.next().await.task_id(), task);
    program.app.stop().await;
}
