//! What `/v1/schedules` answers, as far as the page shows it.

use serde::Deserialize;
use serde_json::Value;

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct ScheduleList {
    pub schedules: Vec<Schedule>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Schedule {
    pub name: String,
    /// As it was written.
    pub definition: Value,
    pub of_settings: bool,
    pub paused: bool,
    pub paused_by: Option<String>,
    pub next: Vec<String>,
    pub fires: Vec<Fire>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Fire {
    pub at: String,
    pub state: String,
    pub job_id: Option<String>,
    pub outcome: Option<String>,
    pub fired_by: Option<String>,
    pub message: Option<String>,
}

/// What can make a schedule fire: its keys.
const KINDS: [&str; 5] = ["cron", "webhook", "file", "after", "form"];

impl Schedule {
    /// What makes it fire, and how that is written.
    pub(super) fn kind(&self) -> (&'static str, String) {
        let written = |kind: &'static str| match self.definition.get(kind)? {
            Value::String(text) => Some((kind, text.clone())),
            Value::Array(names) => {
                let names: Vec<&str> = names.iter().filter_map(Value::as_str).collect();
                Some((kind, names.join(", ")))
            }
            _ => None,
        };
        KINDS.into_iter().find_map(written).unwrap_or_default()
    }

    pub(super) fn text(&self, key: &str) -> Option<&str> {
        self.definition.get(key)?.as_str()
    }

    /// What it starts, and with which request.
    pub(super) fn start(&self) -> (String, String) {
        let start = self.definition.get("start");
        let start = start.and_then(Value::as_object);
        let mut members = start.into_iter().flatten();
        let flow = members.find(|(name, _)| *name != "queue");
        flow.map_or_else(Default::default, |(name, request)| {
            (name.clone(), request.to_string())
        })
    }
}
