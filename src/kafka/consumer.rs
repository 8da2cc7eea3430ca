//! Reads topics in a consumer group. What was read is committed when the reader says so.

use std::collections::BTreeMap;

use rdkafka::consumer::{CommitMode, Consumer as _, StreamConsumer};
use rdkafka::message::{BorrowedHeaders, Headers as _, Message};
use rdkafka::{Offset, TopicPartitionList};

use super::quiet::Quiet;
use super::{BrokerOptions, KafkaError};

/// A message that came.
#[derive(Clone, Debug)]
pub struct Incoming {
    pub topic: String,
    pub partition: i32,
    pub offset: i64,
    pub payload: Vec<u8>,
    /// The header `attempt`, which workers send back as they got it.
    pub attempt: Option<String>,
    /// What its sender was doing, as in a W3C `traceparent` header.
    pub traceparent: Option<String>,
}

fn text_of(headers: &BorrowedHeaders, name: &str) -> Option<String> {
    let found = headers.iter().find(|header| header.key == name);
    let value = found?.value?;
    Some(std::str::from_utf8(value).ok()?.to_owned())
}

/// The group that a consumer reads in.
#[derive(Clone, Copy, Debug)]
pub struct Group<'a> {
    pub id: &'a str,
    /// The broker takes a process that joins with the same name for this one after a restart, and
    /// does not wait until the one before is missed. Only one process may have it.
    pub member: Option<&'a str>,
}

pub struct Consumer(StreamConsumer<Quiet>);

impl Consumer {
    /// Does not wait for the broker.
    pub fn new(
        options: &BrokerOptions,
        group: Group<'_>,
        topics: &[String],
    ) -> Result<Self, KafkaError> {
        let mut config = options.config();
        config
            .set("group.id", group.id)
            .set("enable.auto.commit", "false")
            .set("enable.auto.offset.store", "false")
            .set("auto.offset.reset", "earliest")
            // A process that died, or ended with the name of a member, is replaced after this long.
            .set("session.timeout.ms", "6000")
            .set("heartbeat.interval.ms", "1000")
            .set("allow.auto.create.topics", "true")
            // Topics that come later, or are made again, are found.
            .set("topic.metadata.refresh.interval.ms", "1000")
            .set("fetch.wait.max.ms", "100");
        if let Some(member) = group.member {
            config.set("group.instance.id", member);
        }
        let context = Quiet::about("consumer", options);
        let consumer: StreamConsumer<Quiet> = config
            .create_with_context(context)
            .map_err(|error| KafkaError::of(&error))?;
        let topics: Vec<&str> = topics.iter().map(String::as_str).collect();
        consumer
            .subscribe(&topics)
            .map_err(|error| KafkaError::of(&error))?;
        Ok(Self(consumer))
    }

    /// The next message. An error passes, unless the client [is broken](Self::is_broken).
    pub async fn next(&self) -> Result<Incoming, KafkaError> {
        let message = self.0.recv().await;
        let message = message.map_err(|error| KafkaError::of(&error))?;
        let header = |name| message.headers().and_then(|headers| text_of(headers, name));
        Ok(Incoming {
            topic: message.topic().to_owned(),
            partition: message.partition(),
            offset: message.offset(),
            payload: message.payload().unwrap_or_default().to_vec(),
            attempt: header("attempt"),
            traceparent: header("traceparent"),
        })
    }

    /// Whether the client cannot continue, because another process has joined with the name of its
    /// member.
    pub fn is_broken(&self) -> bool {
        self.0.client().fatal_error().is_some()
    }

    /// Everything up to these messages has been dealt with.
    pub fn commit(&self, done: &[Incoming]) -> Result<(), KafkaError> {
        let mut next: BTreeMap<(&str, i32), i64> = BTreeMap::new();
        for message in done {
            let place = (message.topic.as_str(), message.partition);
            let offset: &mut i64 = next.entry(place).or_default();
            *offset = (message.offset + 1).max(*offset);
        }
        let mut offsets = TopicPartitionList::new();
        for ((topic, partition), offset) in next {
            offsets
                .add_partition_offset(topic, partition, Offset::Offset(offset))
                .map_err(|error| KafkaError::of(&error))?;
        }
        self.0
            .commit(&offsets, CommitMode::Async)
            .map_err(|error| KafkaError::of(&error))
    }
}
