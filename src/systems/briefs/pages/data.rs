//! What `/v1` answers about briefs, as far as pages show it.

use std::collections::BTreeMap;

use chrono_tz::Tz;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// What cannot be read is shown as nothing.
pub(super) fn read<T: DeserializeOwned + Default>(answer: Value) -> T {
    serde_json::from_value(answer).unwrap_or_default()
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct PlatformList {
    pub platforms: Vec<Platform>,
    /// That of the times of briefs.
    pub time_zone: Option<String>,
}

impl PlatformList {
    pub fn zone(&self) -> Option<Tz> {
        self.time_zone.as_deref()?.parse().ok()
    }
}

/// A platform that is known here.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Platform {
    pub platform: String,
    pub label: String,
    pub on: bool,
    /// Why it is off.
    pub reason: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct BriefList {
    pub briefs: Vec<Brief>,
    pub next: Option<String>,
}

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Brief {
    pub job_id: String,
    pub job_name: String,
    pub status: String,
    pub platforms: Vec<String>,
    pub keywords: Vec<String>,
    pub start_time: String,
    pub end_time: String,
    pub max_pages: u64,
    pub deadline_s: u64,
    #[serde(rename = "match")]
    pub matching: String,
    pub create_time: String,
    pub finish_time: Option<String>,
    /// The number of its newest export.
    pub stage: Option<u64>,
    /// The name of that, once it is there.
    pub zip: Option<String>,
    pub article_count: Option<u64>,
    pub account_count: Option<u64>,
    pub coverage: Option<f64>,
    /// What is missing.
    pub message: Option<String>,
}

impl Brief {
    pub fn has_ended(&self) -> bool {
        matches!(
            self.status.as_str(),
            "finished" | "partial" | "failed" | "canceled"
        )
    }
}

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Progress {
    pub progress: Option<f64>,
    pub coverage: Option<f64>,
    pub planned: u64,
    pub done: u64,
    pub failed: u64,
    pub received: u64,
    pub stored: u64,
    pub duplicate: u64,
    pub filtered: u64,
    pub out_of_range: u64,
    pub rejected: u64,
    pub eta_s: Option<f64>,
    pub deadline_time: Option<String>,
    pub platforms: Vec<PlatformProgress>,
}

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct PlatformProgress {
    pub platform: String,
    pub status: String,
    pub planned: u64,
    pub done: u64,
    pub failed: u64,
    pub open: u64,
    pub stored: u64,
    pub calls: u64,
    pub retries: u64,
    pub hedges: u64,
    pub breaker: Option<String>,
    pub paused_until: Option<String>,
    pub message: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct ArticleList {
    pub articles: Vec<Article>,
    pub next: Option<String>,
}

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Article {
    pub platform: String,
    pub keyword: String,
    pub url: Option<String>,
    pub title: Option<String>,
    pub content: Option<String>,
    pub post_time: String,
    pub like: Option<i64>,
    pub share: Option<i64>,
    pub comment: Option<i64>,
    pub collect: Option<i64>,
    pub interraction: Option<i64>,
    pub user_name: Option<String>,
    pub user_fans: Option<i64>,
    pub user_fans_level: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct AccountList {
    pub accounts: Vec<Account>,
    pub next: Option<String>,
}

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Account {
    pub platform: String,
    pub user_name: Option<String>,
    pub user_fans: Option<i64>,
    pub user_fans_level: Option<String>,
    pub article_count: u64,
    pub like: Option<i64>,
    pub share: Option<i64>,
    pub comment: Option<i64>,
    pub collect: Option<i64>,
    pub interraction: Option<i64>,
}

/// What the visitor may do with the job of a brief.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct JobCan {
    pub can: BTreeMap<String, Permission>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Permission {
    pub allowed: bool,
}

impl JobCan {
    pub fn is_allowed(&self, action: &str) -> bool {
        self.can.get(action).is_some_and(|can| can.allowed)
    }
}
