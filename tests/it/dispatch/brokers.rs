//! Kafka brokers, and the other side of them: a worker's consumer and producer.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use rdkafka::ClientConfig;
use rdkafka::consumer::{Consumer, StreamConsumer};
use rdkafka::message::{Headers, Message};
use rdkafka::producer::{FutureProducer, FutureRecord};
use serde_json::Value;
use tempfile::TempDir;

use super::PATIENCE;

/// The brokers that run beside the tests, by name.
pub(crate) fn shared() -> [(&'static str, String); 2] {
    let of = |name: &'static str, variable: &str| {
        let server = std::env::var(variable).unwrap_or_else(|_| {
            panic!("{variable} names no broker: run the tests with scripts/test, which starts one")
        });
        (name, server)
    };
    [
        of("tansu", "AUDIENCE_TEST_KAFKA_TANSU"),
        of("noida", "AUDIENCE_TEST_KAFKA_NOIDA"),
    ]
}

/// In front of the names of a test's own topics and groups.
pub(crate) fn own_topics() -> String {
    format!("t{}_", uuid::Uuid::now_v7().simple())
}

/// A broker of a test's own, to be killed.
pub(super) struct OwnBroker {
    folder: TempDir,
    name: &'static str,
}

impl OwnBroker {
    pub(super) fn of(name: &'static str) -> Self {
        use std::os::unix::fs::PermissionsExt;
        let folder = TempDir::new().unwrap();
        let enter = std::fs::Permissions::from_mode(0o711);
        std::fs::set_permissions(folder.path(), enter).unwrap();
        Self { folder, name }
    }

    fn home(&self) -> PathBuf {
        self.folder.path().join("servers")
    }

    fn script(&self, arguments: &[&str]) -> String {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/servers");
        let done = Command::new(script)
            .arg(arguments[0])
            .arg(self.home())
            .args(&arguments[1..])
            .output()
            .unwrap();
        let told = String::from_utf8_lossy(&done.stderr);
        assert!(done.status.success(), "{told}");
        String::from_utf8(done.stdout).unwrap()
    }

    /// Its address, the same each time.
    pub(super) fn start(&self) -> String {
        let lines = self.script(&["start", self.name]);
        let (_, address) = lines.trim().split_once('=').unwrap();
        address.trim_matches('\'').to_owned()
    }

    pub(super) fn kill(&self) {
        self.script(&["kill", self.name]);
    }
}

impl Drop for OwnBroker {
    fn drop(&mut self) {
        self.script(&["remove"]);
    }
}

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
            .set("allow.auto.create.topics", "true")
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
pub(super) struct Answering {
    producer: FutureProducer,
    topic: String,
}

impl Answering {
    pub(super) fn on(server: &str, topic: &str) -> Self {
        let producer = ClientConfig::new()
            .set("bootstrap.servers", server)
            .create()
            .unwrap();
        Self {
            producer,
            topic: topic.to_owned(),
        }
    }

    pub(super) async fn say(&self, key: &str, payload: &[u8]) {
        let record = FutureRecord::to(&self.topic).key(key).payload(payload);
        self.producer.send(record, PATIENCE).await.unwrap();
    }
}
