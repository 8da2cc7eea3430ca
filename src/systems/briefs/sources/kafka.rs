//! Articles that come through topics: an article a message, with the `job_id` of its brief. A service reads the topics
//! of all adapters and keeps what comes as pages of the briefs; a brief asks for them as for pages that are pushed.
//!
//! Offsets are committed after the pages are stored. What comes twice is known by its offset, so that a page is stored
//! once, whenever the process ends. Partitions are read side by side: the end of a brief waits until the others have
//! nothing more to say.

mod held;

use std::collections::BTreeMap;
use std::time::Duration;

use async_trait::async_trait;
use chrono_tz::Tz;
use entity::JobId;
use futures_util::FutureExt;
use serde_json::Value;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use self::held::{End, Held};
use super::{PageAnswer, PageAsk, PageSource, Pushed, Sequences, read_pushed};
use crate::engine::seam::{Service, ServiceContext, StepError};
use crate::engine::store::StoreError;
use crate::kafka::{BrokerOptions, Consumer, Group, Incoming, KafkaSettings};
use crate::settings::{Loaded, SettingsFault};
use crate::systems::briefs::adapter::Kind;
use crate::systems::briefs::platforms::{Platform, Platforms};
use crate::systems::briefs::request::BriefRequest;
use crate::systems::briefs::settings::BriefSettings;
use crate::systems::briefs::store::{PushedPage, Pushing};
use crate::systems::briefs::upstream::CallFault;

/// Messages that are stored together.
const TOGETHER: usize = 500;

/// After an error of the client, which queues one for each of its attempts to reach a broker that is away.
const PAUSE: Duration = Duration::from_millis(10);

/// Until a store that is away is asked again.
const STORE_AGAIN: Duration = Duration::from_millis(500);

/// A platform whose articles come through a topic.
pub(crate) struct KafkaSource {
    pushed: Pushed,
    platform: String,
    /// After so long without a message the topic has no more for a brief.
    idle: Duration,
}

impl KafkaSource {
    pub fn new(pushed: Pushed, platform: &str, idle: Duration) -> Self {
        Self {
            pushed,
            platform: platform.to_owned(),
            idle,
        }
    }
}

#[async_trait]
impl PageSource for KafkaSource {
    fn sequences(&self) -> Sequences {
        Sequences::One
    }

    fn is_called(&self) -> bool {
        false
    }

    async fn ask(&self, page: &PageAsk) -> Result<PageAnswer, CallFault> {
        self.pushed
            .wait(page, &self.platform, Some(self.idle))
            .await
    }
}

impl Platform {
    /// Where its articles come from; `None`: it is of another kind.
    pub(crate) fn topic(&self) -> Option<&str> {
        match &self.adapter.kind {
            Kind::Kafka { topic, .. } => Some(topic),
            Kind::Http(_) | Kind::File { .. } | Kind::Push => None,
        }
    }
}

/// The service that reads the topics.
pub(crate) struct KafkaIntake {
    pushed: Pushed,
    platforms: Platforms,
    broker: BrokerOptions,
    /// `briefs.group`; the topics of adapters are read by a group of their own beside it.
    group: String,
    zone: Tz,
}

impl KafkaIntake {
    /// `None`: no adapter has a topic, or there is no broker.
    pub fn of(
        loaded: &Loaded,
        platforms: &Platforms,
        pushed: &Pushed,
    ) -> Result<Option<Self>, SettingsFault> {
        let section = loaded.system::<BriefSettings>().briefs;
        let KafkaSettings { mq_conf } = loaded.system();
        let has_topics = platforms.all().any(|platform| platform.topic().is_some());
        let Some(broker) = mq_conf.filter(|_| has_topics) else {
            return Ok(None);
        };
        let broker = broker.options();
        let broker =
            broker.map_err(|(key, problem)| loaded.fault(&format!("mq_conf.{key}"), problem))?;
        Ok(Some(Self {
            pushed: pushed.clone(),
            platforms: platforms.clone(),
            broker,
            zone: section.zone(),
            group: section.group,
        }))
    }
}

