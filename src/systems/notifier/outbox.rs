//! Decides which message says what, and when it is sent: what is alike together, not too often, not at night.
//!
//! Pure: rows of the outbox and notifications in, rows out.

use std::time::Duration;

use chrono::DateTime;
use entity::{DeliveryState, notification_delivery as delivery};

use super::rule::Rule;
use super::store::Envelope;
use crate::engine::store::notifications::new_id;
use crate::notify::{Message, Notification, cause};

/// A message waits for so long for others that are like it.
const GATHER: Duration = Duration::from_secs(2);

/// The time in which more messages than `digest_over` are put together.
pub(super) const DIGEST_WINDOW: Duration = Duration::from_secs(600);

/// What has been said for one rule lately, and what is to be said.
#[derive(Default)]
pub(super) struct Outbox(Vec<Row>);

struct Row {
    delivery: delivery::Model,
    /// `None`: it is not to be changed any more.
    open: Option<Envelope>,
    change: Change,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Change {
    None,
    Changed,
    New,
}

/// How far back it matters what was said for a rule.
pub(super) fn looks_back(rule: &Rule) -> Duration {
    rule.throttle.max(DIGEST_WINDOW)
}

impl Outbox {
    /// Of one rule.
    pub(super) fn of(said: Vec<delivery::Model>) -> Self {
        let rows = said.into_iter().map(|delivery| {
            // One that was tried may have arrived.
            let is_open = delivery.state == DeliveryState::Waiting && delivery.tries == 0;
            let open = is_open.then(|| Envelope::read(&delivery.message)).flatten();
            Row {
                delivery,
                open,
                change: Change::None,
            }
        });
        Self(rows.collect())
    }

    /// Tells a receiver of a notification.
    pub(super) fn add(
        &mut self,
        rule: &Rule,
        receiver: &str,
        notification: &Notification,
        now: i64,
    ) {
        let cause = cause(notification);
        let is_like = |row: &Row| row.delivery.receiver == receiver && row.delivery.cause == cause;
        let open = self
            .0
            .iter_mut()
            .find(|row| is_like(row) && row.open.is_some());
        if let Some(Row {
            delivery,
            open: Some(envelope),
            change,
        }) = open
        {
            envelope.message.again(notification.clone());
            delivery.count = delivery.count.saturating_add(1);
            if *change == Change::None {
                *change = Change::Changed;
            }
            return;
        }
        let due_at = self.due_at(rule, receiver, &cause, now);
        let envelope = Envelope {
            language: rule.language,
            message: Message::of(notification.clone()),
        };
        self.0.push(Row {
            delivery: delivery::Model {
                id: new_id(),
                rule_name: rule.name.clone(),
                receiver: receiver.to_owned(),
                cause,
                state: DeliveryState::Waiting,
                count: 1,
                created_at: now,
                due_at,
                tries: 0,
                error: None,
                ended_at: None,
                message: String::new(),
            },
            open: Some(envelope),
            change: Change::New,
        });
    }

    fn due_at(&self, rule: &Rule, receiver: &str, cause: &str, now: i64) -> i64 {
        let mut due_at = now + micros(GATHER);
        let to_receiver = self
            .0
            .iter()
            .filter(|row| row.delivery.receiver == receiver);
        let said = to_receiver
            .filter(|row| row.open.is_none())
            .map(|row| &row.delivery);
        let said_at = |delivery: &delivery::Model| delivery.ended_at.unwrap_or(delivery.created_at);
        let alike = said.clone().filter(|delivery| delivery.cause == cause);
        if let Some(last) = alike.map(said_at).max() {
            due_at = due_at.max(last + micros(rule.throttle));
        }
        // So many have been sent that what follows waits for the end of the window, and goes together.
        let lately = said
            .map(said_at)
            .filter(|at| *at > now - micros(DIGEST_WINDOW));
        let (count, first) = lately.fold((0, i64::MAX), |(count, first), at| {
            (count + 1, first.min(at))
        });
        if count >= rule.digest_over {
            due_at = due_at.max(first + micros(DIGEST_WINDOW));
        }
        match rule
            .quiet
            .and_then(|quiet| quiet.end(DateTime::from_timestamp_micros(due_at)?))
        {
            Some(end) => end.timestamp_micros(),
            None => due_at,
        }
    }

