//! Turns at hosts: one request at a time to each, with a pause between two, over all scrapes.
//!
//! ```text
//! take(host, delay): wait for those of this process ──► wait for other processes ──► wait for the pause ──► Turn
//! Turn ends: when it is dropped; the pause is counted from then
//! ```
//!
//! The pause is counted from the end of a request and not from its beginning, so that a site never sees two
//! requests closer together than that, however long connections take.

use std::collections::HashMap;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{Mutex as Queue, OwnedMutexGuard};
use url::Url;

use super::clock::{Clock, micros};

/// A host whose requests are spaced. Requests to the usual ports of one host count together.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct HostKey(String);

/// Lets one process at a time ask a host. The processes that share it agree about the steady clock.
pub(crate) trait HostLease: Send + Sync + 'static {
    /// Waits until no other process holds the host.
    fn acquire(&self, host: &HostKey) -> Acquiring;
}

pub(crate) type Acquiring = Pin<Box<dyn Future<Output = Box<dyn HeldHost>> + Send>>;

/// A host that this process may ask until it is released. Dropping it without that ends it, too.
pub(crate) trait HeldHost: Send + Sync {
    /// When a process ended its last request, and from when on the site wants to be asked again.
    fn times(&self) -> HostTimes;

    fn release(self: Box<Self>, times: HostTimes);
}

/// In microseconds of the steady clock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct HostTimes {
    /// When the last request ended; `None`: there was none.
    pub ended: Option<i64>,
    /// The site asked for more patience.
    pub not_before: Option<i64>,
}

/// The lease of a process that is alone.
#[cfg(test)]
#[derive(Clone, Copy, Debug)]
pub(crate) struct Alone;

/// All turns of this process.
pub(crate) struct Turns {
    clock: Arc<dyn Clock>,
    lease: Arc<dyn HostLease>,
    hosts: Mutex<HashMap<HostKey, Arc<Queue<HostTimes>>>>,
}

/// The only request to a host.
pub(crate) struct Turn {
    clock: Arc<dyn Clock>,
    times: OwnedMutexGuard<HostTimes>,
    held: Option<Box<dyn HeldHost>>,
    not_before: Option<i64>,
    /// Nothing was sent: no pause is counted from its end.
    is_unused: bool,
}

/// Why there is no turn for somebody who does not wait long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoTurn {
    /// Others have the host.
    Busy,
    /// The host is not to be asked before so much time has passed.
    In(Duration),
}

/// Hosts that nobody waits for are forgotten when there are more.
const HOSTS_KEPT: usize = 1_024;

/// So long after its last request no delay of a scrape counts any more.
const FORGOTTEN_AFTER: Duration = Duration::from_secs(86_400);

impl HostKey {
    pub fn new(url: &Url) -> Self {
        let host = url.host_str().unwrap_or_default();
        let host = host.trim_end_matches('.').to_ascii_lowercase();
        match url.port_or_known_default() {
            None | Some(80 | 443) => Self(host),
            Some(port) => Self(format!("{host}:{port}")),
        }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Turns {
    pub fn new(clock: Arc<dyn Clock>, lease: Arc<dyn HostLease>) -> Self {
        Self {
            clock,
            lease,
            hosts: Mutex::default(),
        }
    }

    /// Waits until this is the only request to the host and its pause is over. Those who wait come in their
    /// order.
    pub async fn take(&self, host: &HostKey, delay: Duration) -> Turn {
        let turn = self.hold(host).await;
        turn.pause(delay).await;
        turn
    }

    /// The same for somebody who waits no longer than `patience` for others, and no longer than that for a pause,
    /// and who says at once that it is longer.
    pub async fn take_within(
        &self,
        host: &HostKey,
        delay: Duration,
        patience: Duration,
    ) -> Result<Turn, NoTurn> {
        let held = tokio::time::timeout(patience, self.hold(host)).await;
        let mut turn = held.map_err(|_| NoTurn::Busy)?;
        match turn.missing(delay) {
            Some(missing) if missing > patience => {
                turn.is_unused = true;
                Err(NoTurn::In(missing))
            }
            _ => {
                turn.pause(delay).await;
                Ok(turn)
            }
        }
    }

    /// Waits until nobody else asks the host.
    async fn hold(&self, host: &HostKey) -> Turn {
        let queue = self.queue(host);
        let mut times = queue.lock_owned().await;
        let held = self.lease.acquire(host).await;
        times.merge(held.times());
        // Dropping it from here on counts as a request: it may have been sent.
        Turn {
            clock: self.clock.clone(),
            times,
            held: Some(held),
            not_before: None,
            is_unused: false,
        }
    }

    fn queue(&self, host: &HostKey) -> Arc<Queue<HostTimes>> {
        let mut hosts = self.hosts.lock().unwrap_or_else(PoisonError::into_inner);
        if hosts.len() >= HOSTS_KEPT && !hosts.contains_key(host) {
            let long_ago = self.clock.steady_micros() - micros(FORGOTTEN_AFTER);
            hosts.retain(|_, queue| {
                let is_waited_for = Arc::strong_count(queue) > 1;
                is_waited_for || queue.try_lock().is_ok_and(|times| times.last() > long_ago)
            });
        }
        hosts.entry(host.clone()).or_default().clone()
    }
}

impl HostTimes {
    fn merge(&mut self, other: Self) {
        self.ended = self.ended.max(other.ended);
        self.not_before = self.not_before.max(other.not_before);
    }

    fn earliest(&self, delay: Duration) -> i64 {
        let paused = self
            .ended
            .map_or(i64::MIN, |ended| ended.saturating_add(micros(delay)));
        paused.max(self.not_before.unwrap_or(i64::MIN))
    }

    fn last(&self) -> i64 {
        self.earliest(Duration::ZERO)
    }
}

impl Turn {
    /// What is left of the pause; `None`: it is over.
    fn missing(&self, delay: Duration) -> Option<Duration> {
        let earliest = self.times.earliest(delay);
        let missing = earliest.saturating_sub(self.clock.steady_micros());
        let missing = u64::try_from(missing).ok();
        missing
            .filter(|missing| *missing > 0)
            .map(Duration::from_micros)
    }

    async fn pause(&self, delay: Duration) {
        while let Some(missing) = self.missing(delay) {
            self.clock.sleep(missing).await;
        }
    }

    /// The site wants nobody to ask it for a while.
    pub fn hold_off(&mut self, time: Duration) {
        let until = self.clock.steady_micros().saturating_add(micros(time));
        self.not_before = self.not_before.max(Some(until));
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let ended = HostTimes {
            ended: (!self.is_unused).then(|| self.clock.steady_micros()),
            not_before: self.not_before,
        };
        self.times.merge(ended);
        if let Some(held) = self.held.take() {
            held.release(*self.times);
        }
    }
}

#[cfg(test)]
impl HostLease for Alone {
    fn acquire(&self, _: &HostKey) -> Acquiring {
        Box::pin(async { Box::new(Self) as Box<dyn HeldHost> })
    }
}

#[cfg(test)]
impl HeldHost for Alone {
    fn times(&self) -> HostTimes {
        HostTimes::default()
    }

    fn release(self: Box<Self>, _: HostTimes) {}
}

impl fmt::Debug for Turns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Turns").finish_non_exhaustive()
    }
}