#[async_trait]
impl Service for KafkaIntake {
    fn name(&self) -> &'static str {
        "brief topics"
    }

    async fn run(&self, with: ServiceContext) -> Result<(), StepError> {
        let mut topics: Vec<String> = self
            .platforms
            .all()
            .filter_map(|platform| platform.topic().map(str::to_owned))
            .collect();
        topics.sort();
        topics.dedup();
        if topics.is_empty() {
            with.stop.cancelled().await;
            return Ok(());
        }
        let id = format!("{}-articles", self.group);
        let group = Group {
            id: &id,
            member: None,
        };
        let consumer = Consumer::new(&self.broker, group, &topics).map_err(StepError::refused)?;
        self.read(&consumer, &with.stop).await
    }
}

/// The messages for one brief from one partition, in their order.
type Batches<'m> = BTreeMap<(JobId, String, i32), Vec<(&'m Incoming, Value)>>;

impl KafkaIntake {
    /// Until the program stops.
    async fn read(&self, consumer: &Consumer, stop: &CancellationToken) -> Result<(), StepError> {
        let mut in_trouble = false;
        let mut held = Held::default();
        loop {
            let next = tokio::select! {
                () = stop.cancelled() => return Ok(()),
                next = consumer.next() => next,
                () = held.is_due() => {
                    tokio::select! {
                        () = stop.cancelled() => return Ok(()),
                        stored = self.end(&mut held) => stored?,
                    }
                    held.commit(consumer);
                    continue;
                }
            };
            let first = match next {
                Ok(first) => first,
                Err(error) if consumer.is_broken() => return Err(StepError::refused(error)),
                Err(error) => {
                    if !std::mem::replace(&mut in_trouble, true) {
                        warn!(%error, "articles of topics cannot be read");
                    }
                    sleep(PAUSE).await;
                    continue;
                }
            };
            if std::mem::replace(&mut in_trouble, false) {
                info!("articles of topics are read again");
            }
            let mut together = vec![first];
            while together.len() < TOGETHER
                && let Some(Ok(next)) = consumer.next().now_or_never()
            {
                together.push(next);
            }
            tokio::select! {
                () = stop.cancelled() => return Ok(()),
                stored = self.store(&together, &mut held) => stored?,
            }
            held.take(together);
            if held.ends.is_empty() {
                held.commit(consumer);
            }
        }
    }

    /// Stores what came as pages, and waits for a store that is away.
    async fn store(&self, together: &[Incoming], held: &mut Held) -> Result<(), StepError> {
        for ((job, topic, partition), messages) in batches(together) {
            for platform in self.platforms.all() {
                if platform.topic() != Some(topic.as_str()) {
                    continue;
                }
                let name = &platform.adapter.platform;
                if held.has_end(&job, name, partition) {
                    // It comes behind the end.
                    continue;
                }
                let ends = messages.iter().position(|(_, value)| value["end"] == true);
                let before = &messages[..ends.unwrap_or(messages.len())];
                while let Err(error) = self.page(&job, platform, partition, before).await {
                    wait_for_store(error).await?;
                }
                held.ends.extend(ends.map(|at| End {
                    job: job.clone(),
                    platform: name.clone(),
                    partition,
                    offset: messages[at].0.offset,
                }));
            }
        }
        Ok(())
    }

    async fn page(
        &self,
        job: &JobId,
        platform: &Platform,
        partition: i32,
        messages: &[(&Incoming, Value)],
    ) -> Result<(), StoreError> {
        let name = &platform.adapter.platform;
        let store = self.pushed.store();
        let Some(brief) = store.brief(job).await? else {
            info!(job.id = %job, platform = name, "articles of a topic are of no brief");
            return Ok(());
        };
        let beginning = beginning_of_keys(partition);
        let known = store.pushed_keys(job, name, &beginning).await?;
        let known = known
            .iter()
            .filter_map(|key| last_offset(key, &beginning))
            .max();
        let is_new = |offset: i64| known.is_none_or(|known| offset > known);
        let new = messages
            .iter()
            .filter(|(message, _)| is_new(message.offset));
        let new: Vec<&(&Incoming, Value)> = new.collect();
        let Some((last, _)) = new.last() else {
            return Ok(());
        };
        let key = format!("{beginning}{}", last.offset);
        let page = PushedPage {
            key,
            ..self.read_page(platform, &brief.request, &new)
        };
        self.push(job, name, page).await
    }

