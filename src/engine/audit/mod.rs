//! The audit: who did what, on what, when, from where, and with which result.
//!
//! ```text
//! done      with the first change that the call makes, in its transaction (`store::audit`); a call that
//!           changes nothing in the store: before it is answered, or when the store is there again
//! refused   counted in memory, the same ones of a minute together, and stored soon after (`alike`)
//! workers   the first of an hour with its change, the others counted: what each of them did stands in
//!           the history of its task
//! ```

mod alike;
mod call;

use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};

use entity::audit;
use tokio::sync::Notify;
use tracing::warn;

use crate::engine::store::{Store, StoreError};
use crate::telemetry::chain;
use alike::Alike;

pub use call::{AuditedCall, CallEnd};

/// How long counts stay in memory only.
const STORED_AFTER: Duration = Duration::from_secs(1);

/// Who uses the program without a server, or a server without tokens.
const LOCAL: &str = "local";

/// How calls that are done are recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recording {
    /// Each by itself.
    Each,
    /// The same before anything is done.
    Before,
    /// The same ones of an hour together.
    ByHour,
}

/// What a call is, as far as it is known from outside.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CallKey {
    /// The name of a token, or `local`; `None`: nobody who is known.
    pub who: Option<String>,
    pub operation: String,
    /// An id or a name.
    pub what: Option<String>,
    pub address: Option<String>,
}

/// A handle to the audit of this process; clones share it.
#[derive(Clone)]
pub struct AuditLog(Arc<Shared>);

struct Shared {
    store: Store,
    alike: Mutex<Alike>,
    is_to_store: Notify,
}

impl AuditLog {
    pub fn start(store: Store) -> Self {
        let log = Self(Arc::new(Shared {
            store,
            alike: Mutex::default(),
            is_to_store: Notify::new(),
        }));
        tokio::spawn(keep_storing(Arc::downgrade(&log.0)));
        log
    }

    /// A call that begins.
    pub fn call(&self, key: CallKey, recording: Recording) -> Arc<AuditedCall> {
        Arc::new(AuditedCall::new(self.clone(), key, recording))
    }

    /// Something that is done without a server.
    pub fn local_call(&self, operation: &str, recording: Recording) -> Arc<AuditedCall> {
        let key = CallKey {
            who: Some(LOCAL.to_owned()),
            operation: operation.to_owned(),
            what: None,
            address: None,
        };
        self.call(key, recording)
    }

    /// Records a call that was refused, with the status of its answer.
    pub fn refused(&self, key: CallKey, status: u16) {
        let end = CallEnd::of_status(status);
        self.count(|alike, now| alike.refused(key, end, now));
    }

    fn count<T>(&self, count: impl FnOnce(&mut Alike, Instant) -> T) -> T {
        let mut alike = self.0.alike.lock().unwrap_or_else(PoisonError::into_inner);
        let counted = count(&mut alike, Instant::now());
        self.0.is_to_store.notify_one();
        counted
    }

    async fn put(&self, row: audit::Model) -> Result<(), StoreError> {
        self.0.store.audit().put(vec![row]).await
    }

    /// Stores what has been counted.
    pub async fn flush(&self) -> Result<(), StoreError> {
        self.0.flush().await
    }
}

impl Shared {
    async fn flush(&self) -> Result<(), StoreError> {
        let rows = {
            let mut alike = self.alike.lock().unwrap_or_else(PoisonError::into_inner);
            alike.take_changed(Instant::now())
        };
        let stored = self.store.audit().put(rows.clone()).await;
        // What cannot be stored would keep all others from it.
        if stored.as_ref().is_err_and(StoreError::is_transient) {
            let mut alike = self.alike.lock().unwrap_or_else(PoisonError::into_inner);
            alike.give_back(rows);
        }
        stored
    }
}

/// Until the last handle is dropped.
async fn keep_storing(shared: Weak<Shared>) {
    let mut is_failing = false;
    while let Some(held) = shared.upgrade() {
        // A handle that is dropped meanwhile is noticed by the time.
        let notified = tokio::time::timeout(10 * STORED_AFTER, held.is_to_store.notified()).await;
        if notified.is_err() {
            continue;
        }
        tokio::time::sleep(STORED_AFTER).await;
        match held.flush().await {
            Ok(()) => is_failing = false,
            Err(error) => {
                if !is_failing {
                    warn!(
                        error = chain(&error),
                        "calls that were refused cannot be recorded now"
                    );
                }
                is_failing = true;
                held.is_to_store.notify_one();
            }
        }
    }
}
