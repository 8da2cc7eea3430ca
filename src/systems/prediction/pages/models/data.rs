//! What `/v1` answers about models, as far as pages show it.

use serde::Deserialize;
use serde_json::{Map, Value};

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct ModelList {
    pub models: Vec<Summary>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Summary {
    pub name: String,
    pub versions: i64,
    pub newest: Option<i32>,
    pub aliases: Vec<Alias>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Model {
    pub name: String,
    pub version: Option<i32>,
    pub format: Option<String>,
    pub task: Option<String>,
    pub schema: Option<Value>,
    pub aliases: Vec<Alias>,
    pub versions: Vec<Version>,
    pub history: Vec<Move>,
    pub shadow: Vec<Shadow>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Alias {
    pub alias: String,
    pub version: i32,
    pub previous: Option<i32>,
    pub moved_at: String,
    pub moved_by: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Version {
    pub version: i32,
    pub state: String,
    pub reason: Option<String>,
    pub format: Option<String>,
    pub file: String,
    pub bytes: u64,
    pub created_at: String,
    pub created_by: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Move {
    pub alias: String,
    pub from: Option<i32>,
    pub to: i32,
    pub rollback: bool,
    pub moved_at: String,
    pub moved_by: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Shadow {
    pub version: i32,
    pub shadow_version: i32,
    pub compared: u64,
    pub different: u64,
    pub other_label: u64,
    pub failed: u64,
    pub dropped: u64,
    pub at: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Predicted {
    pub version: i32,
    pub predictions: Vec<Prediction>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Prediction {
    pub label: Option<Value>,
    pub scores: Map<String, Value>,
    pub value: Option<f64>,
}
