//! What collecting has in a process: platforms with their sources and policies, the store, and where articles go.

use std::collections::HashMap;
use std::num::NonZero;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use chrono_tz::Tz;
use entity::JobId;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tracing::warn;

use super::limits::{Briefs, Shared};
use crate::clock;
use crate::engine::seam::StepError;
use crate::systems::briefs::page_store::ArticleStore;
use crate::systems::briefs::platforms::{Platform, Platforms};
use crate::systems::briefs::settings::BriefsSection;
use crate::systems::briefs::sources::{PageSource, Sources};
use crate::systems::briefs::store::BriefStore;
use crate::systems::briefs::upstream::{NoQuota, TakesCalls, Upstream, UpstreamState};
use crate::telemetry::chain;

/// Clones share it.
#[derive(Clone)]
pub(crate) struct Collecting(Arc<Inner>);

struct Inner {
    store: BriefStore,
    articles: Arc<dyn ArticleStore>,
    platforms: Platforms,
    sources: Sources,
    section: BriefsSection,
    upstreams: Mutex<HashMap<String, Upstream>>,
    briefs: Briefs,
    quota: Arc<dyn TakesCalls>,
    /// Rows of so many pages are made at once: requests on their way must not wait for them.
    making_rows: Arc<Semaphore>,
}

/// What collecting is made of.
pub(crate) struct CollectingParts {
    pub store: BriefStore,
    pub articles: Arc<dyn ArticleStore>,
    pub platforms: Platforms,
    pub sources: Sources,
    pub section: BriefsSection,
}

impl Collecting {
    pub fn new(parts: CollectingParts) -> Self {
        let quota = StoredQuota {
            store: parts.store.clone(),
            zone: parts.section.zone(),
        };
        Self(Arc::new(Inner {
            store: parts.store,
            articles: parts.articles,
            platforms: parts.platforms,
            sources: parts.sources,
            section: parts.section,
            upstreams: Mutex::default(),
            briefs: Briefs::default(),
            quota: Arc::new(quota),
            making_rows: Arc::new(Semaphore::new(half_of_the_cores())),
        }))
    }

    pub fn store(&self) -> &BriefStore {
        &self.0.store
    }

    pub fn platforms(&self) -> &Platforms {
        &self.0.platforms
    }

    pub(super) fn articles(&self) -> &Arc<dyn ArticleStore> {
        &self.0.articles
    }

    /// The turn of a page whose rows are made.
    pub(super) async fn turn_to_make_rows(&self) -> Option<OwnedSemaphorePermit> {
        self.0.making_rows.clone().acquire_owned().await.ok()
    }

    /// Pages that may be fetched and not stored.
    pub(super) fn unstored_max(&self) -> usize {
        usize::try_from(self.0.section.pages_unstored).unwrap_or(usize::MAX)
    }

    pub(super) fn shared(&self, job: &JobId) -> Arc<Shared> {
        let section = &self.0.section;
        self.0
            .briefs
            .shared(job, section.pages_max, section.articles_max)
    }

    /// A platform that can be asked.
    pub(super) fn platform(&self, name: &str) -> Result<Arc<Platform>, StepError> {
        let platform = self.0.platforms.get(name).ok_or_else(|| {
            StepError::not_here(format!(
                "there is no adapter of the platform `{name}` in `briefs.adapters`"
            ))
        })?;
        match &platform.off {
            None => Ok(platform.clone()),
            Some(reason) => Err(StepError::not_here(format!(
                "the platform `{name}` is off: {reason}"
            ))),
        }
    }

    pub(super) fn source(
        &self,
        platform: &Arc<Platform>,
    ) -> Result<Arc<dyn PageSource>, StepError> {
        self.0.sources.of(platform)
    }

    /// The policy of a platform, which all briefs of the process share.
    pub(super) fn upstream(&self, platform: &Platform) -> Upstream {
        let adapter = &platform.adapter;
        let mut upstreams = self
            .0
            .upstreams
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let upstream = upstreams
            .entry(adapter.platform.clone())
            .or_insert_with(|| {
                let quota = self.0.quota.clone();
                Upstream::new(&adapter.platform, &adapter.limits, &adapter.retry, quota)
            });
        upstream.clone()
    }

    /// How a platform is, if it was asked in this process.
    pub fn upstream_state(&self, platform: &str) -> Option<UpstreamState> {
        let upstreams = self
            .0
            .upstreams
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        upstreams.get(platform).map(Upstream::state)
    }
}

fn half_of_the_cores() -> usize {
    let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
    (cores / 2).max(1)
}

/// The quota in the engine's database; its days are those of callers.
struct StoredQuota {
    store: BriefStore,
    zone: Tz,
}

#[async_trait]
impl TakesCalls for StoredQuota {
    fn today(&self) -> String {
        let now = clock::text_in(clock::now_micros(), &self.zone);
        now.chars().take("2026-11-30".len()).collect()
    }

    async fn take(&self, platform: &str, day: &str, block: u64, most: u64) -> Result<u64, NoQuota> {
        let taken = self.store.take_calls(platform, day, block, most).await;
        taken.map_err(|error| {
            warn!(
                error = chain(&error),
                platform, "the quota cannot be read now"
            );
            NoQuota
        })
    }
}
