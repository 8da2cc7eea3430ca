//! Sends the messages that were stored with their tasks.
//!
//! One process at a time does so for all that share the database. A message leaves the outbox
//! once the broker has it; a process that is killed in between sends it again, with the same
//! attempt in its header. The broker may be away for as long as it likes: what was given to the
//! client stays in order, and everything else in the outbox.

mod note;
mod window;

use std::collections::{BTreeSet, HashMap};
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use futures_util::future::{BoxFuture, FutureExt};
use futures_util::stream::{FuturesUnordered, StreamExt};
use serde::Deserialize;
use serde_json::Value;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, sleep_until, timeout_at};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use super::bell::Bell;
use super::broker_state::BrokerState;
use super::envelope::{ATTEMPT, TRACEPARENT, envelope};
use super::service::DispatchServices;
use super::task_id::TaskId;
use super::told;
use crate::clock;
use crate::engine::seam::{DutyLease, Service, ServiceContext, StepError};
use crate::engine::store::StoreError;
use crate::kafka::{BrokerOptions, Outgoing, Producer, Unsent};
use crate::systems::dispatch::store::{DispatchStore, Pending, Undeliverable};
use crate::telemetry::metrics::metrics;
pub(super) use note::wait_for_store;
use note::{Note, Noted};
use window::{LARGEST, Windows};

/// What only one process does.
const DUTY: &str = "dispatch.outbox";

/// A process that is silent this long is replaced.
const DUTY_MS: i64 = 10_000;
const RENEW_EVERY: Duration = Duration::from_secs(3);

/// Another process may have stored messages.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// After something that passes.
const PAUSE: Duration = Duration::from_millis(500);

/// Another process that gives places of a service away does so within milliseconds.
const TURN_PAUSE: Duration = Duration::from_millis(3);

/// How long deliveries are waited for when the program stops.
const LAST_DELIVERIES: Duration = Duration::from_millis(500);

/// The service.
pub struct OutboxPublisher {
    pub store: DispatchStore,
    pub services: DispatchServices,
    pub broker: BrokerOptions,
    pub state: BrokerState,
    pub bell: Bell,
}

/// The request of a task's job.
#[derive(Deserialize)]
struct Request {
    condition: Value,
}

#[async_trait]
impl Service for OutboxPublisher {
    fn name(&self) -> &'static str {
        "outbox"
    }

    async fn run(&self, with: ServiceContext) -> Result<(), StepError> {
        let ServiceContext { stop, .. } = &with;
        let duty = with.duty(DUTY, DUTY_MS);
        let mut held = false;
        while !stop.is_cancelled() {
            match duty.hold().await {
                Ok(true) => {
                    if !held {
                        info!("sending the messages of tasks");
                    }
                    held = true;
                    self.publish(&duty, stop).await?;
                }
                Ok(false) => held = false,
                Err(error) if error.is_transient() => {
                    self.store
                        .engine()
                        .health()
                        .warn(&error, "messages cannot be sent");
                }
                Err(error) => return Err(error.into()),
            }
            tokio::select! {
                () = stop.cancelled() => {}
                () = sleep(LOOK_EVERY) => {}
            }
        }
        if held {
            duty.leave().await;
        }
        Ok(())
    }
}

