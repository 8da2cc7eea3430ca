//! Messages that wait for actors, counted where they are posted and where they are taken up: the mailboxes
//! themselves cannot be asked.

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, LazyLock, PoisonError, RwLock};
use std::time::Duration;

use ractor::{ActorId, ActorRef, ActorStatus, Message, MessagingErr};
use tokio::task::JoinHandle;

use crate::clock;

/// What is counted of an actor by those who post to it and by itself.
#[derive(Debug, Default)]
pub(super) struct Pulse {
    waiting: AtomicI64,
    /// Since when it handles a message; 0: it does not.
    busy_since: AtomicI64,
}

static PULSES: LazyLock<RwLock<HashMap<ActorId, Arc<Pulse>>>> = LazyLock::new(RwLock::default);

/// Of this actor, also before it is entered in the tree.
pub(super) fn pulse(id: ActorId) -> Arc<Pulse> {
    let known = PULSES.read().unwrap_or_else(PoisonError::into_inner);
    if let Some(pulse) = known.get(&id) {
        return Arc::clone(pulse);
    }
    drop(known);
    let mut all = PULSES.write().unwrap_or_else(PoisonError::into_inner);
    Arc::clone(all.entry(id).or_default())
}

/// Sends messages so that they are counted.
pub(in crate::engine::runtime) trait Post<M> {
    fn post(&self, message: M) -> Result<(), MessagingErr<M>>;

    fn post_after(
        &self,
        pause: Duration,
        message: impl FnOnce() -> M + Send + 'static,
    ) -> JoinHandle<Result<(), MessagingErr<M>>>;
}

impl<M: Message> Post<M> for ActorRef<M> {
    fn post(&self, message: M) -> Result<(), MessagingErr<M>> {
        if self.get_status() >= ActorStatus::Stopping {
            // Not to be entered again once it is taken out.
            return self.cast(message);
        }
        let pulse = pulse(self.get_id());
        pulse.waiting.fetch_add(1, Ordering::Relaxed);
        let posted = self.cast(message);
        if posted.is_err() {
            pulse.waiting.fetch_sub(1, Ordering::Relaxed);
        }
        posted
    }

    fn post_after(
        &self,
        pause: Duration,
        message: impl FnOnce() -> M + Send + 'static,
    ) -> JoinHandle<Result<(), MessagingErr<M>>> {
        let pulse = pulse(self.get_id());
        self.send_after(pause, move || {
            pulse.waiting.fetch_add(1, Ordering::Relaxed);
            message()
        })
    }
}

/// An actor is at a message for as long as it holds this.
pub(in crate::engine::runtime) struct Turn(Arc<Pulse>);

impl Turn {
    /// `counted`: the message was posted by [`Post`].
    pub(in crate::engine::runtime) fn of(id: ActorId, counted: bool) -> Self {
        let pulse = pulse(id);
        if counted {
            pulse.waiting.fetch_sub(1, Ordering::Relaxed);
        }
        pulse
            .busy_since
            .store(clock::now_micros(), Ordering::Relaxed);
        Self(pulse)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.0.busy_since.store(0, Ordering::Relaxed);
    }
}

impl Pulse {
    /// Messages that wait.
    pub(super) fn waiting(&self) -> u64 {
        self.waiting.load(Ordering::Relaxed).max(0).unsigned_abs()
    }

    pub(super) fn is_busy(&self) -> bool {
        self.busy_since.load(Ordering::Relaxed) != 0
    }
}

/// The actor is no more.
pub(super) fn forget(id: ActorId) {
    let mut all = PULSES.write().unwrap_or_else(PoisonError::into_inner);
    all.remove(&id);
}
