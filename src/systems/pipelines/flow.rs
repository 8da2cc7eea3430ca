//! The flow of a pipeline's jobs. It is not started by `POST /v1/jobs`: runs make its jobs.

use async_trait::async_trait;
use entity::job;
use serde_json::{Value, json};

use super::composing::FLOW;
use crate::engine::seam::{AnyFlow, Composing, FlowDescription, FlowExamples, NewRun, SystemError};

pub(crate) struct PipelinesFlow;

impl PipelinesFlow {
    pub(crate) fn describe() -> FlowDescription {
        FlowDescription {
            name: FLOW,
            member: None,
            uses: None,
            summary: "Makes an instance of a pipeline's task",
            request: json!({"type": "object", "title": "PipelineInstance"}),
            view: None,
            examples: FlowExamples::default(),
        }
    }
}

#[async_trait]
impl AnyFlow for PipelinesFlow {
    fn description(&self) -> FlowDescription {
        Self::describe()
    }

    fn compose(&self, _: Value, _: NewRun) -> Result<Composing, SystemError> {
        Err(SystemError::Misfit {
            place: String::new(),
            reason: "jobs of pipelines are started by runs of their projects".to_owned(),
        })
    }

    async fn view(&self, job: &job::Model) -> Option<Value> {
        serde_json::from_str(&job.request).ok()
    }
}