impl OutboxPublisher {
    /// Sends until it is to stop or another process has the duty.
    async fn publish(&self, duty: &DutyLease, stop: &CancellationToken) -> Result<(), StepError> {
        let producer = Producer::new(&self.broker).map_err(StepError::refused)?;
        let mut sending = Sending {
            publisher: self,
            producer,
            in_flight: FuturesUnordered::new(),
            noting: FuturesUnordered::new(),
            seqs: HashMap::new(),
            windows: Windows::default(),
        };
        let mut renew_at = Instant::now() + RENEW_EVERY;
        let store_health = self.store.engine().health();
        loop {
            let wait = match sending.fill().await {
                Ok(next) => next,
                Err(error) if error.is_transient() => {
                    store_health.warn(&error, "messages cannot be read");
                    PAUSE
                }
                Err(error) => return Err(error.into()),
            };
            let look_at = Instant::now() + wait.min(LOOK_EVERY);
            tokio::select! {
                () = stop.cancelled() => {
                    sending.finish(stop).await;
                    return Ok(());
                }
                Some(delivery) = sending.in_flight.next(), if !sending.in_flight.is_empty() => {
                    sending.delivered(delivery, stop).await?;
                }
                Some(noted) = sending.noting.next(), if !sending.noting.is_empty() => {
                    sending.noted(noted.map_err(|_| StepError::thread_lost())?)?;
                }
                () = self.bell.for_sending() => {}
                () = sleep_until(look_at.min(renew_at)) => {}
            }
            if sending.producer.is_broken() {
                let reason = "the Kafka client has lost track of its messages";
                return Err(StepError::refused(reason));
            }
            if Instant::now() >= renew_at {
                renew_at = Instant::now() + RENEW_EVERY;
                // An outage is no reason to give the duty up: nobody else can take it either.
                if let Ok(false) = duty.hold().await {
                    warn!("another process sends the messages of tasks now");
                    sending.producer.purge();
                    return Ok(());
                }
            }
        }
    }

    async fn give_up(
        &self,
        message: &Pending,
        unsent: &Unsent,
        stop: &CancellationToken,
    ) -> Result<(), StepError> {
        warn!(job.id = %message.job, reason = %unsent, "a message cannot be delivered");
        let undeliverable = Undeliverable {
            task: message.task.clone(),
            attempt: message.attempt,
            reason: format!("its message could not be delivered: {unsent}"),
        };
        while let Err(error) = self.store.undeliverable(&undeliverable).await {
            wait_for_store(&self.store, error, stop).await?;
        }
        Ok(())
    }
}

/// A message and what became of it.
struct Delivered {
    began: SystemTime,
    service: String,
    message: Pending,
    outcome: Result<(), Unsent>,
}

struct Sending<'a> {
    publisher: &'a OutboxPublisher,
    producer: Producer,
    in_flight: FuturesUnordered<BoxFuture<'static, Delivered>>,
    /// What the broker has and is being taken out of the outbox.
    noting: FuturesUnordered<JoinHandle<Noted>>,
    /// Of what is in flight or being noted, by service.
    seqs: HashMap<String, BTreeSet<i64>>,
    windows: Windows,
}

impl<'a> Sending<'a> {
    /// Gives the client what there is room for; answers when to look again at the latest.
    async fn fill(&mut self) -> Result<Duration, StoreError> {
        let publisher = self.publisher;
        if !publisher.state.is_open() {
            // What is most urgent when the broker is back is sent first.
            self.windows.close();
            return Ok(LOOK_EVERY);
        }
        let store = &publisher.store;
        let names = publisher.services.by_priority();
        let mut had_turns = true;
        for service in &names {
            let seqs = self.seqs.entry(service.clone()).or_default();
            let window = self.windows.size(service, seqs.len());
            let room = window.saturating_sub(seqs.len());
            if room == 0 {
                continue;
            }
            let limit = publisher
                .services
                .get(service)
                .and_then(|service| service.concurrency);
            if let Some(limit) = limit
                && store.may_reserve(service, limit).await?
            {
                had_turns &= store.reserve(service, limit, room as u64).await?;
            }
            let most = (room + seqs.len()) as u64;
            let pending = store.pending(service, limit.is_some(), most).await?;
            let fresh = pending
                .into_iter()
                .filter(|message| !seqs.contains(&message.seq));
            let fresh: Vec<Pending> = fresh.take(room).collect();
            let messages = store.hand_over(fresh).await?;
            store.engine().durable().so_far().await;
            for message in messages {
                self.send(service, message);
            }
        }
        if !had_turns {
            return Ok(TURN_PAUSE);
        }
        let next = store.next_pending_at(&names).await?;
        let micros = next.map_or(i64::MAX, |at| (at - clock::steady::now_micros()).max(1_000));
        Ok(Duration::from_micros(micros.unsigned_abs()))
    }

