//! Models as callers see them.

use std::collections::HashMap;

use entity::{model_alias, model_move, model_shadow, model_version};
use poem_openapi::Object;
use serde_json::Value;

use crate::clock;
use crate::systems::prediction::serving::TestedVersion;
use crate::systems::prediction::store::{PROVED, REFUSED};

/// The models of this server, by name.
#[derive(Object)]
pub(super) struct ModelList {
    pub models: Vec<ModelSummary>,
}

/// A model, in short.
#[derive(Object)]
pub(super) struct ModelSummary {
    pub name: String,
    pub created_at: String,
    /// The number of the newest version; null: all were removed.
    pub newest: Option<i32>,
    /// How many versions there are.
    pub versions: i64,
    pub aliases: Vec<ModelAliasView>,
}

/// A model.
#[derive(Object)]
pub(super) struct ModelView {
    pub name: String,
    pub created_at: String,
    /// The version that the following is about: that of the alias `champion`, or else the newest one that was not
    /// refused; null: there is none.
    pub version: Option<i32>,
    pub format: Option<String>,
    /// `classification`, `regression` or `text`.
    pub task: Option<String>,
    /// JSON Schema (2020-12) of a row.
    pub schema: Option<Value>,
    pub aliases: Vec<ModelAliasView>,
    /// The newest 50, newest first.
    pub versions: Vec<ModelVersionView>,
    /// The last 50 moves of aliases, newest first.
    pub history: Vec<AliasMoveView>,
    /// How the answers of versions in the shadow differed; what was compared last comes first.
    pub shadow: Vec<ModelShadowView>,
}

/// Versions of a model, newest first.
#[derive(Object)]
pub(super) struct ModelVersionPage {
    pub versions: Vec<ModelVersionView>,
    /// Give it as `after` to get the next page; null on the last one.
    pub next: Option<i32>,
}

/// A version of a model.
#[derive(Object)]
pub(super) struct ModelVersionView {
    pub model: String,
    /// From 1; no number is given twice.
    pub version: i32,
    /// `proved`: it answers as the library that made it; `unproved`: it came without goldens; `refused`: it cannot
    /// be used.
    pub state: String,
    /// Why it was refused.
    reason: Option<String>,
    /// The row of the goldens, from 0, that it answers in another way.
    row: Option<i32>,
    /// What stands there in the goldens.
    expected: Option<Value>,
    /// What the model answers.
    found: Option<Value>,
    /// `lightgbm`, `xgboost`, `onnx`, `text-linear` or `remote`; null: it was refused before that was known.
    format: Option<String>,
    task: Option<String>,
    /// Name of the file that was sent.
    file: String,
    bytes: i64,
    /// Of the file.
    sha256: String,
    created_at: String,
    created_by: String,
}

/// An alias of a model.
#[derive(Object)]
pub(super) struct ModelAliasView {
    pub model: String,
    pub alias: String,
    pub version: i32,
    /// Where `rollback` goes.
    previous: Option<i32>,
    moved_at: String,
    moved_by: String,
}

/// A move of an alias.
#[derive(Object)]
pub(super) struct AliasMoveView {
    alias: String,
    /// From 1, of this alias.
    number: i32,
    from: Option<i32>,
    to: i32,
    rollback: bool,
    moved_at: String,
    moved_by: String,
}

/// How the answers of a version in the shadow differed from those that callers got.
#[derive(Object)]
pub(super) struct ModelShadowView {
    /// That answered.
    version: i32,
    shadow_version: i32,
    /// Rows that both have answered.
    compared: i64,
    /// Those of them whose label differs, or a score or value by more than 1e-5·max(1, |x|).
    different: i64,
    /// Those of them that have another label.
    other_label: i64,
    /// Rows that the version in the shadow did not answer.
    failed: i64,
    /// Rows that were not compared, for too many waited.
    dropped: i64,
    /// When it was counted last.
    at: String,
}

