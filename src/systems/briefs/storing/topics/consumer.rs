//! Stores the pages that come through topics.
//!
//! ```text
//! messages ──► which pages are still awaited ──► their rows in the tables ──► their parts noted ──► offsets committed
//! ```
//!
//! It may be ended at any arrow: what follows comes again, and changes nothing that is there.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use entity::{JobId, brief_part};
use futures_util::FutureExt;
use futures_util::future::try_join_all;
use tokio::task::spawn_blocking;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use super::Topics;
use super::message::PagePart;
use crate::backoff::Backoff;
use crate::clock;
use crate::engine::seam::{Service, ServiceContext, StepError};
use crate::kafka::{Consumer, Group, Incoming, Probe};
use crate::systems::briefs::article::{PageId, Row};
use crate::systems::briefs::store::BriefStore;
use crate::systems::briefs::storing::page::{BriefWords, FetchedPage};
use crate::systems::briefs::storing::page_store::PageStore;

/// Messages, and bytes of them, that are stored together.
const TOGETHER: usize = 500;
const BYTES_TOGETHER: usize = 16 << 20;

/// After an error of the client, which queues one for each of its attempts.
const PAUSE: Duration = Duration::from_millis(10);

/// How often a broker that is away is asked whether it is back, and one that answers whether it still does.
const LOOK_FOR_RETURN_EVERY: Duration = Duration::from_millis(200);
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// After a database has failed.
const AGAIN: Backoff = Backoff {
    first: Duration::from_millis(100),
    longest: Duration::from_secs(5),
};

/// The service.
pub(crate) struct PageConsumer {
    pub topics: Topics,
    pub platforms: Vec<String>,
    pub store: BriefStore,
    pub pages: PageStore,
}

/// A part that is awaited.
struct Arrived {
    part: brief_part::Model,
    page: FetchedPage,
}

#[async_trait]
impl Service for PageConsumer {
    fn name(&self) -> &'static str {
        "brief_pages"
    }

    async fn run(&self, with: ServiceContext) -> Result<(), StepError> {
        let topics = self.platforms.iter();
        let topics: Vec<String> = topics.map(|name| self.topics.topic_of(name)).collect();
        let Some(first) = topics.first().cloned() else {
            with.stop.cancelled().await;
            return Ok(());
        };
        let group = Group {
            id: &self.topics.group,
            member: None,
        };
        let consumer = Consumer::new(&self.topics.broker, group, &topics);
        let consumer = consumer.map_err(StepError::refused)?;
        let probe = Probe::new(&self.topics.broker, &self.topics.group);
        let probe = Arc::new(probe.map_err(StepError::refused)?);
        tokio::select! {
            read = self.read(&consumer, &with.stop) => read,
            watched = self.watch(probe, first, &with.stop) => watched,
        }
    }
}

impl PageConsumer {
    /// Notes whether the broker answers, for those who send, and logs when that changes.
    async fn watch(
        &self,
        probe: Arc<Probe>,
        topic: String,
        stop: &CancellationToken,
    ) -> Result<(), StepError> {
        let mut is_away = false;
        while !stop.is_cancelled() {
            let (probe, topic) = (probe.clone(), topic.clone());
            let looked = spawn_blocking(move || probe.look_at(&topic)).await;
            looked.map_err(|_| StepError::thread_lost())?;
            let trouble = self.topics.broker.connection.trouble();
            match (&trouble, is_away) {
                (Some(reason), false) => warn!(reason, "pages of briefs wait for the broker"),
                (None, true) => info!("pages of briefs are sent and read again"),
                _ => {}
            }
            is_away = trouble.is_some();
            let pause = match is_away {
                true => LOOK_FOR_RETURN_EVERY,
                false => LOOK_EVERY,
            };
            tokio::select! {
                () = stop.cancelled() => {}
                () = sleep(pause) => {}
            }
        }
        Ok(())
    }

    /// Until the program stops.
    async fn read(&self, consumer: &Consumer, stop: &CancellationToken) -> Result<(), StepError> {
        let mut words = WordsOfBriefs::default();
        loop {
            let next = tokio::select! {
                () = stop.cancelled() => return Ok(()),
                next = consumer.next() => next,
            };
            let first = match next {
                Ok(first) => first,
                Err(error) if consumer.is_broken() => {
                    return Err(StepError::retry(error.to_string()));
                }
                Err(_) => {
                    // What is wrong with the broker is logged by the watch.
                    sleep(PAUSE).await;
                    continue;
                }
            };
            let mut bytes = first.payload.len();
            let mut together = vec![first];
            while together.len() < TOGETHER
                && bytes < BYTES_TOGETHER
                && let Some(Ok(next)) = consumer.next().now_or_never()
            {
                bytes += next.payload.len();
                together.push(next);
            }
            tokio::select! {
                () = stop.cancelled() => return Ok(()),
                () = self.store(&together, &mut words) => {}
            }
            if let Err(error) = consumer.commit(&together) {
                // They come again, and change nothing.
                warn!(%error, "pages of briefs could not be marked as read");
            }
        }
    }

