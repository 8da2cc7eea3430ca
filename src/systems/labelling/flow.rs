//! The flow `labelling`, as others start it by name.

use std::collections::{BTreeSet, HashMap};

use async_trait::async_trait;
use entity::{JobId, job};
use serde_json::Value;
use tokio::time::timeout;
use tracing::warn;

use super::api::v1::examples;
use super::api::v1::figures::{self, Figures};
use super::api::v1::request;
use super::results::OUTPUT_PATIENCE;
use super::{FLOW, Labelling, LabellingError, LabellingRequest};
use crate::engine::seam::{
    AnyFlow, Choice, Composing, FlowDescription, NewRun, Previewing, SystemError,
};
use crate::engine::store::NewJob;
use crate::http::body;
use crate::http::document::json_schema;
use crate::telemetry::chain;

/// What others call it where they use it as a step.
const USES: &str = "label";

/// The flow `label → publish`, with a gate in between where the rules have one.
pub(super) struct LabellingFlow(pub Labelling);

impl LabellingFlow {
    pub fn describe() -> FlowDescription {
        FlowDescription {
            name: FLOW,
            member: Some(FLOW),
            uses: Some(USES),
            parked_for: None,
            summary: "Label a table of posts and publish panels.",
            request: json_schema::<request::Labelling>(),
            check: |request| read(request.clone()).map(drop),
            view: Some(json_schema::<Figures>()),
            examples: examples::flow(),
        }
    }

    async fn figures(&self, job: &job::Model) -> Result<Option<Value>, SystemError> {
        let view = self.0.view(&job.id).await?;
        Ok(view.map(figures::shown))
    }
}

#[async_trait]
impl AnyFlow for LabellingFlow {
    fn description(&self) -> FlowDescription {
        Self::describe()
    }

    fn choices(&self) -> Vec<Choice> {
        let options = self.0.options();
        let (sources, tables): (Vec<_>, Vec<_>) = self.0.readable().into_iter().unzip();
        let tables: BTreeSet<String> = tables.into_iter().flatten().collect();
        let choice = |member, values, usual: Option<&String>| Choice {
            member,
            values,
            usual: usual.cloned(),
        };
        let rule_sets = options.rule_sets.keys().cloned();
        vec![
            choice("source", sources, Some(&options.default_source)),
            choice(
                "table",
                tables.into_iter().collect(),
                Some(&options.default_table),
            ),
            choice(
                "output",
                self.0.output_names(),
                Some(&options.default_output),
            ),
            choice("rule_set", rule_sets.collect(), None),
        ]
    }

    fn compose(&self, request: Value, run: NewRun) -> Result<Composing, SystemError> {
        let request = understood(request, run)?;
        let labelling = self.0.clone();
        Ok(Box::pin(
            async move { Ok(labelling.compose(request).await?) },
        ))
    }

    fn preview(&self, request: Value, run: NewRun) -> Result<Previewing, SystemError> {
        let request = understood(request, run)?;
        let labelling = self.0.clone();
        Ok(Box::pin(
            async move { Ok(labelling.preview(request).await?) },
        ))
    }

    /// The job is safe by now, and shows itself in `state` when it begins: its caller does not wait long.
    async fn stored(&self, job: &NewJob) {
        let announced = timeout(OUTPUT_PATIENCE, self.0.announce(job)).await;
        if let Err(error) = announced.unwrap_or(Err(LabellingError::OutputSilent)) {
            warn!(job.id = %job.id, error = chain(&error), "not announced");
        }
    }

    /// Missing while the output is away: the rest of the job can be shown all the same.
    async fn view(&self, job: &job::Model) -> Option<Value> {
        match self.figures(job).await {
            Ok(figures) => figures,
            Err(error) => {
                warn!(job.id = %job.id, error = chain(&error), "shown without its figures");
                None
            }
        }
    }

    async fn waits_for(&self, jobs: &[JobId]) -> Result<HashMap<JobId, String>, SystemError> {
        let held = self.0.held(jobs).await?;
        Ok(held.into_iter().collect())
    }

    async fn result(&self, job: &job::Model) -> Result<Value, SystemError> {
        let view = self.0.view_of(job.clone()).await?;
        Ok(figures::shown(view))
    }
}

fn understood(request: Value, run: NewRun) -> Result<LabellingRequest, SystemError> {
    Ok(LabellingRequest {
        task_id: run.id,
        queue: run.queue,
        idempotency_key: run.idempotency_key,
        ..read(request)?
    })
}

fn read(request: Value) -> Result<LabellingRequest, SystemError> {
    let request = body::read::<request::Labelling>(request)?;
    Ok(request.into_request(None)?)
}
