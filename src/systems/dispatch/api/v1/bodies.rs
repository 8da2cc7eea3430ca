//! The bodies of workers that fetch their tasks over HTTP.

use poem_openapi::Object;
use serde::Deserialize;
use serde_json::Value;

use crate::http::body::{Body, Word, optional_object, optional_share, whole_number};
use crate::systems::dispatch::api::words::{EndedStatuses, attempt};

/// Proxies cut connections that are silent for a minute.
const WAIT_MAX_S: u32 = 55;

/// A day.
const LEASE_MAX_S: u32 = 86_400;

/// What a worker asks for.
#[derive(Object, Deserialize)]
pub(crate) struct LeaseTasks {
    /// Tasks at most, 1 to 100.
    #[oai(
        default = "one",
        validator(minimum(value = "1"), maximum(value = "100"))
    )]
    #[serde(default = "one", deserialize_with = "whole_number::<1, 100, _>")]
    pub max: u32,
    /// Seconds to wait for a task if there is none, 0 to 55.
    #[oai(
        default = "usual_wait",
        validator(minimum(value = "0"), maximum(value = "55"))
    )]
    #[serde(
        default = "usual_wait",
        deserialize_with = "whole_number::<0, WAIT_MAX_S, _>"
    )]
    pub wait_s: u32,
    /// Seconds for which a task is the worker's, 1 to 86400.
    #[oai(
        default = "usual_lease",
        validator(minimum(value = "1"), maximum(value = "86400"))
    )]
    #[serde(
        default = "usual_lease",
        deserialize_with = "whole_number::<1, LEASE_MAX_S, _>"
    )]
    pub lease_s: u32,
}

impl Body for LeaseTasks {
    const REQUIRED: bool = false;
}

fn one() -> u32 {
    1
}

fn usual_wait() -> u32 {
    30
}

fn usual_lease() -> u32 {
    60
}

/// Which task to keep.
#[derive(Object, Deserialize)]
pub(crate) struct RenewLease {
    pub task_id: String,
    /// As it was handed out with the task.
    pub lease: String,
    /// Seconds from now on, 1 to 86400.
    #[oai(
        default = "usual_lease",
        validator(minimum(value = "1"), maximum(value = "86400"))
    )]
    #[serde(
        default = "usual_lease",
        deserialize_with = "whole_number::<1, LEASE_MAX_S, _>"
    )]
    pub lease_s: u32,
    /// For people.
    pub message: Option<String>,
    /// How much is done, from 0 to 1.
    #[oai(validator(minimum(value = "0"), maximum(value = "1")))]
    #[serde(default, deserialize_with = "optional_share")]
    pub progress: Option<f64>,
}

impl Body for RenewLease {}

/// How a task ended.
#[derive(Object, Deserialize)]
pub(crate) struct CompleteTask {
    pub task_id: String,
    /// As it was handed out with the task.
    pub lease: String,
    pub status: Word<EndedStatuses>,
    /// For people; of a failed task, why.
    pub message: Option<String>,
    /// What the worker hands in.
    #[serde(default, deserialize_with = "optional_object")]
    pub result: Option<Value>,
    /// Which attempt it speaks of, as the task said; another one is refused.
    #[oai(validator(minimum(value = "0")))]
    #[serde(default, deserialize_with = "attempt")]
    pub attempt: Option<i32>,
}

impl Body for CompleteTask {}