    /// Stores messages, however long the databases are away.
    async fn store(&self, together: &[Incoming], words: &mut WordsOfBriefs) {
        let parts: Vec<(&str, PagePart)> = together
            .iter()
            .filter_map(|message| self.part(message))
            .collect();
        let mut failures = 0;
        while let Err(error) = self.try_to_store(&parts, words).await {
            failures += 1;
            if failures == 1 {
                warn!(%error, "pages of briefs are not stored; trying again");
            }
            sleep(AGAIN.pause(failures, parts.len() as u64)).await;
        }
        if failures > 0 {
            info!("pages of briefs are stored again");
        }
    }

    /// The platform and the part of a message; one that cannot be read is passed over.
    fn part<'m>(&self, message: &'m Incoming) -> Option<(&'m str, PagePart)> {
        let platform = message.topic.strip_prefix(&self.topics.prefix)?;
        let part = serde_json::from_slice::<PagePart>(&message.payload);
        let reason = match part {
            Ok(part) if part.page().is_none() => "page_id: expected the id of a page".to_owned(),
            Ok(part) if part.part == 0 || part.part > part.parts => {
                "part: expected a number from 1 to `parts`".to_owned()
            }
            Ok(part) => return Some((platform, part)),
            // Its text may quote the message.
            Err(error) => format!(
                "line {}, column {}: expected a part of a page",
                error.line(),
                error.column()
            ),
        };
        warn!(
            topic = message.topic,
            partition = message.partition,
            offset = message.offset,
            reason,
            "a message is passed over"
        );
        None
    }

    async fn try_to_store(
        &self,
        parts: &[(&str, PagePart)],
        words: &mut WordsOfBriefs,
    ) -> Result<(), StepError> {
        let mut by_brief: BTreeMap<(&JobId, &str), Vec<&PagePart>> = BTreeMap::new();
        for (platform, part) in parts {
            let parts = by_brief.entry((&part.job_id, platform)).or_default();
            parts.push(part);
        }
        let mut arrived = Vec::new();
        for ((job, platform), parts) in by_brief {
            arrived.extend(self.awaited(job, platform, &parts, words).await?);
        }
        let (noted, pages): (Vec<brief_part::Model>, Vec<FetchedPage>) = arrived
            .into_iter()
            .map(|arrived| (arrived.part, arrived.page))
            .unzip();
        try_join_all(pages.into_iter().map(|page| self.pages.write(page))).await?;
        if !noted.is_empty() {
            self.store.note_parts(noted).await?;
        }
        Ok(())
    }

    /// Those of the parts whose pages wait for this attempt. Others were stored before, or count no more.
    async fn awaited(
        &self,
        job: &JobId,
        platform: &str,
        parts: &[&PagePart],
        words: &mut WordsOfBriefs,
    ) -> Result<Vec<Arrived>, StepError> {
        let Some(words) = words.of(&self.store, job).await? else {
            return Ok(Vec::new());
        };
        let pages: Vec<PageId> = parts.iter().filter_map(|part| part.page()).collect();
        let awaited = self.store.awaited(job, platform, &pages).await?;
        let mut arrived = BTreeMap::new();
        for part in parts {
            let Some(page) = part.page() else { continue };
            if awaited.get(&page) != Some(&part.attempt) {
                continue;
            }
            arrived.insert(
                (page, part.part),
                of_part(job, platform, page, part, &words),
            );
        }
        Ok(arrived.into_values().collect())
    }
}

fn of_part(
    job: &JobId,
    platform: &str,
    page: PageId,
    part: &PagePart,
    words: &Arc<BriefWords>,
) -> Arrived {
    let numbers = |sent: &[String]| {
        let all = words.keywords().iter().enumerate();
        let found = all.filter(|(_, keyword)| sent.contains(keyword));
        found.map(|(number, _)| number).collect()
    };
    let rows = part.articles.iter().map(|sent| Row {
        article: sent.article.clone(),
        keywords: numbers(&sent.keywords),
        page,
        sentiment: sent.sentiment,
    });
    Arrived {
        part: brief_part::Model {
            job_id: job.clone(),
            platform: platform.to_owned(),
            sequence: page.sequence as i32,
            number: page.number as i32,
            attempt: part.attempt,
            part: part.part as i32,
            parts: part.parts as i32,
            stored_at: clock::now_micros(),
        },
        page: FetchedPage {
            job: job.clone(),
            platform: platform.to_owned(),
            page,
            attempt: part.attempt,
            rows: rows.collect(),
            words: words.clone(),
        },
    }
}

/// The keywords of briefs, for a moment: a brief may be changed.
#[derive(Default)]
struct WordsOfBriefs(HashMap<JobId, (Instant, Option<Arc<BriefWords>>)>);

impl WordsOfBriefs {
    /// `None`: there is no such brief.
    async fn of(
        &mut self,
        store: &BriefStore,
        job: &JobId,
    ) -> Result<Option<Arc<BriefWords>>, StepError> {
        const KEPT_FOR: Duration = Duration::from_millis(500);
        let now = Instant::now();
        self.0.retain(|_, (read_at, _)| now - *read_at < KEPT_FOR);
        if let Some((_, words)) = self.0.get(job) {
            return Ok(words.clone());
        }
        let brief = store.brief(job).await?;
        let words = brief.map(|brief| brief.request.parsed());
        let words = words.transpose().map_err(StepError::refused)?;
        let words = words.map(|keywords| Arc::new(BriefWords::new(&keywords)));
        self.0.insert(job.clone(), (now, words.clone()));
        Ok(words)
    }
}
