//! Rule sets, their versions and activations, as callers see them.

use std::collections::HashMap;

use entity::{rule_set_activation, rule_set_version};
use poem_openapi::Object;
use poem_openapi::types::ToJSON;
use serde::Deserialize;
use serde_json::Value;

use super::rules_bodies::GivenRules;
use crate::clock;
use crate::http::body::Body;
use crate::systems::labelling::store::SetState;

/// A rule set.
#[derive(Object)]
pub(crate) struct RuleSetView {
    name: String,
    created: String,
    /// Whether its versions are made of files of the settings; calls do not change it then.
    of_settings: bool,
    /// The version that jobs take; null: none.
    active: Option<i32>,
    /// How often a version was activated.
    activations: i32,
    newest: Box<VersionView>,
}

/// A version of a rule set. It never changes.
#[derive(Object)]
pub(crate) struct VersionView {
    name: String,
    version: i32,
    /// SHA-256 of its canonical JSON.
    digest: String,
    created: String,
    /// Who has stored it: a caller, or a setting.
    by: String,
    why: Option<String>,
    /// The form in which it was sent.
    format: String,
    /// Whether jobs take it that name no version.
    active: bool,
    labels: i32,
    rules: i32,
    lint: LintCounts,
}

/// Findings of a version when it was stored.
#[derive(Object)]
struct LintCounts {
    /// Errors: always 0, since they stop a version.
    #[oai(rename = "E")]
    e: i64,
    /// Warnings.
    #[oai(rename = "W")]
    w: i64,
}

/// Versions of a set, newest first.
#[derive(Object)]
pub(super) struct RuleSetVersionPage {
    pub versions: Vec<VersionView>,
    /// Give it as `after` to get the next page; null on the last one.
    pub next: Option<i32>,
}

/// Activations of a set, newest first.
#[derive(Object)]
pub(super) struct ActivationPage {
    pub activations: Vec<ActivationView>,
    /// Give it as `after` to get the next page; null on the last one.
    pub next: Option<i32>,
}

/// A version became the one that jobs take.
#[derive(Object)]
pub(super) struct ActivationView {
    no: i32,
    /// The version that was active before; null: none was.
    from: Option<i32>,
    to: i32,
    at: String,
    by: String,
    why: Option<String>,
}

/// Which version is to be active.
#[derive(Object, Deserialize)]
pub(super) struct ActivationBody {
    pub version: i32,
    /// For those who look at it later.
    pub why: Option<String>,
}

impl Body for ActivationBody {}

/// Rules to be looked at.
#[derive(Object, Deserialize)]
pub(super) struct LintBody {
    pub rules: GivenRules,
}

impl Body for LintBody {}

/// What there is to say of rules: `E` stops a version, `W` does not.
#[derive(Object)]
pub(super) struct LintAnswered {
    /// Each with code, level, label, rule, place, message and advice; at most 1,000 of a code.
    findings: Vec<HashMap<String, Value>>,
    /// How many there are of each code.
    counts: HashMap<String, u64>,
    /// Whether there are more than are listed.
    cut: bool,
}

/// What is different between two versions.
#[derive(Object)]
pub(super) struct DiffAnswered {
    /// Name, version and digest.
    from: HashMap<String, Value>,
    to: HashMap<String, Value>,
    /// Options, lists and filters, each with both values.
    options: Vec<HashMap<String, Value>>,
    /// Labels that were added, removed, moved.
    labels: HashMap<String, Vec<String>>,
    /// Rules that were added, removed, altered, moved.
    rules: HashMap<String, Vec<HashMap<String, Value>>>,
    /// Excepts that were added, removed.
    excepts: HashMap<String, Vec<HashMap<String, Value>>>,
}

impl RuleSetView {
    /// As calls answer it.
    pub fn json(&self) -> Value {
        self.to_json().unwrap_or_default()
    }

    pub fn of(state: SetState, of_settings: bool) -> Self {
        let SetState { set, newest, .. } = state;
        Self {
            name: set.name,
            created: clock::rfc3339(set.created_at),
            of_settings,
            active: set.active,
            activations: set.activations,
            newest: Box::new(VersionView::of(newest, set.active)),
        }
    }
}

impl VersionView {
    /// As calls answer it.
    pub fn json(&self) -> Value {
        self.to_json().unwrap_or_default()
    }

    /// `active`: the version of the set that is.
    pub fn of(row: rule_set_version::Model, active: Option<i32>) -> Self {
        Self {
            name: row.name,
            version: row.version,
            digest: row.digest,
            created: clock::rfc3339(row.created_at),
            by: row.created_by,
            why: row.why,
            format: row.form,
            active: active == Some(row.version),
            labels: row.labels,
            rules: row.rules,
            lint: LintCounts {
                e: 0,
                w: row.warnings,
            },
        }
    }
}

impl From<rule_set_activation::Model> for ActivationView {
    fn from(row: rule_set_activation::Model) -> Self {
        Self {
            no: row.no,
            from: row.from_version,
            to: row.to_version,
            at: clock::rfc3339(row.activated_at),
            by: row.activated_by,
            why: row.why,
        }
    }
}
