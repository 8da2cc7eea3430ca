//! Flushing of what is committed to a file, beside the next transactions.
//!
//! A flush can take several milliseconds, during which the writer would do nothing. So SQLite commits
//! without one, the callers whose changes have to be durable are answered after the flush that follows,
//! and the writer goes on. SQLite writes all commits to one log, in order: a flush makes every earlier
//! commit durable, and a power cut takes back only the end of the log.
//!
//! A commit can be read before it is durable. Code that reports what it has read to another machine waits
//! for [`Durable::so_far`] first.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use sea_orm::sqlx::Error as SqlxError;
use sea_orm::{DbErr, RuntimeErr};
use tokio::sync::{mpsc, watch};
use tokio::task::spawn_blocking;

use super::operation::Promise;
use super::{Health, StoreError};

/// How many transactions may wait for their flush; the writer waits before it begins more.
const FLUSHES_MAX: usize = 256;

/// A log of commits that are durable only once it is flushed.
pub(crate) trait Log: Send + Sync + 'static {
    /// Blocks until everything that was committed is durable.
    fn flush(&self) -> io::Result<()>;
}

/// The end of the writer at which flushes are ordered.
pub(super) struct Flushing {
    announced: Arc<AtomicU64>,
    orders: mpsc::Sender<Order>,
}

/// A flush that was announced.
pub(super) struct Flush<'a> {
    no: u64,
    flushing: &'a Flushing,
}

struct Order {
    no: u64,
    /// Those who wait for it.
    promises: Vec<Promise>,
}

/// Tells when what can be read is durable. Clones share it.
#[derive(Clone, Debug)]
pub(crate) struct Durable {
    announced: Arc<AtomicU64>,
    /// The last flush that is over.
    flushed: watch::Receiver<u64>,
}

impl Flushing {
    pub(super) fn start(log: Arc<dyn Log>, health: Health) -> (Self, Durable) {
        let (orders, ordered) = mpsc::channel(FLUSHES_MAX);
        let (over, flushed) = watch::channel(0);
        tokio::spawn(flush_as_ordered(log, health, ordered, over));
        let announced = Arc::<AtomicU64>::default();
        let flushing = Self {
            announced: Arc::clone(&announced),
            orders,
        };
        (flushing, Durable { announced, flushed })
    }

    /// Before the commit: from then on it can be read.
    pub(super) fn announce(&self) -> Flush<'_> {
        Flush {
            no: self.announced.fetch_add(1, Ordering::SeqCst) + 1,
            flushing: self,
        }
    }
}

impl Flush<'_> {
    /// After the commit, whatever its outcome.
    pub(super) async fn order(self, promises: Vec<Promise>) {
        let no = self.no;
        // Where it is not sent, the promises are dropped with it.
        self.flushing.orders.send(Order { no, promises }).await.ok();
    }
}

impl Durable {
    /// Of a database whose commits need no flush.
    pub(super) fn always() -> Self {
        Self {
            announced: Arc::default(),
            flushed: watch::channel(0).1,
        }
    }

    /// Waits until everything is durable that has to be and could be read before this call.
    pub(crate) async fn so_far(&self) {
        let announced = self.announced.load(Ordering::SeqCst);
        if *self.flushed.borrow() >= announced {
            return;
        }
        let mut flushed = self.flushed.clone();
        // An error: the store is closed, and nothing more will be flushed.
        flushed.wait_for(|flushed| *flushed >= announced).await.ok();
    }
}

async fn flush_as_ordered(
    log: Arc<dyn Log>,
    health: Health,
    mut ordered: mpsc::Receiver<Order>,
    over: watch::Sender<u64>,
) {
    let mut orders = Vec::new();
    while ordered.recv_many(&mut orders, FLUSHES_MAX).await > 0 {
        let log = Arc::clone(&log);
        let flushed = spawn_blocking(move || log.flush()).await;
        let flushed = flushed.map_err(io::Error::other).flatten();
        let flushed = flushed
            .map_err(|error| DbErr::Conn(RuntimeErr::SqlxError(Arc::new(SqlxError::Io(error)))));
        match &flushed {
            Ok(()) => health.committed(),
            Err(cause) => drop(health.failed(&StoreError::InDoubt(cause.clone()))),
        }
        for order in orders.drain(..) {
            for promise in order.promises {
                promise(flushed.clone().map_err(StoreError::InDoubt));
            }
            over.send_replace(order.no);
        }
    }
}
