//! What the types of an adapter do not say: keys that belong to a kind, paths and templates that have to be read.

use std::time::Duration;

use serde_json_path::JsonPath;

use super::fault::AdapterFault;
use super::model::{Adapter, Breaker, FileFormat, Kind, Limits, Retry, Share};
use super::template::{Template, TemplateFault};
use super::units;
use super::written::{WrittenAdapter, WrittenBreaker, WrittenKind, WrittenLimits, WrittenRetry};
use crate::yaml::{Node, position};

/// After so long without a message a topic has ended.
const IDLE: Duration = Duration::from_secs(30);

/// Longer names are mistakes, and names of tables are made of them.
const NAME_MAX: usize = 32;

/// Looks for faults and makes the model.
pub(super) struct Check<'n> {
    root: &'n Node,
    faults: Vec<AdapterFault>,
    secrets: Vec<String>,
}

impl<'n> Check<'n> {
    pub fn new(root: &'n Node) -> Self {
        Self {
            root,
            faults: Vec::new(),
            secrets: Vec::new(),
        }
    }

    pub fn adapter(mut self, written: &WrittenAdapter) -> Result<Adapter, Vec<AdapterFault>> {
        self.platform(&written.platform);
        self.only_of_its_kind(written);
        let limits = self.limits(&written.limits);
        let retry = self.retry(&written.retry);
        let kind = match written.kind {
            WrittenKind::Http => self.http(written).map(|http| Kind::Http(Box::new(http))),
            WrittenKind::File => self.file(written.path.as_deref()),
            WrittenKind::Push => Some(Kind::Push),
            WrittenKind::Kafka => self.kafka(written),
        };
        let map = self.map(written);
        self.faults.sort_by_key(|fault| (fault.line, fault.column));
        match kind {
            Some(kind) if self.faults.is_empty() => {
                self.secrets.sort();
                self.secrets.dedup();
                let label = written.label.as_ref().unwrap_or(&written.platform);
                Ok(Adapter {
                    platform: written.platform.clone(),
                    label: label.clone(),
                    kind,
                    limits,
                    retry,
                    map,
                    secrets: self.secrets,
                })
            }
            _ => Err(self.faults),
        }
    }

    pub fn fault(&mut self, key: &str, problem: impl Into<String>) {
        let position = position(self.root, key);
        self.faults.push(AdapterFault::at(position, key, problem));
    }

    fn platform(&mut self, name: &str) {
        let is_good = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
        let begins = name.starts_with(|first: char| first.is_ascii_lowercase());
        if !begins || name.len() > NAME_MAX || !name.bytes().all(is_good) {
            self.fault(
                "platform",
                format!(
                    "expected a name of 1 to {NAME_MAX} small letters, digits and _ that begins with a letter"
                ),
            );
        }
    }

    /// A key of another kind would be passed over in silence.
    fn only_of_its_kind(&mut self, written: &WrittenAdapter) {
        use WrittenKind::{File, Http, Kafka};
        let keys: [(&str, bool, WrittenKind); 12] = [
            ("base", written.base.is_some(), Http),
            ("request", written.request.is_some(), Http),
            ("ok", written.ok.is_some(), Http),
            ("errors", !written.errors.is_empty(), Http),
            ("items", written.items.is_some(), Http),
            ("pages", written.pages.is_some(), Http),
            ("next", written.next.is_some(), Http),
            ("windows", written.windows.is_some(), Http),
            ("newest_first", written.newest_first.is_some(), Http),
            ("path", written.path.is_some(), File),
            ("topic", written.topic.is_some(), Kafka),
            ("idle", written.idle.is_some(), Kafka),
        ];
        for (key, is_there, kind) in keys {
            if is_there && kind != written.kind {
                self.fault(key, format!("is for the kind {} only", name_of(kind)));
            }
        }
    }

    fn file(&mut self, path: Option<&str>) -> Option<Kind> {
        let Some(path) = path else {
            self.fault(
                "kind",
                "the kind file needs `path`, a file below `briefs.files`",
            );
            return None;
        };
        let parts = path.split('/');
        let is_below = !path.starts_with('/')
            && !path.is_empty()
            && !parts.clone().any(|part| part == ".." || part.is_empty());
        if !is_below {
            self.fault("path", "expected a path below `briefs.files`, without `..`");
            return None;
        }
        if let Err(error) = glob::Pattern::new(path) {
            self.fault("path", format!("invalid pattern: {}", error.msg));
            return None;
        }
        let format = match path
            .rsplit_once('.')
            .map(|(_, end)| end.to_ascii_lowercase())
        {
            Some(end) if end == "csv" => FileFormat::Csv,
            Some(end) if end == "jsonl" || end == "ndjson" => FileFormat::JsonLines,
            Some(end) if end == "xlsx" => FileFormat::Xlsx,
            _ => {
                self.fault(
                    "path",
                    "expected a name that ends with .csv, .jsonl or .xlsx",
                );
                return None;
            }
        };
        Some(Kind::File {
            path: path.to_owned(),
            format,
        })
    }

