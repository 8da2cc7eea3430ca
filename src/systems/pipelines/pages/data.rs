//! What `/v1` answers about pipelines, as far as pages show it.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// What cannot be read is shown as nothing.
pub(super) fn read<T: DeserializeOwned + Default>(answer: Value) -> T {
    serde_json::from_value(answer).unwrap_or_default()
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct ProjectList {
    pub projects: Vec<ProjectSummary>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct ProjectSummary {
    pub project: String,
    pub version: String,
    pub tasks: u64,
    pub faults: u64,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Project {
    pub project: String,
    pub version: String,
    pub commit: Option<String>,
    pub timezone: String,
    pub tasks: Vec<Task>,
    pub faults: Vec<Fault>,
}

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Task {
    pub task: String,
    pub help: Option<String>,
    pub body: Option<String>,
    pub params: Vec<Param>,
    pub requires: Vec<String>,
    pub resources: Vec<Slots>,
    pub priority: i32,
    pub at_once: Option<u32>,
    pub retries: u32,
}

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Param {
    pub param: String,
    #[serde(rename = "type")]
    pub kind: String,
    pub help: Option<String>,
    pub values: Option<Vec<String>>,
    pub default_value: Option<String>,
}

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Slots {
    pub resource: String,
    pub slots: u32,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Fault {
    pub line: u32,
    pub column: u32,
    pub key: String,
    pub problem: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct TriggerList {
    pub triggers: Vec<Trigger>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Trigger {
    pub trigger: String,
    pub kind: String,
    pub on: Option<String>,
    pub run: Vec<String>,
    pub with: BTreeMap<String, Value>,
    pub overlap: String,
    pub paused: bool,
    pub paused_by: Option<String>,
    pub paused_at: Option<String>,
    pub next: Vec<String>,
    pub fires: Vec<Fire>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Fire {
    pub at: String,
    pub state: String,
    pub run: Option<String>,
    pub run_state: Option<String>,
    pub fired_by: Option<String>,
    pub message: Option<String>,
}

/// The JSON Schema of a form.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct FormSchema {
    pub properties: BTreeMap<String, Property>,
    pub required: Vec<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Property {
    #[serde(rename = "type")]
    pub kind: String,
    pub format: Option<String>,
    pub pattern: Option<String>,
    #[serde(rename = "enum")]
    pub values: Option<Vec<Value>>,
    pub description: Option<String>,
    pub default: Option<Value>,
    #[serde(rename = "x-default")]
    pub template: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct ResourceList {
    pub resources: Vec<Resource>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Resource {
    pub resource: String,
    pub slots: u64,
    pub held: u64,
    pub waiting: u64,
    pub holders: Vec<Holder>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Holder {
    pub job_id: String,
    pub instance: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct VersionPage {
    pub versions: Vec<Version>,
    pub next: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Version {
    pub version: String,
    pub read_at: String,
    pub current: bool,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct RunPage {
    pub runs: Vec<Run>,
    pub next: Option<String>,
}

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Run {
    pub id: String,
    pub project: String,
    pub version: String,
    pub commit: Option<String>,
    pub state: String,
    pub request: Value,
    pub trigger: Option<String>,
    pub started_by: Option<String>,
    pub retry_of: Option<String>,
    pub counts: BTreeMap<String, u64>,
    pub cancel_requested: bool,
    pub created_at: String,
    pub ended_at: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct RunJobPage {
    pub jobs: Vec<RunJob>,
    pub next: Option<i32>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct RunJob {
    pub instance: String,
    pub action: Option<String>,
    pub reason: Option<String>,
    pub job_id: Option<String>,
    pub state: Option<String>,
    pub waiting: Option<String>,
    pub error: Option<String>,
    pub started_at: Option<String>,
    pub ended_at: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Plan {
    pub targets: Vec<String>,
    pub counts: BTreeMap<String, u64>,
    pub instances: Vec<Planned>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Planned {
    pub id: String,
    pub action: Option<String>,
    pub reason: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Graph {
    pub width: i32,
    pub height: i32,
    pub nodes: Vec<Node>,
    pub edges: Vec<Edge>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Node {
    pub id: String,
    pub task: String,
    pub params: BTreeMap<String, String>,
    pub state: Option<String>,
    pub x: i32,
    pub y: i32,
    pub w: i32,
    pub h: i32,
    pub count: Option<u64>,
    pub states: Option<BTreeMap<String, u64>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Edge {
    pub from: String,
    pub points: Vec<(i32, i32)>,
}

impl Run {
    pub fn has_ended(&self) -> bool {
        matches!(self.state.as_str(), "succeeded" | "failed" | "cancelled")
    }

    /// What was asked for, such as `report(date=2026-11-21)`.
    pub fn asked_for(&self) -> String {
        let targets = self.request["targets"].as_array();
        let targets = targets.into_iter().flatten().map(|target| {
            let params = target["params"].as_object();
            let params = params.into_iter().flatten();
            let params = params.map(|(name, value)| format!("{name}={}", written(value)));
            let params: Vec<String> = params.collect();
            let task = target["task"].as_str().unwrap_or_default();
            match params.is_empty() {
                true => task.to_owned(),
                false => format!("{task}({})", params.join(",")),
            }
        });
        let targets: Vec<String> = targets.collect();
        match targets.is_empty() {
            true => self.id.clone(),
            false => targets.join(", "),
        }
    }
}

/// A value as people write it; of a list the first one and how many more there are.
fn written(value: &Value) -> String {
    match value {
        Value::Array(values) => match values.as_slice() {
            [] => String::new(),
            [one] => written(one),
            [first, rest @ ..] => format!("{} +{}", written(first), rest.len()),
        },
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
