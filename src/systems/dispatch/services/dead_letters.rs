//! Publishes dead letters to their topic, beside the reading of answers. They stand in the store, so
//! one that the broker does not take is not lost.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::time::timeout;
use tracing::{info, warn};

use super::broker_state::BrokerState;
use crate::kafka::{Outgoing, Producer, Unsent};

/// Letters that wait for the broker.
const WAITING_MAX: u32 = 1_000;

/// How long they are waited for when the program stops.
const LAST_LETTERS: Duration = Duration::from_millis(500);

pub(super) struct LetterPublisher {
    producer: Producer,
    state: BrokerState,
    places: Arc<Semaphore>,
    in_trouble: Arc<AtomicBool>,
}

impl LetterPublisher {
    pub(super) fn new(producer: Producer, state: BrokerState) -> Self {
        Self {
            producer,
            state,
            places: Arc::new(Semaphore::new(WAITING_MAX as usize)),
            in_trouble: Arc::default(),
        }
    }

    /// Does not wait for the broker.
    pub(super) fn publish(&self, letter: &Outgoing) {
        let Ok(place) = Arc::clone(&self.places).try_acquire_owned() else {
            report(&self.in_trouble, Some("too many wait for the broker"));
            return;
        };
        let delivery = self.producer.send(letter);
        let (topic, state) = (letter.topic.clone(), self.state.clone());
        let in_trouble = Arc::clone(&self.in_trouble);
        tokio::spawn(async move {
            let sent = delivery.await;
            let forbidden = sent.as_ref().is_err_and(Unsent::is_forbidden);
            state.topic_is_writable(&topic, !forbidden);
            let reason = sent.err().map(|unsent| unsent.reason);
            report(&in_trouble, reason.as_deref());
            drop(place);
        });
    }

    /// Waits a moment for what the broker takes by then.
    pub(super) async fn finish(&self) {
        let all = self.places.acquire_many(WAITING_MAX);
        timeout(LAST_LETTERS, all).await.map(drop).ok();
        self.producer.purge();
    }
}

/// Logs the first of several in a row.
fn report(in_trouble: &AtomicBool, reason: Option<&str>) {
    let was_in_trouble = in_trouble.swap(reason.is_some(), Ordering::Relaxed);
    match (was_in_trouble, reason) {
        (false, Some(reason)) => warn!(reason, "dead letters are not sent to their topic"),
        (true, None) => info!("dead letters are sent to their topic again"),
        _ => {}
    }
}
