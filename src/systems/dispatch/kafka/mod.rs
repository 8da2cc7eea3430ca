//! Kafka: what this program needs of it, in the terms of the program. The only place that knows
//! the client library.

mod consumer;
mod options;
mod producer;
mod quiet;
mod size;

pub use consumer::{Consumer, Incoming};
pub use options::BrokerOptions;
pub use producer::{Delivery, Outgoing, Producer, Unsent};
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
