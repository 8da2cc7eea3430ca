//! Rings when something has changed that services wait for. Only saves time: they look by
//! themselves, too.

use std::sync::Arc;

use tokio::sync::Notify;
use tokio::sync::futures::Notified;

/// Clones are the same bell.
#[derive(Clone, Debug, Default)]
pub struct Bell(Arc<Bells>);

#[derive(Debug, Default)]
struct Bells {
    sending: Notify,
    overdue: Notify,
    waiting: Notify,
}

impl Bell {
    /// A task waits for its worker, or one has ended and left its place.
    pub fn ring(&self) {
        self.0.sending.notify_one();
        self.0.overdue.notify_one();
        self.0.waiting.notify_waiters();
    }

    pub(super) async fn for_sending(&self) {
        self.0.sending.notified().await;
    }

    pub(super) async fn for_overdue(&self) {
        self.0.overdue.notified().await;
    }

    /// For workers that wait for a task: all of them hear it.
    pub fn for_waiting(&self) -> Notified<'_> {
        self.0.waiting.notified()
    }
}
