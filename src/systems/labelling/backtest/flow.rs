//! The flow `backtest`, as others know it by name.

use async_trait::async_trait;
use entity::job;
use serde_json::Value;
use tracing::warn;

use super::error::BacktestError;
use super::{FLOW, SETTLE_STEP, examples, view_schema};
use crate::engine::seam::{AnyFlow, Choice, Composing, FlowDescription, NewRun, SystemError};
use crate::http::body;
use crate::http::document::json_schema;
use crate::systems::labelling::Labelling;
use crate::systems::labelling::api::v1::backtest_body::Backtest;
use crate::telemetry::chain;

/// The flow `sample → compare → settle`.
pub(in crate::systems::labelling) struct BacktestFlow(pub Labelling);

impl BacktestFlow {
    pub fn describe() -> FlowDescription {
        FlowDescription {
            name: FLOW,
            member: Some(FLOW),
            uses: None,
            parked_for: None,
            summary: "Compare two rule sets over the same rows; nothing is published.",
            request: json_schema::<Backtest>(),
            check: |request| {
                let request = body::read::<Backtest>(request.clone())?;
                Ok(request.into_request().map(drop)?)
            },
            view: Some(view_schema::schema()),
            examples: examples::examples(),
        }
    }
}

#[async_trait]
impl AnyFlow for BacktestFlow {
    fn description(&self) -> FlowDescription {
        Self::describe()
    }

    fn choices(&self) -> Vec<Choice> {
        let options = self.0.options();
        let (sources, tables): (Vec<_>, Vec<_>) = self.0.readable().into_iter().unzip();
        let mut tables: Vec<String> = tables.into_iter().flatten().collect();
        tables.sort();
        tables.dedup();
        let choice = |member, values, usual: &String| Choice {
            member,
            values,
            usual: Some(usual.clone()),
        };
        vec![
            choice("source", sources, &options.default_source),
            choice("table", tables, &options.default_table),
        ]
    }

    fn compose(&self, request: Value, run: NewRun) -> Result<Composing, SystemError> {
        let request = body::read::<Backtest>(request)?.into_request()?;
        let labelling = self.0.clone();
        Ok(Box::pin(async move {
            let composed = labelling.compose_backtest(request, run).await;
            composed.map_err(SystemError::of)
        }))
    }

    /// Missing until the job has ended.
    async fn view(&self, job: &job::Model) -> Option<Value> {
        match self.report(job).await {
            Ok(report) => report,
            Err(error) => {
                warn!(job.id = %job.id, error = chain(&error), "shown without its figures");
                None
            }
        }
    }

    async fn result(&self, job: &job::Model) -> Result<Value, SystemError> {
        let report = self.report(job).await.map_err(SystemError::of)?;
        Ok(report.unwrap_or_default())
    }
}

impl BacktestFlow {
    async fn report(&self, job: &job::Model) -> Result<Option<Value>, BacktestError> {
        let steps = self.0.store().steps().of(&job.id).await?;
        let mut settled = steps.into_iter().filter(|step| step.name == SETTLE_STEP);
        let output = settled.next().and_then(|step| step.output);
        Ok(output.and_then(|output| serde_json::from_str(&output).ok()))
    }
}
