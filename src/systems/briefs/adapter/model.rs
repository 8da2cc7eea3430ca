//! An adapter, checked.

use std::time::Duration;

use reqwest::Method;
use reqwest::header::HeaderName;
use serde_json::Value;
use serde_json_path::JsonPath;
use url::Url;

use super::template::{JsonTemplate, Template};
use super::values::TimeReader;
use crate::systems::briefs::article::Count;

/// How a platform is asked and read.
#[derive(Clone, Debug)]
pub(crate) struct Adapter {
    pub platform: String,
    pub label: String,
    pub kind: Kind,
    pub limits: Limits,
    pub retry: Retry,
    pub map: Vec<Field>,
    /// The names of the secrets that its templates hold.
    pub secrets: Vec<String>,
}

#[derive(Clone, Debug)]
pub(crate) enum Kind {
    Http(Box<Http>),
    /// A file, or all files that a pattern finds, below `briefs.files`.
    File {
        path: String,
        format: FileFormat,
    },
    Push,
    Kafka {
        topic: String,
        idle: Duration,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FileFormat {
    Csv,
    JsonLines,
    Xlsx,
}

#[derive(Clone, Debug)]
pub(crate) struct Http {
    /// All requests stay within its origin.
    pub base: Url,
    pub method: Method,
    pub path: Template,
    pub query: Vec<(String, Template)>,
    pub headers: Vec<(HeaderName, Template)>,
    pub body: Body,
    pub ok: Option<Condition>,
    pub errors: Vec<(Condition, Means)>,
    pub items: ItemsPath,
    pub paging: Paging,
    /// The length of the pieces that the range is cut into, a sequence each.
    pub windows: Option<Duration>,
    pub newest_first: bool,
}

#[derive(Clone, Debug)]
pub(crate) enum Body {
    None,
    Json(JsonTemplate),
    Form(Vec<(String, Template)>),
}

/// Holds if what a path finds first is one of some values.
#[derive(Clone, Debug)]
pub(crate) struct Condition {
    pub path: JsonPath,
    pub is: Vec<Value>,
}

/// What an answer means that is an error although its status is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Means {
    Transient,
    RateLimited,
    Auth,
    Quota,
    Gone,
}

/// Where the items of an answer are.
#[derive(Clone, Debug)]
pub(crate) struct ItemsPath {
    pub items: JsonPath,
    /// The path before the last `[…]`, which has to find an array: otherwise the answer has no items at all,
    /// which is another thing than an empty list.
    pub list: Option<JsonPath>,
}

/// How one page leads to others.
#[derive(Clone, Debug)]
pub(crate) enum Paging {
    Numbered {
        first: u32,
        size: u32,
        total: Option<JsonPath>,
        total_pages: Option<JsonPath>,
    },
    Cursor {
        more: Option<Condition>,
        cursors: Vec<(String, JsonPath)>,
    },
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Limits {
    pub concurrency: u32,
    pub calls_per_second: Option<f64>,
    pub calls_per_day: Option<u64>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            concurrency: 60,
            calls_per_second: None,
            calls_per_day: None,
        }
    }
}

/// A part of calls, from 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub(crate) struct Share(pub f64);

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Retry {
    pub timeout: Duration,
    pub tries: u32,
    /// The shortest and the longest pause before another try.
    pub backoff: (Duration, Duration),
    pub hedge_after: Duration,
    pub hedges: Share,
    pub budget: Share,
    pub breaker: Breaker,
}

impl Default for Retry {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(3),
            tries: 5,
            backoff: (Duration::from_millis(500), Duration::from_secs(8)),
            hedge_after: Duration::from_millis(1_200),
            hedges: Share(0.15),
            budget: Share(0.2),
            breaker: Breaker::default(),
        }
    }
}

/// Holds calls back while too many of the last ones failed.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Breaker {
    pub open_at: Share,
    /// How many of the last calls are looked at.
    pub of: u32,
    pub cool: Duration,
    /// After so long without a good answer the open pages of the platform fail.
    pub give_up: Duration,
}

impl Default for Breaker {
    fn default() -> Self {
        Self {
            open_at: Share(0.5),
            of: 40,
            cool: Duration::from_secs(2),
            give_up: Duration::from_secs(60),
        }
    }
}

/// A part of an article, and where it is found.
#[derive(Clone, Debug)]
pub(crate) struct Field {
    pub target: Target,
    pub from: From,
    pub kind: FieldType,
    pub zero_is_null: bool,
    /// The time zone of times without one; that of the settings if it is not said.
    pub zone: Option<chrono_tz::Tz>,
}

/// The parts of an article.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    Id,
    Url,
    Title,
    Content,
    PostTime,
    Count(Count),
    Topics,
    UserId,
    UserName,
    UserFans,
}

#[derive(Clone, Debug)]
pub(crate) enum From {
    /// Of answers in JSON.
    Path(JsonPath),
    /// Of files: the heading of a column, or a member of a line.
    Column(String),
    /// A text with `{id}` and other fields in it.
    Template(Template),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum FieldType {
    Text,
    Html,
    Count,
    Time(TimeReader),
}
