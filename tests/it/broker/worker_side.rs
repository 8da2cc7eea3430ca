//! The side of a worker: what it reads from a topic, and what it answers.

use std::time::Duration;

use rdkafka::ClientConfig;
use rdkafka::consumer::{Consumer, StreamConsumer};
use rdkafka::message::{Header, Headers, Message, OwnedHeaders};
use rdkafka::producer::{FutureProducer, FutureRecord};
use serde_json::Value;

/// A test that waits longer than this for a message has failed.
const PATIENCE: Duration = Duration::from_secs(120);

/// A message as a worker gets it.
#[derive(Clone, Debug)]
pub(crate) struct Got {
    pub key: String,
    pub attempt: String,
    pub body: Value,
}

impl Got {
    pub(crate) fn task_id(&self) -> &str {
        self.body["Task"]["task_id"].as_str().unwrap()
    }
}

/// Reads a topic from its beginning.
pub(crate) struct Reader(StreamConsumer);

impl Reader {
    pub(crate) fn of(server: &str, topic: &str) -> Self {
        let consumer: StreamConsumer = ClientConfig::new()
            .set("bootstrap.servers", server)
            .set("group.id", format!("{topic}_readers"))
            .set("auto.offset.reset", "earliest")
            .set("session.timeout.ms", "6000")
            .set("topic.metadata.refresh.interval.ms", "500")
            .set("reconnect.backoff.max.ms", "500")
            .set("fetch.wait.max.ms", "50")
            .create()
            .unwrap();
        consumer.subscribe(&[topic]).unwrap();
        Self(consumer)
    }

    pub(crate) async fn next(&self) -> Got {
        self.within(PATIENCE).await.expect("a message in time")
    }

    pub(crate) async fn within(&self, patience: Duration) -> Option<Got> {
        let receive = async {
            loop {
                // What goes wrong while a broker is away passes.
                let Ok(message) = self.0.recv().await else {
                    continue;
                };
                let header = |name: &str| {
                    let headers = message.headers()?;
                    let found = headers.iter().find(|header| header.key == name)?;
                    Some(String::from_utf8_lossy(found.value?).into_owned())
                };
                return Got {
                    key: String::from_utf8_lossy(message.key().unwrap_or_default()).into_owned(),
                    attempt: header("attempt").or(header("reason")).unwrap_or_default(),
                    body: serde_json::from_slice(message.payload().unwrap_or_default())
                        .unwrap_or_default(),
                };
            }
        };
        tokio::time::timeout(patience, receive).await.ok()
    }
}

/// Answers as a worker does.
pub(crate) struct Answering {
    producer: FutureProducer,
    topic: String,
}

impl Answering {
    pub(crate) fn on(server: &str, topic: &str) -> Self {
        let producer = ClientConfig::new()
            .set("bootstrap.servers", server)
            .create()
            .unwrap();
        Self {
            producer,
            topic: topic.to_owned(),
        }
    }

    pub(crate) async fn say(&self, key: &str, payload: &[u8]) {
        self.say_of(key, payload, None).await;
    }

    /// With the header `attempt`.
    pub(crate) async fn say_of(&self, key: &str, payload: &[u8], attempt: Option<&str>) {
        let mut record = FutureRecord::to(&self.topic).key(key).payload(payload);
        if let Some(attempt) = attempt {
            let headers = OwnedHeaders::new().insert(Header {
                key: "attempt",
                value: Some(attempt),
            });
            record = record.headers(headers);
        }
        self.producer.send(record, PATIENCE).await.unwrap();
    }
}