    /// The rows that are new, and those that say more than before.
    pub(super) fn into_changes(self) -> (Vec<delivery::Model>, Vec<delivery::Model>) {
        let (mut new, mut changed) = (Vec::new(), Vec::new());
        for Row {
            mut delivery,
            open,
            change,
        } in self.0
        {
            let Some(envelope) = open.filter(|_| change != Change::None) else {
                continue;
            };
            delivery.message = serde_json::to_string(&envelope).unwrap_or_default();
            match change {
                Change::New => new.push(delivery),
                Change::Changed | Change::None => changed.push(delivery),
            }
        }
        (new, changed)
    }
}

pub(super) fn micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::{Value, json};

    use super::super::receivers::KnownReceivers;
    use super::*;

    const NOW: i64 = 1_764_432_000_000_000;
    const SECOND: i64 = 1_000_000;
    const TO: &str = "hook:own";

    fn rule(more: Value) -> Rule {
        let mut written = json!({ "when": "job.failed", "to": [TO], "throttle_s": 60 });
        for (key, value) in more.as_object().unwrap() {
            written[key] = value.clone();
        }
        let known = KnownReceivers {
            hooks: BTreeSet::from(["own".to_owned()]),
            ..KnownReceivers::default()
        };
        Rule::read("rule", &serde_json::from_value(written).unwrap(), &known).unwrap()
    }

    fn failed(error: &str) -> Notification {
        Notification {
            kind: "job.failed".to_owned(),
            error: Some(error.to_owned()),
            ..Notification::default()
        }
    }

    /// What is new after these failures.
    fn added(said: Vec<delivery::Model>, rule: &Rule, errors: &[&str]) -> Vec<delivery::Model> {
        let mut outbox = Outbox::of(said);
        for error in errors {
            outbox.add(rule, TO, &failed(error), NOW);
        }
        outbox.into_changes().0
    }

    fn sent(mut deliveries: Vec<delivery::Model>, at: i64) -> Vec<delivery::Model> {
        for delivery in &mut deliveries {
            delivery.state = DeliveryState::Sent;
            delivery.ended_at = Some(at);
            delivery.tries = 1;
        }
        deliveries
    }

    #[test]
    fn a_thousand_failures_of_one_cause_are_one_message() {
        let rule = rule(json!({}));
        let new = added(Vec::new(), &rule, &["disk full"; 1_000]);
        assert_eq!((new.len(), new[0].count), (1, 1_000));
        assert_eq!(new[0].due_at, NOW + 2 * SECOND);
        let message = Envelope::read(&new[0].message).unwrap().message;
        assert_eq!((message.parts.len(), message.count()), (1, 1_000));
        // One that is stored, but not taken, says what follows, too.
        let mut outbox = Outbox::of(new.clone());
        outbox.add(&rule, TO, &failed("disk full"), NOW);
        let (none, changed) = outbox.into_changes();
        assert!(none.is_empty());
        assert_eq!(
            (changed[0].id.as_str(), changed[0].count),
            (new[0].id.as_str(), 1_001)
        );
    }

    #[test]
    fn what_is_alike_is_said_once_in_a_while() {
        let rule = rule(json!({}));
        let before = sent(added(Vec::new(), &rule, &["disk full"]), NOW - 10 * SECOND);
        let again = added(
            before.clone(),
            &rule,
            &["disk full", "disk full", "disk away"],
        );
        assert_eq!(again.len(), 2);
        assert_eq!((again[0].due_at, again[0].count), (NOW + 50 * SECOND, 2));
        assert_eq!(again[1].due_at, NOW + 2 * SECOND);
    }

    #[test]
    fn after_many_messages_the_next_ones_wait_for_each_other() {
        let rule = rule(json!({ "digest_over": 2 }));
        let before = sent(added(Vec::new(), &rule, &["a", "b"]), NOW - 10 * SECOND);
        let next = added(before, &rule, &["c", "d"]);
        let end_of_window = NOW - 10 * SECOND + 600 * SECOND;
        assert!(next.iter().all(|delivery| delivery.due_at == end_of_window));
    }

    #[test]
    fn nothing_is_sent_in_quiet_hours() {
        // It is 16:00 in UTC.
        let rule = rule(json!({ "quiet": "15:00-17:30" }));
        let new = added(Vec::new(), &rule, &["a"]);
        assert_eq!(new[0].due_at, NOW + 5_400 * SECOND);
    }
}
