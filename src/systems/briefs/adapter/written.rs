//! An adapter as it is written. Unknown keys and wrong types are found by its types.

use serde::Deserialize;
use serde_json::{Map, Value};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WrittenAdapter {
    pub platform: String,
    pub label: Option<String>,
    pub kind: WrittenKind,
    // kind http
    pub base: Option<String>,
    pub request: Option<WrittenRequest>,
    pub ok: Option<WrittenCondition>,
    #[serde(default)]
    pub errors: Vec<WrittenError>,
    pub items: Option<String>,
    pub pages: Option<WrittenPages>,
    pub next: Option<WrittenNext>,
    pub windows: Option<String>,
    pub newest_first: Option<bool>,
    // kind file
    pub path: Option<String>,
    // kind kafka
    pub topic: Option<String>,
    pub idle: Option<String>,
    // all kinds
    #[serde(default)]
    pub limits: WrittenLimits,
    #[serde(default)]
    pub retry: WrittenRetry,
    /// Each value is a path, a template, or a [`WrittenField`]; read one by one, so that a fault names its field.
    pub map: Option<Map<String, Value>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum WrittenKind {
    Http,
    File,
    Push,
    Kafka,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WrittenRequest {
    pub method: Option<String>,
    pub path: String,
    #[serde(default)]
    pub query: Map<String, Value>,
    #[serde(default)]
    pub headers: Map<String, Value>,
    pub json: Option<Value>,
    pub form: Option<Map<String, Value>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WrittenCondition {
    pub path: String,
    pub is: Vec<Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WrittenError {
    pub path: String,
    pub is: Vec<Value>,
    pub means: WrittenMeans,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum WrittenMeans {
    Transient,
    RateLimited,
    Auth,
    Quota,
    Gone,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WrittenPages {
    pub first: Option<u32>,
    pub size: Option<u32>,
    pub total: Option<String>,
    pub total_pages: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WrittenNext {
    pub more: Option<WrittenCondition>,
    pub cursor: Map<String, Value>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WrittenLimits {
    pub concurrency: Option<u32>,
    pub rate: Option<String>,
    pub calls_per_day: Option<u64>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WrittenRetry {
    pub timeout: Option<String>,
    pub tries: Option<u32>,
    pub backoff: Option<String>,
    pub hedge_after: Option<String>,
    pub hedges: Option<String>,
    pub budget: Option<String>,
    pub breaker: Option<WrittenBreaker>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WrittenBreaker {
    pub open_at: Option<String>,
    pub of: Option<u32>,
    pub cool: Option<String>,
    pub give_up: Option<String>,
}

/// A field that is more than its path.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WrittenField {
    pub path: String,
    #[serde(rename = "type")]
    pub kind: Option<WrittenType>,
    #[serde(default)]
    pub zero_is_null: bool,
    pub tz: Option<String>,
    pub format: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum WrittenType {
    Text,
    Html,
    Count,
    UnixS,
    UnixMs,
    Time,
    TimeZh,
}
