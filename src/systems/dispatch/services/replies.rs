//! Takes in what workers answer over the broker.
//!
//! Offsets are committed after the transactions that recorded the answers: one that comes twice
//! changes nothing. What cannot be used becomes a dead letter, with its reason, and never keeps
//! others from being read.

use std::collections::HashMap;
use std::time::Duration;

use async_trait::async_trait;
use futures_util::FutureExt;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use super::bell::Bell;
use super::broker_state::BrokerState;
use super::dead_letters::LetterPublisher;
use super::outbox::wait_for_store;
use super::reply::{self, Answer, Reports, Unusable};
use super::service::DispatchServices;
use super::task_id::TaskId;
use super::told::Via;
use crate::engine::seam::{Service, ServiceContext, StepError};
use crate::engine::store::StoreError;
use crate::kafka::{BrokerOptions, Consumer, Group, Incoming, Outgoing, Producer};
use crate::systems::dispatch::store::{DispatchStore, Letter, Reported};
use crate::telemetry::metrics::metrics;

/// Answers that are dealt with together.
const TOGETHER: usize = 500;

/// After an error of the client. It queues one for each of its attempts to reach a broker that is
/// away, and messages come behind them, so they are read away faster than they come.
const PAUSE: Duration = Duration::from_millis(10);

/// The longest name of a service.
const NAME_MAX: usize = 64;

/// More of an answer than this is not kept.
const LETTER_CHARS_MAX: usize = 1 << 20;

/// The service.
pub struct ReplyConsumer {
    pub store: DispatchStore,
    pub services: DispatchServices,
    pub broker: BrokerOptions,
    pub state: BrokerState,
    pub bell: Bell,
    pub group: String,
    /// As what it joins the group; see [`Group`].
    pub member: Option<String>,
    pub dead_letter_topic: String,
}

#[async_trait]
impl Service for ReplyConsumer {
    fn name(&self) -> &'static str {
        "replies"
    }

    async fn run(&self, with: ServiceContext) -> Result<(), StepError> {
        let producer = Producer::new(&self.broker).map_err(StepError::refused)?;
        let letters = LetterPublisher::new(producer, self.state.clone());
        let mut consumer = self.consumer(self.member.as_deref())?;
        let read = loop {
            match self.read(&consumer, &letters, &with.stop).await {
                Ok(()) => break Ok(()),
                Err(Stopped::Fenced) => {
                    warn!(
                        "another process has joined the group of the replies as the same member; \
                         continuing without a name (mq_conf.group_instance_id)"
                    );
                    consumer = self.consumer(None)?;
                }
                Err(Stopped::By(error)) => break Err(error),
            }
        };
        letters.finish().await;
        read
    }
}

/// Why answers are not read any more.
enum Stopped {
    /// Another process has joined with the name of our member.
    Fenced,
    By(StepError),
}

impl From<StepError> for Stopped {
    fn from(error: StepError) -> Self {
        Self::By(error)
    }
}

impl ReplyConsumer {
    fn consumer(&self, member: Option<&str>) -> Result<Consumer, StepError> {
        let group = Group {
            id: &self.group,
            member,
        };
        let consumer = Consumer::new(&self.broker, group, &self.services.reply_topics());
        consumer.map_err(StepError::refused)
    }

    /// Until the program stops.
    async fn read(
        &self,
        consumer: &Consumer,
        letters: &LetterPublisher,
        stop: &CancellationToken,
    ) -> Result<(), Stopped> {
        let mut in_trouble = false;
        loop {
            let next = tokio::select! {
                () = stop.cancelled() => return Ok(()),
                next = consumer.next() => next,
            };
            let first = match next {
                Ok(first) => first,
                Err(_) if consumer.is_broken() => return Err(Stopped::Fenced),
                Err(error) => {
                    metrics().broker_errors.add(1, &[("client", "consumer")]);
                    // What is wrong with the broker is logged by its watch.
                    if !in_trouble && self.state.is_open() {
                        warn!(%error, "answers cannot be read");
                        in_trouble = true;
                    }
                    sleep(PAUSE).await;
                    continue;
                }
            };
            if in_trouble {
                info!("answers are read again");
            }
            in_trouble = false;
            let mut together = vec![first];
            while together.len() < TOGETHER
                && let Some(Ok(next)) = consumer.next().now_or_never()
            {
                together.push(next);
            }
            tokio::select! {
                () = stop.cancelled() => return Ok(()),
                done = self.deal_with(&together, letters, stop) => done?,
            }
            if let Err(error) = consumer.commit(&together) {
                // They come again, and change nothing.
                warn!(%error, "answers could not be marked as read");
            }
        }
    }

