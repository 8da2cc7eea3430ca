//! Wakes the streams of callers whose bells ring, and no others.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::watch;

/// Clones share it.
#[derive(Clone, Default)]
pub(super) struct BellHub(Arc<Shared>);

#[derive(Default)]
struct Shared {
    /// By caller, the number of the newest notification that is known here.
    listeners: Mutex<HashMap<String, watch::Sender<i64>>>,
}

impl BellHub {
    /// Changes when the bell of this caller rings.
    pub(super) fn listen(&self, who: &str) -> watch::Receiver<i64> {
        self.listeners(|listeners| {
            let sender = listeners
                .entry(who.to_owned())
                .or_insert_with(|| watch::Sender::new(0));
            sender.subscribe()
        })
    }

    /// Passes on whose bells have rung.
    pub(super) fn ring(&self, newest: &HashMap<String, i64>) {
        self.listeners(|listeners| {
            listeners.retain(|_, sender| sender.receiver_count() > 0);
            for (who, no) in newest {
                if let Some(sender) = listeners.get(who) {
                    sender.send_replace(*no);
                }
            }
        });
    }

    /// Whether anybody listens.
    pub(super) fn is_heard(&self) -> bool {
        self.listeners(|listeners| listeners.values().any(|sender| sender.receiver_count() > 0))
    }

    fn listeners<T>(&self, work: impl FnOnce(&mut HashMap<String, watch::Sender<i64>>) -> T) -> T {
        let mut listeners = self
            .0
            .listeners
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        work(&mut listeners)
    }
}