/// Whether a version answers as goldens say.
#[derive(Object)]
pub(super) struct ModelTestView {
    model: String,
    version: i32,
    /// `proved` or `refused`.
    state: String,
    /// How many rows the goldens have.
    rows: u64,
    /// Features that are missing in none of them: what the model answers without them is not proved.
    never_missing: Vec<String>,
    reason: Option<String>,
    /// The first row, from 0, that it answers in another way.
    row: Option<u64>,
    expected: Option<Value>,
    found: Option<Value>,
}

impl ModelVersionView {
    /// The members that a refusal has, too.
    pub fn members(&self) -> Vec<(&'static str, Value)> {
        vec![
            ("model", self.model.clone().into()),
            ("version", self.version.into()),
            ("state", self.state.clone().into()),
            ("reason", self.reason.clone().into()),
            ("row", self.row.into()),
            ("expected", self.expected.clone().unwrap_or_default()),
            ("found", self.found.clone().unwrap_or_default()),
        ]
    }

    pub fn reason(&self) -> String {
        self.reason.clone().unwrap_or_default()
    }
}

impl From<model_version::Model> for ModelVersionView {
    fn from(row: model_version::Model) -> Self {
        let value = |text: Option<String>| serde_json::from_str(&text?).ok();
        Self {
            model: row.model,
            version: row.version,
            state: row.state,
            reason: row.reason,
            row: row.golden_row,
            expected: value(row.expected),
            found: value(row.found),
            format: row.format,
            task: row.task,
            file: row.file_name,
            bytes: row.bytes,
            sha256: row.sha256,
            created_at: clock::rfc3339(row.created_at),
            created_by: row.created_by,
        }
    }
}

impl From<model_alias::Model> for ModelAliasView {
    fn from(row: model_alias::Model) -> Self {
        Self {
            model: row.model,
            alias: row.alias,
            version: row.version,
            previous: row.previous,
            moved_at: clock::rfc3339(row.moved_at),
            moved_by: row.moved_by,
        }
    }
}

impl From<model_move::Model> for AliasMoveView {
    fn from(row: model_move::Model) -> Self {
        Self {
            alias: row.alias,
            number: row.no,
            from: row.from_version,
            to: row.to_version,
            rollback: row.is_rollback,
            moved_at: clock::rfc3339(row.moved_at),
            moved_by: row.moved_by,
        }
    }
}

impl From<model_shadow::Model> for ModelShadowView {
    fn from(row: model_shadow::Model) -> Self {
        Self {
            version: row.version,
            shadow_version: row.shadow_version,
            compared: row.compared,
            different: row.different,
            other_label: row.other_label,
            failed: row.failed,
            dropped: row.dropped,
            at: clock::rfc3339(row.noted_at),
        }
    }
}

impl From<TestedVersion> for ModelTestView {
    fn from(tested: TestedVersion) -> Self {
        let state = match tested.mismatch {
            None => PROVED,
            Some(_) => REFUSED,
        };
        let (mut reason, mut row, mut expected, mut found) = (None, None, None, None);
        if let Some(mismatch) = tested.mismatch {
            reason = Some(mismatch.reason);
            row = Some(mismatch.row as u64);
            expected = Some(*mismatch.expected);
            found = Some(*mismatch.found);
        }
        Self {
            model: tested.model,
            version: tested.version,
            state: state.to_owned(),
            rows: tested.rows as u64,
            never_missing: tested.never_missing,
            reason,
            row,
            expected,
            found,
        }
    }
}

/// Rows to be scored.
#[derive(Object)]
pub(super) struct PredictRequest {
    /// Each with a value or null for every feature; `GET /v1/models/{name}` has the schema.
    rows: Vec<HashMap<String, Value>>,
}

/// The answers to rows.
#[derive(Object)]
pub(super) struct PredictAnswer {
    model: String,
    version: i32,
    /// In the order of the rows: `label`, `score` and `scores` by label, or the `value` of a regression.
    predictions: Vec<HashMap<String, Value>>,
}
