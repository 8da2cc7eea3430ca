//! The flow `dispatch`, as others know it by name.

use std::collections::HashMap;

use async_trait::async_trait;
use entity::{JobId, job};
use serde::Deserialize;
use serde_json::{Value, json};
use tracing::warn;

use super::api::v1::figures::DispatchFigures;
use super::{Dispatch, DispatchError, DispatchKind, FLOW, QUEUE, STEP, request};
use crate::engine::seam::{
    AnyFlow, Choice, Composed, Composing, FlowDescription, FlowExamples, NewRun, StepKind,
    SystemError,
};
use crate::engine::{Flow, FlowStep};
use crate::http::document::json_schema;
use crate::telemetry::chain;

/// What is asked for.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Task {
    service: String,
}

/// A task for an outside worker.
pub(super) struct DispatchFlow(pub Dispatch);

impl DispatchFlow {
    pub fn describe() -> FlowDescription {
        FlowDescription {
            name: FLOW,
            // Its callers have calls of their own.
            member: None,
            uses: Some(FLOW),
            parked_for: Some("an outside worker"),
            summary: "Hand a task to an outside worker.",
            request: json!({
                "title": "DispatchTask",
                "type": "object",
                "properties": {
                    "service": {
                        "type": "string",
                        "description": "Whose workers get it, by its name on the server.",
                    },
                    "condition": {
                        "description": "What they are to do: an object that the service understands.",
                    },
                },
                "required": ["service", "condition"],
                "additionalProperties": false,
            }),
            check: |request| read(request.clone()).map(drop),
            view: Some(json_schema::<DispatchFigures>()),
            examples: FlowExamples::default(),
        }
    }
}

#[async_trait]
impl AnyFlow for DispatchFlow {
    fn description(&self) -> FlowDescription {
        Self::describe()
    }

    fn choices(&self) -> Vec<Choice> {
        vec![Choice {
            member: "service",
            values: self.0.options().services.names().to_vec(),
            usual: None,
        }]
    }

    fn compose(&self, request: Value, run: NewRun) -> Result<Composing, SystemError> {
        let (service, condition) = read(request)?;
        let dispatch = self.0.clone();
        Ok(Box::pin(async move {
            let composed = compose(&dispatch, &service, condition, run);
            composed.map_err(SystemError::of)
        }))
    }

    /// Missing while the store is away.
    async fn view(&self, job: &job::Model) -> Option<Value> {
        match self.0.figures(&job.id).await {
            Ok(figures) => figures,
            Err(error) => {
                warn!(job.id = %job.id, error = chain(&error), "shown without its figures");
                None
            }
        }
    }

    async fn waits_for(&self, jobs: &[JobId]) -> Result<HashMap<JobId, String>, SystemError> {
        self.0.waits_for(jobs).await.map_err(SystemError::of)
    }

    async fn result(&self, job: &job::Model) -> Result<Value, SystemError> {
        let result = self.0.result_of(job).await.map_err(SystemError::of)?;
        Ok(result.unwrap_or_else(|| json!({})))
    }

    fn starts_itself(&self) -> bool {
        true
    }

    /// There are no checkpoints here: the task is sent to a worker again.
    async fn start_again(&self, job: &job::Model) -> Result<bool, SystemError> {
        let Some(task) = self.0.task_id(&job.id).await.map_err(SystemError::of)? else {
            return Ok(false);
        };
        self.0.start(&task).await.map_err(SystemError::of)?;
        Ok(true)
    }
}

/// The service and the condition.
fn read(mut request: Value) -> Result<(String, Value), SystemError> {
    let misfit = |reason: String| SystemError::Misfit {
        place: String::new(),
        reason,
    };
    // Taken as it is: on its way through serde a number may be written anew.
    let members = request.as_object_mut();
    let condition = members.and_then(|members| members.shift_remove("condition"));
    let task = serde_json::from_value(request).map_err(|error| misfit(error.to_string()))?;
    let Task { service } = task;
    let condition = condition.ok_or_else(|| misfit("missing field `condition`".to_owned()))?;
    Ok((service, condition))
}

/// A job whose only step gives out a task.
fn compose(
    dispatch: &Dispatch,
    service: &str,
    condition: Value,
    run: NewRun,
) -> Result<Composed, DispatchError> {
    dispatch.check(service, &condition)?;
    let flow = Flow {
        name: FLOW.to_owned(),
        steps: vec![FlowStep {
            name: STEP.to_owned(),
            kind: DispatchKind::NAME.to_owned(),
            params: json!({ "service": service, "condition": condition }),
            after: vec![],
            delay_s: 0,
        }],
    };
    let id = run.id.unwrap_or_default();
    let queue = run.queue.unwrap_or_else(|| QUEUE.to_owned());
    let request = request(service, condition);
    let mut job = flow.into_job(id, queue, request, run.idempotency_key, vec![])?;
    job.title = Some(service.to_owned());
    let warnings = Vec::new();
    Ok(Composed { job, warnings })
}
