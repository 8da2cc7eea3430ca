//! What a brief may cost in all: pages and articles, over all of its platforms in this process.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use entity::JobId;

/// What the platforms of one brief share.
#[derive(Debug)]
pub(super) struct Shared {
    counts: Mutex<Counts>,
    pages_max: u64,
    articles_max: u64,
}

/// By platform.
#[derive(Debug, Default)]
struct Counts {
    pages: BTreeMap<String, u64>,
    articles: BTreeMap<String, u64>,
}

/// The right of a platform to plan pages.
#[derive(Clone, Debug)]
pub(super) struct PageLimit {
    shared: Arc<Shared>,
    platform: String,
}

/// The briefs that are collected in this process.
#[derive(Debug, Default)]
pub(super) struct Briefs(Mutex<HashMap<JobId, Weak<Shared>>>);

impl Briefs {
    pub fn shared(&self, job: &JobId, pages_max: u64, articles_max: u64) -> Arc<Shared> {
        let mut briefs = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(shared) = briefs.get(job).and_then(Weak::upgrade) {
            return shared;
        }
        briefs.retain(|_, shared| shared.strong_count() > 0);
        let shared = Arc::new(Shared::new(pages_max, articles_max));
        briefs.insert(job.clone(), Arc::downgrade(&shared));
        shared
    }
}

impl Shared {
    pub fn new(pages_max: u64, articles_max: u64) -> Self {
        Self {
            counts: Mutex::default(),
            pages_max,
            articles_max,
        }
    }

    pub fn pages(self: &Arc<Self>, platform: &str) -> PageLimit {
        PageLimit {
            shared: self.clone(),
            platform: platform.to_owned(),
        }
    }

    /// Notes how many rows a platform has; `false`: there are as many as there may be.
    pub fn note_articles(&self, platform: &str, rows: u64) -> bool {
        let mut counts = self.lock();
        counts.articles.insert(platform.to_owned(), rows);
        counts.articles.values().sum::<u64>() < self.articles_max
    }

    pub fn articles_max(&self) -> u64 {
        self.articles_max
    }

    fn lock(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl PageLimit {
    /// So many pages were planned before.
    pub fn begin(&self, pages: usize) {
        let mut counts = self.shared.lock();
        counts.pages.insert(self.platform.clone(), pages as u64);
    }

    /// `false`: the brief has as many pages as it may.
    pub fn take(&self) -> bool {
        let mut counts = self.shared.lock();
        if counts.pages.values().sum::<u64>() >= self.shared.pages_max {
            return false;
        }
        match counts.pages.get_mut(&self.platform) {
            Some(pages) => *pages += 1,
            None => drop(counts.pages.insert(self.platform.clone(), 1)),
        }
        true
    }
}