    /// Stores the ends that were held.
    async fn end(&self, held: &mut Held) -> Result<(), StepError> {
        for end in held.ends.drain(..) {
            let page = || PushedPage {
                key: format!("{}{}", beginning_of_keys(end.partition), end.offset),
                ends: true,
                ..PushedPage::default()
            };
            while let Err(error) = self.push(&end.job, &end.platform, page()).await {
                wait_for_store(error).await?;
            }
        }
        Ok(())
    }

    async fn push(&self, job: &JobId, platform: &str, page: PushedPage) -> Result<(), StoreError> {
        let ends = page.ends;
        match self.pushed.push(job, platform, page).await? {
            Pushing::Stored(_) | Pushing::Known(_) => {}
            Pushing::Ended | Pushing::NoBrief if ends => {}
            Pushing::Ended | Pushing::NoBrief => {
                info!(job.id = %job, platform, "articles of a topic came after the end of their brief");
            }
        }
        Ok(())
    }

    fn read_page(
        &self,
        platform: &Platform,
        request: &BriefRequest,
        messages: &[&(&Incoming, Value)],
    ) -> PushedPage {
        let items = messages.iter().map(|(_, value)| value.clone());
        let items: Vec<Value> = items.collect();
        let read = read_pushed(&platform.adapter.map, request, &items, self.zone);
        // Requests are stored checked.
        read.unwrap_or_default()
    }
}

/// Until it is asked again; an error that does not pass ends the service, which begins anew.
async fn wait_for_store(error: StoreError) -> Result<(), StepError> {
    if !error.is_transient() {
        return Err(StepError::retry("articles of a topic could not be stored").caused_by(error));
    }
    sleep(STORE_AGAIN).await;
    Ok(())
}

fn beginning_of_keys(partition: i32) -> String {
    format!("kafka/{partition}/")
}

/// By brief, topic and partition. What names no brief is left out.
fn batches(together: &[Incoming]) -> Batches<'_> {
    let mut batches = Batches::new();
    for message in together {
        let value = serde_json::from_slice::<Value>(&message.payload).unwrap_or_default();
        let Some(job) = value["job_id"].as_str().and_then(|id| id.parse().ok()) else {
            let (topic, partition, offset) = (&message.topic, message.partition, message.offset);
            info!(
                topic,
                partition, offset, "a message of a topic names no brief"
            );
            continue;
        };
        let key = (job, message.topic.clone(), message.partition);
        batches.entry(key).or_default().push((message, value));
    }
    batches
}

fn last_offset(key: &str, beginning: &str) -> Option<i64> {
    key.strip_prefix(beginning)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(partition: i32, offset: i64, payload: &str) -> Incoming {
        Incoming {
            topic: "articles".to_owned(),
            partition,
            offset,
            payload: payload.as_bytes().to_vec(),
            attempt: None,
            traceparent: None,
        }
    }

    #[test]
    fn messages_are_kept_by_brief_and_partition() {
        let (one, other) = ("0".repeat(32), "1".repeat(32));
        let of = |job: &str| format!(r#"{{"job_id":"{job}","id":"1"}}"#);
        let together = [
            message(0, 7, &of(&one)),
            message(1, 3, &of(&one)),
            message(0, 8, &of(&other)),
            message(0, 9, &of(&one)),
            message(0, 10, r#"{"id":"2"}"#),
            message(0, 11, "no"),
        ];
        let batches = batches(&together);
        let offsets = |job: &str, partition| {
            let key = (job.parse().unwrap(), "articles".to_owned(), partition);
            let batch = batches[&key].iter();
            batch.map(|(message, _)| message.offset).collect::<Vec<_>>()
        };
        assert_eq!(batches.len(), 3);
        assert_eq!(offsets(&one, 0), [7, 9]);
        assert_eq!(offsets(&one, 1), [3]);
        assert_eq!(offsets(&other, 0), [8]);
        assert_eq!(last_offset("kafka/0/12", "kafka/0/"), Some(12));
        assert_eq!(last_offset("kafka/0/x", "kafka/0/"), None);
    }
}
