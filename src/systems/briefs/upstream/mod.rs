//! One platform as this process asks it: all briefs share its concurrency, rate, pauses, breaker and quota.
//!
//! ```text
//! page ──► lane of its brief ──► admission (turns of briefs, slots, pause, window, breaker, quota, rate) ──► call
//!            ▲                                                                                              │
//!            └── retry, with a budget ◄── hedge, with a budget: the first good answer ends the other ◄──────┘
//! ```
//!
//! Layers of tower would not do: a limit of concurrency there is first come first served, so that a large brief
//! would hold up a small one; a retry there is a call of its own kind, while here an answer that asks for patience
//! and a platform that is held back cost no try; and a hedge has to wait for admission as any call. Of tower the
//! budget of retries is used, of governor the rate.

mod admission;
mod attempt;
mod breaker;
mod budget;
mod fault;
mod lane;
mod patience;
mod quota;
mod rate;
mod turns;
mod window;

#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;
use tokio_util::sync::{CancellationToken, DropGuard};

use self::admission::Admission;
use self::budget::Budgets;
pub(crate) use self::fault::{CallFault, PageFault};
pub(crate) use self::lane::{Answered, Lane, LaneCounts};
pub(crate) use self::quota::{NoQuota, TakesCalls};
use crate::systems::briefs::adapter::{Limits, Retry};

/// Clones share it.
#[derive(Clone)]
pub(crate) struct Upstream(Arc<Inner>);

pub(super) struct Inner {
    platform: String,
    retry: Retry,
    admission: Arc<Admission>,
    budgets: Budgets,
    _ends: DropGuard,
}

/// How a platform is, for people.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct UpstreamState {
    /// `closed`, `open` or `half_open`.
    pub breaker: &'static str,
    /// It is asked nothing before this moment has come, if it is not past.
    pub paused_for: Option<Duration>,
    /// How long a good answer takes on average.
    pub answer_time: Option<Duration>,
    pub concurrency: u32,
}

impl Upstream {
    /// `quota` takes calls of those that a day has.
    pub fn new(platform: &str, limits: &Limits, retry: &Retry, quota: Arc<dyn TakesCalls>) -> Self {
        let admission = Arc::new(Admission::new(platform, limits, retry));
        let ends = CancellationToken::new();
        let (serving, until) = (admission.clone(), ends.clone());
        let limits = limits.clone();
        tokio::spawn(async move {
            tokio::select! {
                () = until.cancelled() => {}
                () = serving.serve(&limits, quota) => {}
            }
        });
        Self(Arc::new(Inner {
            platform: platform.to_owned(),
            retry: retry.clone(),
            admission,
            budgets: Budgets::new(retry),
            _ends: ends.drop_guard(),
        }))
    }

    /// The way of one brief to the platform; its calls wait in a queue of their own.
    pub fn lane(&self) -> Lane {
        Lane::new(self.0.clone())
    }

    pub fn state(&self) -> UpstreamState {
        let now = Instant::now();
        self.0.admission.state(now)
    }
}
