//! What workers that fetch their tasks over HTTP say.

use entity::DispatchStatus;
use poem_openapi::{Enum, Object};
use serde_json::Value;

use crate::http::body::FromBody;
use crate::http::error::Failure;
use crate::http::fields::Fields;

/// Tasks that are handed out in one call at most.
const MAX: u32 = 100;

/// Longest wait for a task, in seconds: proxies cut connections that are silent for a minute.
const WAIT_MAX_S: u32 = 55;

/// A day.
const LEASE_MAX_S: u32 = 86_400;

type Result<T> = std::result::Result<T, Failure>;

/// What a worker asks for.
#[derive(Object)]
#[oai(rename = "LeaseTasks", deny_unknown_fields)]
pub(crate) struct LeaseBody {
    /// Tasks at most, 1 to 100.
    #[oai(default = "one")]
    max: u32,
    /// Seconds to wait for a task if there is none, 0 to 55.
    #[oai(default = "usual_wait")]
    wait_s: u32,
    /// Seconds for which a task is the worker's, 1 to 86400.
    #[oai(default = "usual_lease")]
    lease_s: u32,
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

pub(crate) struct Lease {
    pub max: u32,
    pub wait_s: u32,
    pub lease_s: u32,
}

impl FromBody for Lease {
    type Schema = LeaseBody;
    const REQUIRED: bool = false;

    fn from_body(body: Value) -> Result<Self> {
        let mut fields = Fields::new(body)?;
        let lease = Self {
            max: fields.count_from_one("max", MAX)?.unwrap_or(one()),
            wait_s: fields.count("wait_s", WAIT_MAX_S)?.unwrap_or(usual_wait()),
            lease_s: fields
                .count_from_one("lease_s", LEASE_MAX_S)?
                .unwrap_or(usual_lease()),
        };
        fields.finish()?;
        Ok(lease)
    }
}

/// Which task to keep.
#[derive(Object)]
#[oai(rename = "RenewLease", deny_unknown_fields)]
pub(crate) struct HeartbeatBody {
    task_id: String,
    /// As it was handed out with the task.
    lease: String,
    /// Seconds from now on, 1 to 86400.
    #[oai(default = "usual_lease")]
    lease_s: u32,
}

pub(crate) struct Heartbeat {
    pub task_id: String,
    pub lease: String,
    pub lease_s: u32,
}

impl FromBody for Heartbeat {
    type Schema = HeartbeatBody;
    const REQUIRED: bool = true;

    fn from_body(body: Value) -> Result<Self> {
        let mut fields = Fields::new(body)?;
        let beat = Self {
            task_id: fields.required_text("task_id")?,
            lease: fields.required_text("lease")?,
            lease_s: fields
                .count_from_one("lease_s", LEASE_MAX_S)?
                .unwrap_or(usual_lease()),
        };
        fields.finish()?;
        Ok(beat)
    }
}

/// How a task ended.
#[derive(Enum)]
#[oai(rename = "EndedStatus", rename_all = "snake_case")]
enum EndedName {
    Finished,
    Failed,
}

/// How a task ended.
#[derive(Object)]
#[oai(rename = "CompleteTask", deny_unknown_fields)]
pub(crate) struct CompleteBody {
    task_id: String,
    /// As it was handed out with the task.
    lease: String,
    status: EndedName,
    /// For people; of a failed task, why.
    message: Option<String>,
    /// What the worker hands in.
    result: Option<Value>,
}

pub(crate) struct Complete {
    pub task_id: String,
    pub lease: String,
    pub status: DispatchStatus,
    pub message: Option<String>,
    pub result: Option<Value>,
}

impl FromBody for Complete {
    type Schema = CompleteBody;
    const REQUIRED: bool = true;

    fn from_body(body: Value) -> Result<Self> {
        let mut fields = Fields::new(body)?;
        let complete = Self {
            task_id: fields.required_text("task_id")?,
            lease: fields.required_text("lease")?,
            status: match fields.required_text("status")?.as_str() {
                "finished" => DispatchStatus::Finished,
                "failed" => DispatchStatus::Failed,
                other => {
                    let expected = format!("expected finished or failed, found `{other}`");
                    return Err(fields.invalid("status", &expected));
                }
            },
            message: fields.text("message")?,
            result: fields.object("result")?,
        };
        fields.finish()?;
        Ok(complete)
    }
}
