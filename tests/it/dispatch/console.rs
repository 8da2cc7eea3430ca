//! Kafka's own clients as the other side: the messages are ordinary ones, and so are the answers.

use std::io::Write;
use std::process::Stdio;

use serde_json::{Value, json};
use tokio::task::block_in_place;

use super::{Dispatching, With};
use crate::broker::{kafka_program, own_topics, shared};

/// What stands between the parts of a line that is read or written.
const TAB: char = '\t';

/// Headers, key and value of the first message on the topic.
fn read_one(server: &str, topic: &str) -> [String; 3] {
    let arguments = [
        "--bootstrap-server",
        server,
        "--topic",
        topic,
        "--from-beginning",
        "--max-messages",
        "1",
        "--timeout-ms",
        "60000",
        "--formatter-property",
        "print.key=true",
        "--formatter-property",
        "print.headers=true",
    ];
    let mut consumer = kafka_program(
        "org.apache.kafka.tools.consumer.ConsoleConsumer",
        &arguments,
    );
    let done = block_in_place(|| consumer.output()).unwrap();
    let errors = String::from_utf8_lossy(&done.stderr);
    let line = String::from_utf8(done.stdout).unwrap();
    let parts: Vec<String> = line.trim_end().split(TAB).map(str::to_owned).collect();
    parts
        .try_into()
        .unwrap_or_else(|parts| panic!("{parts:?} {errors}"))
}

fn write_all(server: &str, topic: &str, key: &str, values: &[Value]) {
    let arguments = [
        "--bootstrap-server",
        server,
        "--topic",
        topic,
        "--reader-property",
        "parse.key=true",
    ];
    let mut producer = kafka_program("org.apache.kafka.tools.ConsoleProducer", &arguments);
    let mut producer = producer.stdin(Stdio::piped()).spawn().unwrap();
    let lines = values.iter().map(|value| format!("{key}{TAB}{value}\n"));
    let mut input = producer.stdin.take().unwrap();
    input
        .write_all(lines.collect::<String>().as_bytes())
        .unwrap();
    drop(input);
    assert!(block_in_place(|| producer.wait()).unwrap().success());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_is_read_and_ended_by_the_console_clients_of_kafka() {
    let broker = shared();
    let topics = own_topics(&broker).await;
    let program = Dispatching::start(With {
        broker: Some(broker.unsecured()),
        topics: topics.clone(),
        ..With::default()
    })
    .await;
    let task = program.create("aaa", json!({ "名": "阿美" })).await;
    let [headers, key, value] = read_one(broker.plain(), &format!("{topics}mq_aaa"));
    let headers: Vec<&str> = headers.split(',').collect();
    assert!(headers.contains(&"attempt:1"), "{headers:?}");
    assert_eq!(key, task);
    let value: Value = serde_json::from_str(&value).unwrap();
    assert_eq!(value["Task"]["task_id"], task);
    assert_eq!(value["Task"]["condition"], json!({ "名": "阿美" }));

    let answers = [
        json!({ "task_id": task, "status": "running" }),
        json!({ "task_id": task, "status": "finished", "result": { "城": "台北" } }),
    ];
    write_all(broker.plain(), &format!("{topics}replies"), &key, &answers);
    program.wait_until(&task, "finished").await;
    let body = json!({ "data": { "task_id": task } });
    let result = program.ok("/api/result_task", body).await;
    assert_eq!(result["data"], json!({ "城": "台北" }));
    program.app.stop().await;
}
