//! Bodies of calls about schedules.

use poem_openapi::Object;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::http::body::{Body, object, optional_object};
use crate::systems::schedules::settings::ScheduleSettings;

/// When a flow is started, and with what: exactly one of `cron`, `webhook`, `file`, `after` and `form`.
#[derive(Object, Deserialize)]
pub(super) struct ScheduleBody {
    /// Minute, hour, day, month, day of the week.
    #[serde(default)]
    cron: Option<String>,
    /// The forge whose deliveries count: `github`, `gitlab` or `gitea`.
    #[serde(default)]
    webhook: Option<String>,
    /// A path whose last segment is a regular expression; its groups are parameters.
    #[serde(default)]
    file: Option<String>,
    /// `project/task`: when such a job has ended.
    #[serde(default)]
    after: Option<String>,
    /// Parameters of a call that fires it.
    #[serde(default)]
    form: Option<Vec<String>>,
    /// IANA zone of its times; UTC.
    #[serde(default)]
    timezone: Option<String>,
    /// `none`, `last` or `all` of the fires that nobody ran; `last`.
    #[serde(default)]
    catchup: Option<String>,
    /// How far back; `7d`.
    #[serde(default)]
    window: Option<String>,
    /// How many of them at most; 10.
    #[serde(default)]
    max: Option<u32>,
    /// Fires up to so much later.
    #[serde(default)]
    jitter: Option<String>,
    /// How often a file is looked for; `10s`.
    #[serde(default)]
    poll: Option<String>,
    /// How long a file has to stay unchanged; `5s`.
    #[serde(default)]
    settle: Option<String>,
    /// How the job has ended: `succeeded`, `failed`, `cancelled` or `skipped`; `succeeded`.
    #[serde(default)]
    state: Option<String>,
    /// Name of the secret that deliveries are signed with; its value is `AUDIENCE_SECRET_<NAME>` in the
    /// environment of the server.
    #[serde(default)]
    secret: Option<String>,
    /// Events that count; all.
    #[serde(default)]
    events: Option<Vec<String>>,
    /// Patterns such as `release/*` for branches; all, or none where only tags are given.
    #[serde(default)]
    branches: Option<Vec<String>>,
    /// Patterns for tags.
    #[serde(default)]
    tags: Option<Vec<String>>,
    /// Patterns for changed files.
    #[serde(default)]
    paths: Option<Vec<String>>,
    /// While what it started before still runs: `queue`, `skip`, `cancel` or `allow`; `queue`.
    #[serde(default)]
    overlap: Option<String>,
    /// Whether it begins paused.
    #[serde(default)]
    paused: Option<bool>,
    /// A body of `POST /v1/jobs`; its texts may contain `{last}` and `{fire-1d:%Y-%m-%d}`.
    #[serde(deserialize_with = "object")]
    start: Value,
}

impl Body for ScheduleBody {}

/// Parameters of a fire.
#[derive(Default, Object, Deserialize)]
pub(super) struct FireBody {
    /// By name.
    #[serde(default, deserialize_with = "optional_object")]
    params: Option<Value>,
}

impl Body for FireBody {
    const REQUIRED: bool = false;
}

impl ScheduleBody {
    pub(super) fn written(self) -> ScheduleSettings {
        ScheduleSettings {
            cron: self.cron,
            webhook: self.webhook,
            file: self.file,
            after: self.after,
            form: self.form,
            timezone: self.timezone,
            catchup: self.catchup,
            window: self.window,
            max: self.max,
            jitter: self.jitter,
            poll: self.poll,
            settle: self.settle,
            state: self.state,
            secret: self.secret,
            events: self.events,
            branches: self.branches,
            tags: self.tags,
            paths: self.paths,
            overlap: self.overlap,
            paused: self.paused,
            start: members(Some(self.start)),
        }
    }
}

impl FireBody {
    pub(super) fn params(self) -> Map<String, Value> {
        members(self.params)
    }
}

fn members(value: Option<Value>) -> Map<String, Value> {
    match value {
        Some(Value::Object(members)) => members,
        _ => Map::new(),
    }
}
