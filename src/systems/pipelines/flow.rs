//! The flow of a pipeline's jobs. It is not started by `POST /v1/jobs`: runs make its jobs.

use async_trait::async_trait;
use entity::job;
use serde_json::{Value, json};

use super::api::{Figures, InstanceFigures};
use super::composing::FLOW;
use super::store::PipelineStore;
use crate::engine::seam::{
    AnyFlow, Composing, EndedJob, FlowDescription, FlowExamples, NewRun, SystemError,
};
use crate::engine::store::StoreError;
use crate::http::document::json_schema;

pub(crate) struct PipelinesFlow(pub Figures);

impl PipelinesFlow {
    pub(crate) fn describe() -> FlowDescription {
        FlowDescription {
            name: FLOW,
            member: None,
            uses: None,
            parked_for: None,
            summary: "Makes an instance of a pipeline's task",
            request: json!({"type": "object", "title": "PipelineInstance"}),
            check: |_| Err(not_submitted()),
            view: Some(json_schema::<InstanceFigures>()),
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
        Err(not_submitted())
    }

    /// Its instance may have been made since, or be made by another job: the run plans again.
    fn refuses_again(&self, job: &job::Model) -> Option<String> {
        let request: Value = serde_json::from_str(&job.request).unwrap_or_default();
        let run = request["run"].as_str().unwrap_or_default();
        Some(format!(
            "job {} belongs to a pipeline and is not started again by itself; \
             POST /v1/runs/{run}/retry makes what is left of its run",
            job.id
        ))
    }

    /// `project/task`.
    async fn ended_jobs(
        &self,
        what: &str,
        state: &str,
        since: i64,
        limit: u64,
    ) -> Result<Vec<EndedJob>, StoreError> {
        match (what.split_once('/'), state.parse()) {
            (Some((project, task)), Ok(state)) => {
                let store = PipelineStore::new(self.0.store.clone());
                store.ended_jobs(project, task, state, since, limit).await
            }
            _ => Ok(Vec::new()),
        }
    }

    async fn view(&self, job: &job::Model) -> Option<Value> {
        self.0.of(job).await
    }
}

fn not_submitted() -> SystemError {
    SystemError::Misfit {
        place: String::new(),
        reason: "jobs of pipelines are started by runs of their projects".to_owned(),
    }
}
