//! Sends what is due, to each receiver by itself: one that is away delays nobody else.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use entity::{DeliveryState, notification_delivery as delivery};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tracing::{info, warn};

use crate::backoff::Backoff;
use crate::clock;
use crate::engine::store::StoreError;
use crate::notify::Undelivered;
use crate::systems::notifier::book::Book;
use crate::systems::notifier::outbox::micros;
use crate::systems::notifier::receivers::Receivers;
use crate::systems::notifier::store::{Envelope, NotificationStore};

/// Messages that are looked at together.
const AT_ONCE: u64 = 500;

/// Messages that one receiver gets in a row, and how long they belong to this process.
const IN_A_ROW: usize = 4;
const TAKEN: Duration = Duration::from_secs(120);

const BACKOFF: Backoff = Backoff {
    first: Duration::from_secs(5),
    longest: Duration::from_secs(3_600),
};

/// About a day.
const TRIES_MAX: i32 = 33;

/// How long messages on their way may take when the program stops.
const STOP_WITHIN: Duration = Duration::from_secs(5);

/// More messages than this are put together where a rule does not count any more.
const DIGEST_OVER: usize = 5;

pub(super) struct Sending {
    store: NotificationStore,
    book: Book,
    receivers: Arc<Receivers>,
    /// Receivers that are being sent to.
    busy: HashSet<String>,
    tasks: JoinSet<String>,
}

impl Sending {
    pub(super) fn new(store: NotificationStore, book: Book, receivers: Arc<Receivers>) -> Self {
        Self {
            store,
            book,
            receivers,
            busy: HashSet::new(),
            tasks: JoinSet::new(),
        }
    }

    /// Begins to send what is due.
    pub(super) async fn start_due(&mut self) -> Result<(), StoreError> {
        let due = self.store.due(clock::now_micros(), AT_ONCE).await?;
        let mut by_receiver: BTreeMap<String, Vec<delivery::Model>> = BTreeMap::new();
        for delivery in due {
            if !self.busy.contains(&delivery.receiver) {
                let receiver = delivery.receiver.clone();
                by_receiver.entry(receiver).or_default().push(delivery);
            }
        }
        for (receiver, due) in by_receiver {
            let due = self.put_together(due).await?;
            let ids = due.into_iter().take(IN_A_ROW).map(|delivery| delivery.id);
            let until = clock::now_micros() + micros(TAKEN);
            let taken = self.store.take(ids.collect(), until).await?;
            let (store, receivers) = (self.store.clone(), Arc::clone(&self.receivers));
            self.busy.insert(receiver.clone());
            self.tasks.spawn(async move {
                send_all(&store, &receivers, taken).await;
                receiver
            });
        }
        Ok(())
    }

    /// Makes one message of those of a rule, if they are too many.
    async fn put_together(
        &self,
        due: Vec<delivery::Model>,
    ) -> Result<Vec<delivery::Model>, StoreError> {
        let mut by_rule: BTreeMap<String, Vec<delivery::Model>> = BTreeMap::new();
        let (untried, mut left): (Vec<_>, Vec<_>) =
            due.into_iter().partition(|delivery| delivery.tries == 0);
        for delivery in untried {
            let rule = delivery.rule_name.clone();
            by_rule.entry(rule).or_default().push(delivery);
        }
        for (rule, mut deliveries) in by_rule {
            let rule = self.book.find(&rule);
            let digest_over = rule.map_or(DIGEST_OVER, |rule| rule.digest_over);
            match deliveries.len() > digest_over {
                true => {
                    let first = deliveries.remove(0);
                    left.push(self.merge(first, deliveries).await?);
                }
                false => left.extend(deliveries),
            }
        }
        Ok(left)
    }

