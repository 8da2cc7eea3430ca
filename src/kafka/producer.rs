//! Sends messages, each once and in order, and reports when the broker has them.

use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use rdkafka::error::{KafkaError as ClientError, RDKafkaErrorCode as Code};
use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::{FutureProducer, FutureRecord, Producer as _};

use super::quiet::Quiet;
use super::{BrokerOptions, KafkaError};

/// As the client does by itself, for several messages in one batch.
const BATCH_BYTES: u64 = 1_000_000;

const ESTIMATED_BYTES_MORE: u64 = 1_024;

/// A message to be sent.
#[derive(Clone, Debug, Default)]
pub struct Outgoing {
    pub topic: String,
    pub key: String,
    pub payload: Vec<u8>,
    pub headers: Vec<(&'static str, String)>,
}

/// Ends when the broker has the message, or will not have it.
pub type Delivery = BoxFuture<'static, Result<(), Unsent>>;

/// Why a message was not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct Unsent {
    pub reason: String,
    /// The broker will never take it.
    pub is_final: bool,
}

/// Clones share the connection and its queue.
#[derive(Clone)]
pub struct Producer(pub(super) FutureProducer<Quiet>);

impl Producer {
    /// Does not wait for the broker.
    pub fn new(options: &BrokerOptions) -> Result<Self, KafkaError> {
        let most = options.message_max_bytes;
        let mut config = options.config();
        config
            .set("enable.idempotence", "true")
            .set("acks", "all")
            .set("linger.ms", "1")
            .set("compression.type", "none")
            // A broker that is away is waited for: what has been queued stays in order.
            .set("message.timeout.ms", "0")
            // The client's own estimate of a message is larger than what the broker counts.
            .set(
                "message.max.bytes",
                (most + ESTIMATED_BYTES_MORE).to_string(),
            )
            .set("batch.size", most.min(BATCH_BYTES).to_string())
            .set("topic.metadata.propagation.max.ms", "10000");
        let context = Quiet::about("producer", options);
        let producer = config
            .create_with_context(context)
            .map_err(|error| KafkaError::of(&error))?;
        Ok(Self(producer))
    }

    /// Queues a message. Those of one key arrive in the order in which they were queued.
    pub fn send(&self, message: &Outgoing) -> Delivery {
        let mut headers = OwnedHeaders::new_with_capacity(message.headers.len());
        for (key, value) in &message.headers {
            headers = headers.insert(Header {
                key,
                value: Some(value),
            });
        }
        let record = FutureRecord::to(&message.topic)
            .key(&message.key)
            .payload(&message.payload)
            .headers(headers);
        match self.0.send_result(record) {
            Ok(delivery) => async move {
                match delivery.await {
                    Ok(Ok(_)) => Ok(()),
                    Ok(Err((error, _))) => Err(Unsent::of(&error)),
                    Err(_) => Err(Unsent {
                        reason: "the client was closed".to_owned(),
                        is_final: false,
                    }),
                }
            }
            .boxed(),
            Err((error, _)) => std::future::ready(Err(Unsent::of(&error))).boxed(),
        }
    }

    /// Whether the client cannot go on: another one has to be made.
    pub fn is_broken(&self) -> bool {
        self.0.client().fatal_error().is_some()
    }

    /// Drops what has not been sent.
    pub fn purge(&self) {
        self.0
            .purge(rdkafka::producer::PurgeConfig::default().queue().inflight());
        // Tells those who wait for a delivery.
        self.0.flush(Duration::from_millis(100)).ok();
    }
}

const FORBIDDEN: &str = "the broker does not let us write to the topic";

impl Unsent {
    /// Whether a right is missing.
    pub fn is_forbidden(&self) -> bool {
        self.reason == FORBIDDEN
    }

    fn of(error: &ClientError) -> Self {
        let reason = match error.rdkafka_error_code() {
            Some(Code::MessageSizeTooLarge) => "the message is larger than the broker takes",
            Some(Code::InvalidTopic) => "the broker does not take the name of the topic",
            Some(Code::InvalidRecord) => "the broker refuses the message",
            // An operator makes the topic, or gives the right.
            Some(Code::UnknownTopic | Code::UnknownTopicOrPartition | Code::UnknownPartition) => {
                return Self::not_yet("the broker does not have the topic");
            }
            Some(Code::TopicAuthorizationFailed) => return Self::not_yet(FORBIDDEN),
            _ => return Self::not_yet(error.to_string()),
        };
        Self {
            reason: reason.to_owned(),
            is_final: true,
        }
    }

    fn not_yet(reason: impl Into<String>) -> Self {
        Self {
            reason: reason.into(),
            is_final: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kafka::Connection;

    fn options(protocol: &'static str, user: Option<(&str, &str)>) -> BrokerOptions {
        BrokerOptions {
            servers: vec!["127.0.0.1:1".to_owned()],
            protocol,
            user: user.map(|(name, password)| (name.to_owned(), password.to_owned())),
            ca_file: None,
            mechanism: "PLAIN",
            message_max_bytes: 1_048_576,
            connection: Connection::default(),
        }
    }

    #[test]
    fn a_client_can_be_made_for_every_protocol() {
        let user = Some(("me", "secret"));
        for (protocol, user) in [
            ("PLAINTEXT", None),
            ("SSL", None),
            ("SASL_PLAINTEXT", user),
            ("SASL_SSL", user),
        ] {
            let options = options(protocol, user);
            assert!(Producer::new(&options).is_ok(), "{protocol}");
            assert!(!format!("{options:?}").contains("secret"));
        }
        assert!(Producer::new(&options("TELNET", None)).is_err());
    }
}
