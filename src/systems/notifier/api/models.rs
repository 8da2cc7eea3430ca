//! Notifications, rules and deliveries as callers see them.

use entity::notification_delivery as delivery;
use poem_openapi::Object;
use serde_json::{Map, Value};

use crate::clock;
use crate::notify::Notification;
use crate::systems::notifier::rule::Rule;
use crate::systems::notifier::store::{Belled, Envelope};

/// Something that happened to what the caller has started or follows.
#[derive(Clone, Object)]
pub(super) struct NotificationView {
    /// It never changes.
    id: String,
    /// Its place among all; later ones have greater numbers.
    pub(super) no: i64,
    /// What happened: `job.succeeded`, `job.failed`, `job.recovered`, `run.finished`, `run.failed`, …
    pub(super) kind: String,
    /// RFC 3339.
    at: String,
    /// The flow of the job, or the system that it is from.
    flow: String,
    /// What people call it.
    name: Option<String>,
    /// The id of the job or run, or the name of the schedule.
    about: String,
    /// How it ended.
    state: Option<String>,
    /// Why.
    error: Option<String>,
    /// Numbers and words, by their names.
    figures: Value,
    /// The last lines of its log, if it failed.
    log: Vec<String>,
    started_by: Option<String>,
    /// Where to look at it, if the settings say how people reach the server.
    link: Option<String>,
    /// Whether the caller has marked it as read.
    read: bool,
}

/// Notifications of the caller.
#[derive(Object)]
pub(super) struct NotificationPage {
    pub(super) notifications: Vec<NotificationView>,
    /// How many the caller has not read, in all.
    pub(super) unread: u64,
    /// For `before` or `after` of the page that follows; absent: this is the last one.
    pub(super) next: Option<i64>,
}

/// How many notifications the caller has not read.
#[derive(Object)]
pub(super) struct Unread {
    pub(super) unread: u64,
}

/// Whether the caller follows a job.
#[derive(Object)]
pub(super) struct Following {
    pub(super) job_id: String,
    /// It was submitted by the caller, who learns of its end in any case.
    pub(super) started: bool,
    pub(super) following: bool,
}

/// Who is told what.
#[derive(Object)]
pub(super) struct RuleView {
    name: String,
    /// As it was written.
    definition: Value,
    /// Whether it stands in the server's settings: then it is changed there.
    of_settings: bool,
}

/// The rules of this server.
#[derive(Object)]
pub(super) struct RuleList {
    /// Those of the settings first.
    pub(super) rules: Vec<RuleView>,
    /// What rules may name in `to`.
    pub(super) receivers: Vec<String>,
    /// What they may name in `when`.
    pub(super) events: Vec<String>,
}

/// What came of a test.
#[derive(Object)]
pub(super) struct TestResult {
    pub(super) receivers: Vec<TestedReceiver>,
}

/// What one receiver said.
#[derive(Object)]
pub(super) struct TestedReceiver {
    pub(super) receiver: String,
    pub(super) delivered: bool,
    /// The answer of the other side, or why there was none.
    pub(super) said: String,
}

/// A message for one receiver.
#[derive(Object)]
pub(super) struct DeliveryView {
    /// The receiver sees the same one each time.
    id: String,
    rule: String,
    receiver: String,
    /// `waiting`, `sent`, `dead` or `merged`: another message says it, too.
    state: String,
    /// How many notifications it stands for.
    count: i32,
    created_at: String,
    /// When it is sent, or tried again.
    due_at: Option<String>,
    tries: i32,
    /// Why the last try failed.
    error: Option<String>,
    ended_at: Option<String>,
    /// What it says of the first of them.
    kind: Option<String>,
    about: Option<String>,
}

/// Messages, newest first.
#[derive(Object)]
pub(super) struct DeliveryPage {
    pub(super) deliveries: Vec<DeliveryView>,
    /// For `after` of the page that follows; absent: this is the last one.
    pub(super) next: Option<String>,
}

impl NotificationView {
    pub(super) fn of(belled: Belled) -> Self {
        let row = belled.notification;
        let said: Notification = serde_json::from_str(&row.data).unwrap_or_default();
        Self {
            id: row.id,
            no: belled.no,
            // A recovery was stored as the success that it is.
            kind: match said.kind.is_empty() {
                true => row.kind,
                false => said.kind,
            },
            at: clock::rfc3339(row.at),
            flow: row.flow,
            name: row.name,
            about: row.about,
            state: said.state,
            error: said.error,
            figures: Value::Object(Map::from_iter(said.figures)),
            log: said.log,
            started_by: row.started_by,
            link: said.link,
            read: belled.is_read,
        }
    }
}

impl RuleView {
    pub(super) fn of(rule: &Rule, of_settings: bool) -> Self {
        Self {
            name: rule.name.clone(),
            definition: serde_json::to_value(&rule.written).unwrap_or_default(),
            of_settings,
        }
    }
}

impl DeliveryView {
    pub(super) fn of(row: delivery::Model) -> Self {
        let message = Envelope::read(&row.message).map(|envelope| envelope.message);
        let first = message.and_then(|message| message.parts.into_iter().next());
        let first = first.map(|part| part.notification);
        Self {
            id: row.id,
            rule: row.rule_name,
            receiver: row.receiver,
            due_at: row.ended_at.is_none().then(|| clock::rfc3339(row.due_at)),
            state: row.state.as_str().to_owned(),
            count: row.count,
            created_at: clock::rfc3339(row.created_at),
            tries: row.tries,
            error: row.error,
            ended_at: row.ended_at.map(clock::rfc3339),
            kind: first.as_ref().map(|first| first.kind.clone()),
            about: first.map(|first| first.about),
        }
    }
}
