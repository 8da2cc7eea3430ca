//! Asks the broker whether it is there, which topics it has, and what has not been read.
//!
//! These calls block their thread.

use std::time::Duration;

use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::error::RDKafkaErrorCode as Code;
use rdkafka::producer::Producer as _;
use rdkafka::{Offset, TopicPartitionList};

use super::connection::Connection;
use super::quiet::Quiet;
use super::{BrokerOptions, KafkaError, Producer};

/// A broker that needs longer for an answer is away.
const PATIENCE: Duration = Duration::from_secs(2);

/// Why a topic or a group cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unusable {
    Missing,
    Forbidden,
}

/// A client of its own.
pub struct Probe {
    // Its errors come with a text, those of a consumer do not.
    producer: Producer,
    consumer: BaseConsumer<Quiet>,
    connection: Connection,
}

impl Probe {
    /// Does not wait for the broker.
    pub fn new(options: &BrokerOptions, group: &str) -> Result<Self, KafkaError> {
        let mut config = options.config();
        config.set("group.id", group);
        let consumer = config.create_with_context(Quiet::about("probe", options));
        Ok(Self {
            producer: Producer::new(options)?,
            consumer: consumer.map_err(|error| KafkaError::of(&error))?,
            connection: options.connection.clone(),
        })
    }

    /// What is wrong with a topic; `None`: the broker does not answer.
    pub fn look_at(&self, topic: &str) -> Option<Option<Unusable>> {
        let failures = self.connection.failures();
        let client = self.producer.0.client();
        let Ok(found) = client.fetch_metadata(Some(topic), PATIENCE) else {
            self.connection.lost();
            return None;
        };
        self.connection.works(failures);
        let found = found.topics().iter().find(|found| found.name() == topic);
        let error = found.and_then(|found| found.error()).map(Code::from);
        Some(match error {
            Some(Code::UnknownTopicOrPartition) => Some(Unusable::Missing),
            Some(Code::TopicAuthorizationFailed) => Some(Unusable::Forbidden),
            // Others pass.
            _ => None,
        })
    }

    /// How many messages of a topic the group has not read.
    pub fn lag(&self, topic: &str) -> Result<u64, Option<Unusable>> {
        let forbidden = |error: rdkafka::error::KafkaError| match error.rdkafka_error_code() {
            Some(Code::GroupAuthorizationFailed) => Some(Unusable::Forbidden),
            _ => None,
        };
        let client = self.consumer.client();
        let found = client.fetch_metadata(Some(topic), PATIENCE);
        let found = found.map_err(forbidden)?;
        let mut asked = TopicPartitionList::new();
        for partition in found.topics().iter().flat_map(|topic| topic.partitions()) {
            asked.add_partition(topic, partition.id());
        }
        let committed = self.consumer.committed_offsets(asked, PATIENCE);
        let committed = committed.map_err(forbidden)?.to_topic_map();
        let mut lag = 0;
        for ((topic, partition), read) in &committed {
            let ends = client.fetch_watermarks(topic, *partition, PATIENCE);
            let (first, end) = ends.map_err(forbidden)?;
            lag += unread(*read, first, end);
        }
        Ok(lag)
    }
}

/// Messages between what a group has read of a partition and its end.
fn unread(read: Offset, first: i64, end: i64) -> u64 {
    let next = match read {
        Offset::Offset(next) if (first..=end).contains(&next) => next,
        // It begins at the first one, as it does when the topic has been made again.
        _ => first,
    };
    u64::try_from(end - next).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_not_been_read_is_counted() {
        for (read, first, end, expected) in [
            (Offset::Offset(3), 0, 10, 7),
            (Offset::Offset(10), 0, 10, 0),
            (Offset::Invalid, 4, 10, 6),
            (Offset::Offset(3), 4, 10, 6),
            (Offset::Offset(30), 0, 10, 10),
        ] {
            assert_eq!(unread(read, first, end), expected, "{read:?} {first} {end}");
        }
    }
}
