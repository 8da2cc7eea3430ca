//! Creating a task: what `/api/create_task` does, with true statuses.

use poem_openapi::param::{Header, Path};
use poem_openapi::payload::Json;
use poem_openapi::{ApiResponse, Object, OpenApi};
use serde::Deserialize;
use serde_json::{Value, json};

use super::Groups;
use crate::http::Who;
use crate::http::body::{Body, JsonBody, object};
use crate::http::error::Failure;
use crate::http::submit::checked_key;
use crate::systems::dispatch::{Dispatch, IdempotencyKey, QUEUE};

/// The operations.
pub(crate) struct NewTaskApi(pub Dispatch);

/// What a worker is to do.
#[derive(Object, Deserialize)]
struct NewDispatchTask {
    /// An object that the service understands.
    #[serde(deserialize_with = "object")]
    condition: Value,
}

impl Body for NewDispatchTask {}

/// A task that was stored.
#[derive(Object)]
struct DispatchTaskCreated {
    /// `ts_<service>_<job_id>`.
    task_id: String,
    /// The job that the task is.
    job_id: String,
}

#[derive(ApiResponse)]
enum Created {
    /// The task and its message are stored.
    #[oai(status = 202)]
    Accepted(
        Json<DispatchTaskCreated>,
        /// Where to look at its job.
        #[oai(header = "Location")]
        String,
    ),
}

#[OpenApi(tag = "Groups::Dispatch")]
impl NewTaskApi {
    /// Create a task
    ///
    /// It is stored when the answer is sent, whether or not the broker is there, and starts at once, unless
    /// its service is set to `auto_start: false`.
    #[oai(
        path = "/v1/dispatch/:service/tasks",
        method = "post",
        operation_id = "create_dispatch_task"
    )]
    async fn create_dispatch_task(
        &self,
        who: Who,
        service: Path<String>,
        /// Up to 255 characters. The same key with the same body answers with the task that was created
        /// before; with another body it is refused.
        #[oai(name = "Idempotency-Key", validator(min_length = 1, max_length = 255))]
        key: Header<Option<String>>,
        body: JsonBody<NewDispatchTask>,
    ) -> poem::Result<Created> {
        let JsonBody { value, digest } = body;
        who.may_start(QUEUE, &json!({ "service": *service }))?;
        let key = key.0.map(checked_key).transpose()?;
        let key = key.map(|key| IdempotencyKey {
            key: who.scope().stored_key(key),
            digest,
        });
        let task = self.0.create(&service, value.condition, key).await;
        let task = task.map_err(Failure::from)?;
        let location = format!("/v1/jobs/{}", task.job);
        let created = DispatchTaskCreated {
            task_id: task.to_string(),
            job_id: task.job.to_string(),
        };
        Ok(Created::Accepted(Json(created), location))
    }
}
