//! Notifies watchers that a job has changed; they read the change itself from the store.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use entity::JobId;
use tokio::sync::watch;

use crate::engine::seam::Bell;

/// How often a job has changed, and whether it has ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Seen {
    changes: u64,
    ended: bool,
}

type Watched = Arc<Mutex<HashMap<JobId, watch::Sender<Seen>>>>;

/// The watchers of each job, so that a change wakes no others. Clones share the watchers.
#[derive(Clone, Debug, Default)]
pub(super) struct Hub {
    watched: Watched,
    /// Changes of any job, for services.
    any: watch::Sender<()>,
}

/// Hears of changes of one job.
#[derive(Debug)]
pub struct Changes {
    job: JobId,
    seen: watch::Receiver<Seen>,
    watched: Watched,
}

impl Hub {
    pub(super) fn changed(&self, job: &JobId) {
        self.notify(job, false);
    }

    /// Called once the end of a job is durable.
    pub(super) fn ended(&self, job: &JobId) {
        self.notify(job, true);
    }

    fn notify(&self, job: &JobId, ended: bool) {
        self.any.send_replace(());
        let watched = self.watched.lock().unwrap_or_else(PoisonError::into_inner);
        // There may be no watcher.
        if let Some(sender) = watched.get(job) {
            sender.send_modify(|seen| {
                seen.changes += 1;
                seen.ended |= ended;
            });
        }
    }

    pub(super) fn bell(&self) -> Bell {
        Bell::of(self.any.subscribe())
    }

    pub(super) fn watch(&self, job: JobId) -> Changes {
        let mut watched = self.watched.lock().unwrap_or_else(PoisonError::into_inner);
        let sender = watched
            .entry(job.clone())
            .or_insert_with(|| watch::Sender::new(Seen::default()));
        Changes {
            job,
            seen: sender.subscribe(),
            watched: Arc::clone(&self.watched),
        }
    }
}

impl Changes {
    /// Returns when the job may have changed.
    pub async fn next(&mut self) {
        if self.seen.changed().await.is_err() {
            // The runtime has ended; the store still has the answer.
            std::future::pending::<()>().await;
        }
    }

    /// Returns when the job has ended in this process.
    pub async fn ended(&mut self) {
        if self.seen.wait_for(|seen| seen.ended).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

impl Drop for Changes {
    fn drop(&mut self) {
        let mut watched = self.watched.lock().unwrap_or_else(PoisonError::into_inner);
        let last = watched.get(&self.job);
        if last.is_some_and(|sender| sender.receiver_count() <= 1) {
            watched.remove(&self.job);
        }
    }
}