    /// Applies them together, those of one task in order.
    async fn deal_with(
        &self,
        together: &[Incoming],
        letters: &LetterPublisher,
        stop: &CancellationToken,
    ) -> Result<(), StepError> {
        let mut tasks: Vec<Reports> = Vec::new();
        // For each task its place among them, and the messages of its reports.
        let mut places: HashMap<TaskId, (usize, Vec<Option<&Incoming>>)> = HashMap::new();
        for message in together {
            let (answer, message) = match reply::read(&message.payload, message.attempt.as_deref())
            {
                Ok(answer) => (answer, Some(message)),
                Err(unusable) => {
                    let failure = unusable.failure.clone();
                    self.dead_letter(message, unusable, letters, stop).await?;
                    match failure {
                        Some(answer) => (*answer, None),
                        None => continue,
                    }
                }
            };
            let Answer { task, report } = answer;
            let span = message.and_then(|message| message.traceparent.as_deref()?.parse().ok());
            let (at, messages) = places.entry(task.clone()).or_insert_with(|| {
                let reports = Vec::new();
                tasks.push(Reports { task, reports });
                (tasks.len() - 1, Vec::new())
            });
            tasks[*at].reports.push((report, Via::Broker(span)));
            messages.push(message);
        }
        for (task, reported) in self.apply(tasks, stop).await? {
            let (_, messages) = places.remove(&task).unwrap_or_default();
            for (reported, message) in reported.into_iter().zip(messages) {
                match (reported, message) {
                    (Reported::Refused { reason }, _) => {
                        info!(job.id = %task.job, reason, "an answer was refused");
                    }
                    (Reported::Unknown, Some(message)) => {
                        let unusable = Unusable {
                            reason: format!("there is no task {task}"),
                            task: Some(task.clone()),
                            failure: None,
                        };
                        self.dead_letter(message, unusable, letters, stop).await?;
                    }
                    _ => {}
                }
            }
        }
        Ok(())
    }

    /// Applies reports, those again that the store could not take, and returns what became of each.
    async fn apply(
        &self,
        mut tasks: Vec<Reports>,
        stop: &CancellationToken,
    ) -> Result<Vec<(TaskId, Vec<Reported>)>, StepError> {
        let (store, services) = (&self.store, &self.services);
        let mut applied = Vec::with_capacity(tasks.len());
        loop {
            let outcomes = reply::apply_all(store, services, &self.bell, &tasks).await;
            let (mut again, mut errors) = (Vec::new(), Vec::new());
            for (task, outcome) in tasks.into_iter().zip(outcomes) {
                match outcome {
                    Ok(reported) => applied.push((task.task, reported)),
                    Err(error) => {
                        again.push(task);
                        errors.push(error);
                    }
                }
            }
            // One that waiting does not help against comes first.
            let worst = errors.into_iter().min_by_key(StoreError::is_transient);
            let Some(error) = worst else {
                return Ok(applied);
            };
            wait_for_store(store, error, stop).await?;
            tasks = again;
        }
    }

    async fn dead_letter(
        &self,
        message: &Incoming,
        unusable: Unusable,
        letters: &LetterPublisher,
        stop: &CancellationToken,
    ) -> Result<(), StepError> {
        let Incoming {
            topic,
            partition,
            offset,
            payload,
            attempt,
            ..
        } = message;
        let reason = unusable.reason.replace('\0', reply::REPLACEMENT);
        let service = unusable.task.as_ref().map(|task| task.service.clone());
        let known = service
            .as_ref()
            .filter(|name| self.services.get(name).is_some());
        let labels = [("service", known.map_or("none", String::as_str))];
        metrics().dead_letters.add(1, &labels);
        // Anybody can make up a service, of any length and characters.
        let service = service.filter(|name| name.len() <= NAME_MAX && !name.contains('\0'));
        warn!(topic, partition, offset, reason, "an answer cannot be used");
        let letter = Letter {
            service,
            job: unusable.task.map(|task| task.job),
            topic: topic.clone(),
            payload: shown(payload),
            reason: reason.clone(),
            attempt: reply::attempt_of(attempt.as_deref()),
        };
        while let Err(error) = self.store.keep_letter(letter.clone()).await {
            wait_for_store(&self.store, error, stop).await?;
        }
        let outgoing = Outgoing {
            topic: self.dead_letter_topic.clone(),
            key: format!("{topic}/{partition}/{offset}"),
            payload: payload.clone(),
            headers: vec![
                ("reason", reason),
                ("topic", topic.clone()),
                ("partition", partition.to_string()),
                ("offset", offset.to_string()),
            ],
        };
        letters.publish(&outgoing);
        Ok(())
    }
}

/// A payload as a text; what is none by its hexadecimal digits.
fn shown(payload: &[u8]) -> String {
    match std::str::from_utf8(payload) {
        // PostgreSQL has no texts with NUL.
        Ok(text) if !text.contains('\0') => text.chars().take(LETTER_CHARS_MAX).collect(),
        _ => {
            let bytes = payload.iter().take(LETTER_CHARS_MAX / 2);
            let digits = bytes.map(|byte| format!("{byte:02x}"));
            format!("0x{}", digits.collect::<String>())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_payload_can_be_shown() {
        assert_eq!(shown(b"{\"a\":1}"), "{\"a\":1}");
        assert_eq!(shown(b"a\0"), "0x6100");
        assert_eq!(shown(&[0xFF, 0x01]), "0xff01");
        assert_eq!(shown(b""), "");
    }
}
