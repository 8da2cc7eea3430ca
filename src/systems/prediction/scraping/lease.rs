//! Turns at hosts between processes, by rows of the store.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::{Mutex as Queue, OwnedMutexGuard};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::engine::store::Owner;
use crate::systems::prediction::scrape::{Acquiring, HeldHost, HostKey, HostLease, HostTimes};
use crate::systems::prediction::store::{AskedHost, PredictionStore};

/// A process that is silent this long is replaced.
const LEASE: Duration = Duration::from_secs(15);
const RENEW_EVERY: Duration = Duration::from_secs(4);

/// Another process may have ended its turn.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// Steady clocks of two processes agree to some milliseconds, on a busy machine to some more. What another
/// process has noted counts so much later, lest a pause be shorter than a site is promised.
const CLOCKS_US: i64 = 100_000;

/// The store may work again.
const PAUSE: Duration = Duration::from_millis(500);

/// Hosts whose turns of this process have ended are forgotten when there are more.
const HOSTS_KEPT: usize = 1_024;

/// Clones share everything.
#[derive(Clone)]
pub(super) struct StoreLease(Arc<Shared>);

struct Shared {
    store: PredictionStore,
    owner: Owner,
    /// What ends a turn is written before this process takes the next one.
    hosts: Mutex<HashMap<HostKey, Arc<Own>>>,
}

/// The turns of this process at a host, one at a time; what the last one has noted.
type Own = Queue<Option<AskedHost>>;

struct Turn {
    lease: StoreLease,
    host: HostKey,
    times: HostTimes,
    own: Option<OwnedMutexGuard<Option<AskedHost>>>,
    /// Ends the renewing.
    ended: CancellationToken,
}

impl StoreLease {
    pub fn new(store: PredictionStore) -> Self {
        Self(Arc::new(Shared {
            store,
            owner: Owner::this_process(),
            hosts: Mutex::default(),
        }))
    }

    fn own(&self, host: &HostKey) -> Arc<Own> {
        let hosts = self.0.hosts.lock();
        let mut hosts = hosts.unwrap_or_else(PoisonError::into_inner);
        if hosts.len() >= HOSTS_KEPT && !hosts.contains_key(host) {
            hosts.retain(|_, queue| Arc::strong_count(queue) > 1);
        }
        hosts.entry(host.clone()).or_default().clone()
    }

    /// Takes the host, or keeps it. While the store is away nobody asks anybody.
    async fn hold(&self, host: &HostKey) -> AskedHost {
        let lease = i64::try_from(LEASE.as_micros()).unwrap_or(i64::MAX);
        loop {
            let held = self.0.store.hold_host(host.as_str(), &self.0.owner, lease);
            let pause = match held.await {
                Ok(Some(asked)) => return asked,
                Ok(None) => LOOK_EVERY,
                Err(error) => {
                    let health = self.0.store.engine().health();
                    health.warn(&error, "pages are not fetched");
                    PAUSE
                }
            };
            sleep(pause).await;
        }
    }

    async fn take(self, host: HostKey) -> Turn {
        let own = self.own(&host).lock_owned().await;
        let mut asked = self.hold(&host).await;
        if *own != Some(asked) {
            asked = asked.later(CLOCKS_US);
        }
        let ended = CancellationToken::new();
        let (renewing, until) = (self.clone(), ended.clone());
        let renewed = host.clone();
        tokio::spawn(async move {
            loop {
                tokio::select! {
                    () = until.cancelled() => return,
                    () = sleep(RENEW_EVERY) => {}
                }
                tokio::select! {
                    () = until.cancelled() => return,
                    _ = renewing.hold(&renewed) => {}
                }
            }
        });
        Turn {
            lease: self,
            host,
            times: HostTimes {
                ended: asked.ended,
                not_before: asked.not_before,
            },
            own: Some(own),
            ended,
        }
    }
}

impl HostLease for StoreLease {
    fn acquire(&self, host: &HostKey) -> Acquiring {
        let (lease, host) = (self.clone(), host.clone());
        Box::pin(async move { Box::new(lease.take(host).await) as Box<dyn HeldHost> })
    }
}

impl Turn {
    /// Writes that the turn is over, before the next one of this process begins.
    fn end(&mut self, asked: Option<AskedHost>) {
        self.ended.cancel();
        let Some(mut own) = self.own.take() else {
            return;
        };
        // Without a runtime the program ends, and others see that it has.
        let Ok(runtime) = Handle::try_current() else {
            return;
        };
        let (lease, host) = (self.lease.clone(), self.host.clone());
        runtime.spawn(async move {
            let (store, owner) = (&lease.0.store, &lease.0.owner);
            let released = store.release_host(host.as_str(), owner, asked);
            // If that fails, the lease lapses.
            let is_noted = released.await.is_ok();
            *own = asked.filter(|_| is_noted);
        });
    }
}

impl HeldHost for Turn {
    fn times(&self) -> HostTimes {
        self.times
    }

    fn release(mut self: Box<Self>, times: HostTimes) {
        self.end(Some(AskedHost {
            ended: times.ended,
            not_before: times.not_before,
        }));
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.end(None);
    }
}
