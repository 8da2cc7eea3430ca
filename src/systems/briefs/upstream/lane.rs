//! The way of one brief to a platform.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use tokio::sync::watch;

use super::admission::Stop;
use super::attempt::Attempts;
use super::{CallFault, Inner, PageFault};

/// Clones are the same lane.
#[derive(Clone)]
pub(crate) struct Lane {
    upstream: Arc<Inner>,
    number: u64,
    stop: Arc<Stop>,
    counts: Arc<Counts>,
}

/// What a brief has cost a platform in this process.
#[derive(Default)]
pub(super) struct Counts {
    pub calls: AtomicU64,
    pub retries: AtomicU64,
    pub hedges: AtomicU64,
}

/// The same at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct LaneCounts {
    pub calls: u64,
    pub retries: u64,
    pub hedges: u64,
}

/// What became of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Answered<T> {
    pub outcome: Result<T, PageFault>,
    /// Calls that failed, or were answered well; a platform that asks for patience costs none.
    pub tries: u32,
    pub calls: u32,
}

impl Lane {
    pub(super) fn new(upstream: Arc<Inner>) -> Self {
        let stop = Arc::new(watch::Sender::new(None));
        let number = upstream.admission.add_lane(&stop);
        Self {
            upstream,
            number,
            stop,
            counts: Arc::default(),
        }
    }

    pub fn counts(&self) -> LaneCounts {
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        LaneCounts {
            calls: read(&self.counts.calls),
            retries: read(&self.counts.retries),
            hedges: read(&self.counts.hedges),
        }
    }

    /// Why the platform is not asked any more.
    #[cfg(test)]
    pub fn stopped(&self) -> Option<String> {
        self.stop.borrow().clone()
    }

    /// Asks for a page until it is answered well, fails, or the platform is stopped. `ask` makes one call. Dropped,
    /// nothing of it goes on.
    pub async fn call<T, F, A>(&self, ask: F) -> Answered<T>
    where
        F: Fn() -> A + Sync,
        A: Future<Output = Result<T, CallFault>> + Send,
        T: Send,
    {
        let (tries, calls) = (AtomicU32::new(0), AtomicU32::new(0));
        let attempts = Attempts {
            upstream: &self.upstream,
            lane: self.number,
            counts: &self.counts,
            tries: &tries,
            calls: &calls,
        };
        let mut stop = self.stop.subscribe();
        let outcome = tokio::select! {
            biased;
            stopped = stop.wait_for(Option::is_some) => {
                let reason = stopped.ok().and_then(|stopped| stopped.clone());
                Err(PageFault::Stopped(reason.unwrap_or_default()))
            }
            outcome = attempts.make(&ask) => outcome.map_err(PageFault::Failed),
        };
        Answered {
            outcome,
            tries: tries.into_inner(),
            calls: calls.into_inner(),
        }
    }
}
