//! The bodies of calls that plan.

use std::collections::BTreeMap;

use poem_openapi::Object;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::http::body::{Body, optional_object, whole_number};
use crate::systems::pipelines::request::{RunRequest, TargetRequest};

const LIMIT_MAX: u32 = 100_000;

/// What a plan is wanted for.
#[derive(Object, Deserialize)]
pub(super) struct PlanBody {
    #[oai(validator(min_items = 1))]
    targets: Vec<TargetBody>,
    /// The targets are made although they are there.
    #[oai(default)]
    #[serde(default)]
    force: bool,
    /// So is all that they need.
    #[oai(default)]
    #[serde(default)]
    force_all: bool,
    /// So is what was made before its task, or what it needs, was changed.
    #[oai(default)]
    #[serde(default)]
    stale: bool,
    /// Of a project whose files come from git: the commit whose files are used, 40 or 64 hexadecimal
    /// digits; the newest one without faults if it is left out.
    #[serde(default)]
    commit: Option<String>,
}

/// What is to be made.
#[derive(Object, Deserialize)]
pub(super) struct RunBody {
    #[oai(validator(min_items = 1))]
    targets: Vec<TargetBody>,
    /// The targets are made although they are there.
    #[oai(default)]
    #[serde(default)]
    force: bool,
    /// So is all that they need.
    #[oai(default)]
    #[serde(default)]
    force_all: bool,
    /// So is what was made before its task, or what it needs, was changed.
    #[oai(default)]
    #[serde(default)]
    stale: bool,
    /// The last values of ranges first.
    #[oai(default)]
    #[serde(default)]
    newest_first: bool,
    /// Incomplete targets at most, 1 to 100000.
    #[oai(validator(minimum(value = "1"), maximum(value = "100000")))]
    #[serde(default, deserialize_with = "count")]
    limit: Option<u32>,
    /// Targets that are made at the same time, 1 to 100000.
    #[oai(validator(minimum(value = "1"), maximum(value = "100000")))]
    #[serde(default, deserialize_with = "count")]
    at_once: Option<u32>,
    /// Of a project whose files come from git: the commit whose files are used, 40 or 64 hexadecimal
    /// digits; the newest one without faults if it is left out.
    #[serde(default)]
    commit: Option<String>,
}

/// A task with values of its parameters: all combinations are wanted.
#[derive(Object, Deserialize)]
pub(super) struct TargetBody {
    #[oai(validator(min_length = 1))]
    task: String,
    /// By name: a value, a list, or a text such as `2026-11-01..2026-11-21` or `2026-W47`.
    #[serde(default, deserialize_with = "optional_object")]
    params: Option<Value>,
}

impl Body for PlanBody {}

impl Body for RunBody {}

impl PlanBody {
    pub(super) fn into_request(self) -> RunRequest {
        RunRequest {
            targets: self.targets.into_iter().map(TargetBody::read).collect(),
            force: self.force,
            force_all: self.force_all,
            stale: self.stale,
            commit: self.commit,
            ..RunRequest::default()
        }
    }
}

impl RunBody {
    pub(super) fn into_request(self) -> RunRequest {
        let count = |number: Option<u32>| number.map(|number| number as usize);
        RunRequest {
            targets: self.targets.into_iter().map(TargetBody::read).collect(),
            force: self.force,
            force_all: self.force_all,
            stale: self.stale,
            newest_first: self.newest_first,
            limit: count(self.limit),
            at_once: count(self.at_once),
            commit: self.commit,
        }
    }
}

impl TargetBody {
    fn read(self) -> TargetRequest {
        let params = match self.params {
            Some(Value::Object(params)) => params.into_iter().collect(),
            _ => BTreeMap::new(),
        };
        TargetRequest {
            task: self.task,
            params,
        }
    }
}

fn count<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u32>, D::Error> {
    whole_number::<1, LIMIT_MAX, D>(deserializer).map(Some)
}
