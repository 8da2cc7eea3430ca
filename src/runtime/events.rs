//! Tells watchers that something changed in a job; what changed they read from the store.

use entity::JobId;
use tokio::sync::broadcast;

/// Hints that may wait for a slow watcher; one that falls behind just looks at the store.
const HINTS: usize = 1024;

/// Clones share the watchers.
#[derive(Clone, Debug)]
pub(super) struct Hub(broadcast::Sender<JobId>);

/// Hears of changes of one job.
#[derive(Debug)]
pub struct Changes {
    job: JobId,
    hints: broadcast::Receiver<JobId>,
}

impl Hub {
    pub(super) fn new() -> Self {
        Self(broadcast::Sender::new(HINTS))
    }

    pub(super) fn changed(&self, job: &JobId) {
        // Nobody may be watching.
        self.0.send(job.clone()).ok();
    }

    pub(super) fn watch(&self, job: JobId) -> Changes {
        Changes {
            job,
            hints: self.0.subscribe(),
        }
    }
}

impl Changes {
    /// Returns when the job may have changed.
    pub async fn next(&mut self) {
        loop {
            match self.hints.recv().await {
                Ok(job) if job != self.job => {}
                Ok(_) | Err(broadcast::error::RecvError::Lagged(_)) => return,
                // The runtime is gone; the store still has the answer.
                Err(broadcast::error::RecvError::Closed) => std::future::pending().await,
            }
        }
    }
}