    fn send(&mut self, service: &str, message: Pending) {
        self.seqs
            .entry(service.to_owned())
            .or_default()
            .insert(message.seq);
        let (began, service) = (SystemTime::now(), service.to_owned());
        let delivery = match self.outgoing(&service, &message) {
            Ok(outgoing) => self.producer.send(&outgoing),
            Err(reason) => {
                let is_final = true;
                std::future::ready(Err(Unsent { reason, is_final })).boxed()
            }
        };
        let delivered = delivery.map(move |outcome| Delivered {
            began,
            service,
            message,
            outcome,
        });
        self.in_flight.push(delivered.boxed());
    }

    fn outgoing(&self, service: &str, message: &Pending) -> Result<Outgoing, String> {
        let of = self.publisher.services.get(service);
        let of = of.ok_or("the service is not set any more")?;
        let unreadable = |error: serde_json::Error| format!("the task cannot be read: {error}");
        let request: Request = serde_json::from_str(&message.request).map_err(unreadable)?;
        let task_id = TaskId {
            service: service.to_owned(),
            job: message.task.clone(),
        };
        let task_id = task_id.to_string();
        let payload = envelope(
            &task_id,
            service,
            &of.source_name,
            &request.condition,
            message.attempt,
        );
        Ok(Outgoing {
            topic: of.topic.clone(),
            payload: payload.map_err(unreadable)?.into_bytes(),
            headers: vec![
                (ATTEMPT, message.attempt.to_string()),
                (TRACEPARENT, told::of_message(message).to_string()),
            ],
            key: task_id,
        })
    }

    /// Begins to note what the broker has, together with what else has been delivered by now.
    /// Meanwhile others are sent.
    async fn delivered(
        &mut self,
        first: Delivered,
        stop: &'a CancellationToken,
    ) -> Result<(), StepError> {
        let mut delivered = vec![first];
        while delivered.len() < LARGEST
            && let Some(Some(next)) = self.in_flight.next().now_or_never()
        {
            delivered.push(next);
        }
        let publisher = self.publisher;
        let mut sent: HashMap<String, Vec<Pending>> = HashMap::new();
        for Delivered {
            began,
            service,
            message,
            outcome,
        } in delivered
        {
            let set = publisher.services.get(&service);
            let topic = set.map_or("", |service| &service.topic);
            match outcome {
                Ok(()) => {
                    told::sent(&service, topic, &message, began, None);
                    self.windows.taken(&service);
                    publisher.state.topic_is_writable(topic, true);
                    sent.entry(service).or_default().push(message);
                    continue;
                }
                Err(unsent) if unsent.is_final => {
                    told::sent(&service, topic, &message, began, Some(&unsent.reason));
                    publisher.give_up(&message, &unsent, stop).await?;
                }
                Err(unsent) => {
                    self.windows.refused(&service, &unsent.reason);
                    if unsent.is_forbidden() {
                        publisher.state.topic_is_writable(topic, false);
                    }
                    metrics().broker_errors.add(1, &[("client", "producer")]);
                }
            }
            self.forget(&service, &[message.seq]);
        }
        for (service, messages) in sent {
            let note = Note {
                store: publisher.store.clone(),
                patience: publisher.services.patience(&service),
                bell: publisher.bell.clone(),
                service,
                messages,
            };
            // A task of its own: messages are sent while it waits for the commit.
            self.noting.push(tokio::spawn(note.take_down(stop.clone())));
        }
        Ok(())
    }

    fn noted(&mut self, noted: Noted) -> Result<(), StepError> {
        self.forget(&noted.service, &noted.seqs);
        noted.outcome
    }

    fn forget(&mut self, service: &str, seqs: &[i64]) {
        if let Some(known) = self.seqs.get_mut(service) {
            for seq in seqs {
                known.remove(seq);
            }
        }
    }

    /// What the broker takes within a moment is noted; the rest will be sent again.
    async fn finish(&mut self, stop: &'a CancellationToken) {
        let until = Instant::now() + LAST_DELIVERIES;
        while let Ok(Some(delivery)) = timeout_at(until, self.in_flight.next()).await {
            if self.delivered(delivery, stop).await.is_err() {
                break;
            }
        }
        while let Ok(Some(noted)) = timeout_at(until + LAST_DELIVERIES, self.noting.next()).await {
            noted.map(|noted| self.noted(noted)).ok();
        }
        self.producer.purge();
    }
}
