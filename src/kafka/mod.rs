//! Kafka: what this program needs of it, in the terms of the program. The only place that knows
//! the client library. It knows no system: several use the same broker.

mod connection;
mod consumer;
mod options;
mod probe;
mod producer;
mod quiet;
mod reason;
mod settings;
mod size;

pub use connection::Connection;
pub use consumer::{Consumer, Group, Incoming};
pub use options::BrokerOptions;
pub use probe::{Probe, Unusable};
pub use producer::{Delivery, Outgoing, Producer, Unsent};
pub(crate) use settings::check_topic;
pub use settings::{BrokerSettings, KafkaSettings, SaslMechanism, SecurityProtocol};
pub use size::batch_bytes;

/// The client could not be made from its options, or has failed for good.
#[derive(Debug, thiserror::Error)]
#[error("the Kafka client cannot be used: {reason}")]
pub struct KafkaError {
    reason: String,
}

impl KafkaError {
    fn of(error: &rdkafka::error::KafkaError) -> Self {
        Self {
            reason: error.to_string(),
        }
    }
}