    fn kafka(&mut self, written: &WrittenAdapter) -> Option<Kind> {
        let idle = self.duration("idle", written.idle.as_deref(), IDLE);
        let Some(topic) = &written.topic else {
            self.fault("kind", "the kind kafka needs `topic`");
            return None;
        };
        let is_good = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
        if topic.is_empty() || topic.len() > 249 || !topic.bytes().all(is_good) {
            self.fault(
                "topic",
                "expected a name of 1 to 249 letters, digits, dots, _ and -",
            );
        }
        Some(Kind::Kafka {
            topic: topic.clone(),
            idle,
        })
    }

    fn limits(&mut self, written: &WrittenLimits) -> Limits {
        let default = Limits::default();
        let concurrency = written.concurrency.unwrap_or(default.concurrency);
        if !(1..=1_000).contains(&concurrency) {
            self.fault("limits.concurrency", "expected a number from 1 to 1000");
        }
        let rate = written.rate.as_deref().map(units::rate);
        if rate == Some(None) {
            self.fault(
                "limits.rate",
                "expected calls and a unit of time such as 200/s, 100/m or 1000/h",
            );
        }
        if written.calls_per_day == Some(0) {
            self.fault("limits.calls_per_day", "expected a number from 1");
        }
        Limits {
            concurrency,
            calls_per_second: rate.flatten(),
            calls_per_day: written.calls_per_day,
        }
    }

    fn retry(&mut self, written: &WrittenRetry) -> Retry {
        let default = Retry::default();
        let tries = written.tries.unwrap_or(default.tries);
        if !(1..=20).contains(&tries) {
            self.fault("retry.tries", "expected a number from 1 to 20");
        }
        let backoff = match written.backoff.as_deref().map(units::durations) {
            Some(None) => {
                let expected = "expected two durations, the shorter first, such as 500ms..8s";
                self.fault("retry.backoff", expected);
                default.backoff
            }
            Some(Some(backoff)) => backoff,
            None => default.backoff,
        };
        let timeout = self.duration("retry.timeout", written.timeout.as_deref(), default.timeout);
        if timeout.is_zero() {
            self.fault("retry.timeout", "expected a duration above 0");
        }
        Retry {
            timeout,
            tries,
            backoff,
            hedge_after: self.duration(
                "retry.hedge_after",
                written.hedge_after.as_deref(),
                default.hedge_after,
            ),
            hedges: self.share("retry.hedges", written.hedges.as_deref(), default.hedges),
            budget: self.share("retry.budget", written.budget.as_deref(), default.budget),
            breaker: self.breaker(written.breaker.as_ref()),
        }
    }

    fn breaker(&mut self, written: Option<&WrittenBreaker>) -> Breaker {
        let default = Breaker::default();
        let Some(written) = written else {
            return default;
        };
        let of = written.of.unwrap_or(default.of);
        if !(1..=10_000).contains(&of) {
            self.fault("retry.breaker.of", "expected a number from 1 to 10000");
        }
        let open_at = written.open_at.as_deref();
        let open_at = self.share("retry.breaker.open_at", open_at, default.open_at);
        if open_at <= Share(0.0) {
            self.fault("retry.breaker.open_at", "expected a percentage above 0%");
        }
        Breaker {
            open_at,
            of,
            cool: self.duration("retry.breaker.cool", written.cool.as_deref(), default.cool),
            give_up: self.duration(
                "retry.breaker.give_up",
                written.give_up.as_deref(),
                default.give_up,
            ),
        }
    }

    fn duration(&mut self, key: &str, text: Option<&str>, default: Duration) -> Duration {
        match text.map(units::duration) {
            Some(None) => {
                self.fault(key, "expected a duration such as 500ms, 90s, 2h or 7d");
                default
            }
            Some(Some(duration)) => duration,
            None => default,
        }
    }

    fn share(&mut self, key: &str, text: Option<&str>, default: Share) -> Share {
        match text.map(units::share) {
            Some(None) => {
                self.fault(key, "expected a percentage from 0% to 100%");
                default
            }
            Some(Some(share)) => share,
            None => default,
        }
    }

    /// A path of answers.
    pub fn path(&mut self, key: &str, text: &str) -> Option<JsonPath> {
        match JsonPath::parse(text) {
            Ok(path) => Some(path),
            Err(error) => {
                let at = error.position() + 1;
                let problem = format!(
                    "`{text}` is no JSONPath (RFC 9535): {} at character {at}",
                    error.message()
                );
                self.fault(key, problem);
                None
            }
        }
    }

    /// A template of a request.
    pub fn template(&mut self, key: &str, text: &str) -> Option<Template> {
        let parsed = Template::parse(text);
        self.parsed(key, parsed)
    }

    pub fn parsed<T>(&mut self, key: &str, parsed: Result<T, TemplateFault>) -> Option<T> {
        parsed
            .map_err(|fault| self.fault(key, fault.to_string()))
            .ok()
    }

    /// Notes the secrets of a template.
    pub fn uses(&mut self, template: &Template) {
        self.secrets.extend(template.secrets().map(str::to_owned));
    }
}

fn name_of(kind: WrittenKind) -> &'static str {
    match kind {
        WrittenKind::Http => "http",
        WrittenKind::File => "file",
        WrittenKind::Push => "push",
        WrittenKind::Kafka => "kafka",
    }
}
