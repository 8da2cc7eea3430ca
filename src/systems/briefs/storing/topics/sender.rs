//! Sends pages to their topics.

use std::sync::{Mutex, PoisonError};

use futures_util::future::try_join_all;

use super::Topics;
use super::message::parts_of;
use crate::engine::seam::StepError;
use crate::kafka::{KafkaError, Outgoing, Producer};
use crate::systems::briefs::storing::page::FetchedPage;

/// What is waited for while it is away.
const THE_BROKER: &str = "the broker";

/// Sends the pages of a process. Connects with the first one.
pub(crate) struct PageSender {
    topics: Topics,
    producer: Mutex<Option<Producer>>,
}

/// What became of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sent {
    /// The broker has all its parts.
    Whole,
    /// No message can hold one of its articles.
    TooLarge,
}

impl PageSender {
    pub fn new(topics: &Topics) -> Self {
        Self {
            topics: topics.clone(),
            producer: Mutex::default(),
        }
    }

    /// Returns once the broker has the page. One that is known to be away is not sent to.
    pub async fn send(&self, page: &FetchedPage) -> Result<Sent, StepError> {
        let away = |reason: String| StepError::outage(THE_BROKER, reason);
        if let Some(reason) = self.topics.broker.connection.trouble() {
            return Err(away(reason));
        }
        let parts = parts_of(page).map_err(StepError::refused)?;
        let Some(parts) = parts else {
            return Ok(Sent::TooLarge);
        };
        let producer = self.producer().map_err(StepError::refused)?;
        let topic = self.topics.topic_of(&page.platform);
        let deliveries = parts.into_iter().map(|payload| {
            producer.send(&Outgoing {
                topic: topic.clone(),
                key: page.page.text(),
                payload,
                headers: Vec::new(),
            })
        });
        match try_join_all(deliveries).await {
            Ok(_) => Ok(Sent::Whole),
            Err(unsent) if unsent.is_final => Err(StepError::refused(format!(
                "a page cannot be sent to the topic {topic}: {}",
                unsent.reason
            ))),
            Err(unsent) => Err(away(format!(
                "a page cannot be sent to the topic {topic}: {}",
                unsent.reason
            ))),
        }
    }

    /// Another one in the place of one that has failed for good.
    fn producer(&self) -> Result<Producer, KafkaError> {
        let mut producer = self.producer.lock().unwrap_or_else(PoisonError::into_inner);
        match producer.as_ref().filter(|producer| !producer.is_broken()) {
            Some(producer) => Ok(producer.clone()),
            None => {
                let new = Producer::new(&self.topics.broker)?;
                *producer = Some(new.clone());
                Ok(new)
            }
        }
    }
}
