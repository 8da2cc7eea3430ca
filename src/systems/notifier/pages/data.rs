//! What `/v1` says of notifications, as far as pages show it.

use serde::Deserialize;
use serde_json::Value;

use crate::notify::Notification;

/// A page of the caller's notifications.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct NewsPage {
    pub notifications: Vec<Told>,
    pub unread: u64,
    pub next: Option<i64>,
}

/// A notification of the caller.
#[derive(Deserialize)]
pub(super) struct Told {
    #[serde(flatten)]
    pub notification: Notification,
    pub no: i64,
    pub read: bool,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Rules {
    pub rules: Vec<Rule>,
    /// What rules may name in `to`, and in `when`.
    pub receivers: Vec<String>,
    pub events: Vec<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Rule {
    pub name: String,
    pub definition: Value,
    pub of_settings: bool,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Deliveries {
    pub deliveries: Vec<Delivery>,
}

/// A message for one receiver.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Delivery {
    pub id: String,
    pub rule: String,
    pub receiver: String,
    pub count: i64,
    pub created_at: String,
    pub due_at: Option<String>,
    pub tries: u64,
    pub error: Option<String>,
}

/// What came of a test.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Tested {
    pub receivers: Vec<TestedReceiver>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct TestedReceiver {
    pub receiver: String,
    pub delivered: bool,
    pub said: String,
}

/// What cannot be read is shown as if it were not there.
pub(super) fn read<T: for<'de> Deserialize<'de> + Default>(answer: Value) -> T {
    serde_json::from_value(answer).unwrap_or_default()
}
