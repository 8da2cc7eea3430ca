//! A worker over Kafka: `cargo run --example worker -- BROKERS TOPIC GROUP REPLY_TOPIC`.
//!
//! It shows the messages. While it works it does not poll, so that a group that changes waits for its
//! task; the package in `python/` polls beside its work.

use anyhow::{Context, Result, ensure};
use rdkafka::{ClientConfig, consumer::*, message::*, producer::*};
use serde_json::{Value, json};
use tokio::{signal::unix::*, time::*};

// Put yours here. Its error becomes the message of the failed task.
async fn work(condition: &Value) -> Result<Value> {
    ensure!(condition["fail"].is_null(), "asked to fail");
    Ok(json!({ "echo": condition }))
}

#[tokio::main]
async fn main() -> Result<()> {
    let argument = |n| std::env::args().nth(n).context("an argument is missing");
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", argument(1)?);
    config.set("message.timeout.ms", "0"); // a broker that is away is waited for
    config.set("group.id", argument(3)?);
    config.set("session.timeout.ms", "6000"); // it is replaced so long after a kill
    config.set("partition.assignment.strategy", "cooperative-sticky");
    config.set("max.poll.interval.ms", "86400000"); // a task may take a day
    config.set("topic.metadata.refresh.interval.ms", "5000"); // the topic may come later
    config
        .set("enable.auto.commit", "false")
        .set("auto.offset.reset", "earliest");
    let producer: FutureProducer = config.create()?;
    let consumer: StreamConsumer = config.create()?;
    consumer.subscribe(&[&argument(2)?])?;
    let (topic, mut terminate) = (argument(4)?, signal(SignalKind::terminate())?);
    let mut interrupt = signal(SignalKind::interrupt())?; // heard when the task in hand is done
    loop {
        let message = tokio::select! {
            _ = terminate.recv() => return Ok(()),
            _ = interrupt.recv() => return Ok(()),
            message = consumer.recv() => message,
        };
        let Ok(message) = message else { continue }; // the client connects again
        let task: Value = serde_json::from_slice(message.payload().unwrap_or_default())?;
        let (id, condition) = (&task["Task"]["task_id"], &task["Task"]["condition"]);
        let headers = message.headers().context("no attempt")?;
        let attempt = headers.get(0).value;
        let attempt: Value = serde_json::from_slice(attempt.unwrap_or_default())?;
        let report = async |status: &str, what: &str, more: Value| {
            let said = json!({ "task_id": id, "attempt": attempt, "status": status, what: more });
            let (key, said) = (id.as_str().unwrap_or_default(), said.to_string());
            let record = FutureRecord::to(&topic)
                .key(key)
                .payload(&said)
                .headers(headers.detach());
            producer.send(record, Duration::ZERO).await.map_err(|e| e.0)
        };
        let mut working = std::pin::pin!(work(condition));
        let (status, what, more) = loop {
            report("running", "message", Value::Null).await?;
            match timeout(Duration::from_secs(10), &mut working).await {
                Err(_) => {}
                Ok(Ok(result)) => break ("finished", "result", result),
                Ok(Err(error)) => break ("failed", "message", error.to_string().into()),
            }
        };
        report(status, what, more).await?;
        consumer.commit_message(&message, CommitMode::Async).ok(); // if not, it comes again
    }
}