    async fn merge(
        &self,
        mut first: delivery::Model,
        others: Vec<delivery::Model>,
    ) -> Result<delivery::Model, StoreError> {
        let Some(mut envelope) = Envelope::read(&first.message) else {
            return Ok(first);
        };
        for other in &others {
            let message = Envelope::read(&other.message).map(|envelope| envelope.message);
            envelope.message.join(message.unwrap_or_default());
        }
        first.count = i32::try_from(envelope.message.count()).unwrap_or(i32::MAX);
        first.message = serde_json::to_string(&envelope).unwrap_or_default();
        let others = others.into_iter().map(|other| other.id).collect();
        self.store.merge(first.clone(), others).await?;
        Ok(first)
    }

    /// Until a receiver has been sent to; for ever if there is none.
    pub(super) async fn one_is_done(&mut self) {
        match self.tasks.join_next().await {
            Some(Ok(receiver)) => drop(self.busy.remove(&receiver)),
            // It panicked, and which one it was is not known: what it had taken becomes due again.
            Some(Err(_)) if self.tasks.is_empty() => self.busy.clear(),
            Some(Err(_)) => {}
            None => std::future::pending().await,
        }
    }

    /// Lets messages on their way arrive, so that they are not sent again after a restart.
    pub(super) async fn finish(mut self) {
        let all = async { while self.tasks.join_next().await.is_some() {} };
        timeout(STOP_WITHIN, all).await.ok();
    }
}

async fn send_all(store: &NotificationStore, receivers: &Receivers, taken: Vec<delivery::Model>) {
    let mut is_away = false;
    for delivery in taken {
        let after = match is_away {
            // It is tried with the first of those that follow, which does not count.
            true => later(delivery, None),
            false => {
                let after = send(receivers, delivery).await;
                is_away = after.state == DeliveryState::Waiting;
                after
            }
        };
        while let Err(error) = store.tried(after.clone()).await {
            if !error.is_transient() {
                warn!(
                    delivery = after.id,
                    "what became of a message cannot be stored"
                );
                return;
            }
            sleep(Duration::from_secs(1)).await;
        }
    }
}

/// The delivery as it is to be stored after one try.
async fn send(receivers: &Receivers, delivery: delivery::Model) -> delivery::Model {
    let sent = match Envelope::read(&delivery.message) {
        Some(Envelope { language, message }) => {
            let (receiver, id) = (&delivery.receiver, &delivery.id);
            receivers.send(receiver, id, &message, language).await
        }
        None => Err(Undelivered {
            reason: "the message was written by another version of the program".to_owned(),
            is_final: true,
        }),
    };
    let now = Some(clock::now_micros());
    // It was counted when it was taken.
    let tries = delivery.tries + 1;
    match sent {
        Ok(_) => {
            let (rule, receiver) = (&delivery.rule_name, shown(&delivery.receiver));
            info!(rule, receiver, "a notification was sent");
            delivery::Model {
                state: DeliveryState::Sent,
                tries,
                error: None,
                ended_at: now,
                ..delivery
            }
        }
        Err(Undelivered { reason, is_final }) => {
            let (rule, receiver) = (&delivery.rule_name, shown(&delivery.receiver));
            if is_final || tries >= TRIES_MAX {
                warn!(rule, receiver, error = reason, "a notification is given up");
                return delivery::Model {
                    state: DeliveryState::Dead,
                    tries,
                    error: Some(reason),
                    ended_at: now,
                    ..delivery
                };
            }
            warn!(
                rule,
                receiver,
                error = reason,
                "a notification is sent again later"
            );
            later(delivery::Model { tries, ..delivery }, Some(reason))
        }
    }
}

/// Without the address of a person.
fn shown(receiver: &str) -> &str {
    receiver
        .split_once('/')
        .map_or(receiver, |(group, _)| group)
}

fn later(delivery: delivery::Model, reason: Option<String>) -> delivery::Model {
    let failures = delivery.tries.max(1).unsigned_abs();
    let pause = BACKOFF.pause(failures, delivery.created_at.unsigned_abs());
    delivery::Model {
        due_at: clock::now_micros() + micros(pause),
        error: reason.or(delivery.error),
        ..delivery
    }
}
