//! The flow `scrape`, as others know it by name.

use std::collections::HashMap;

use async_trait::async_trait;
use entity::{JobId, job, scrape_waiting};
use serde_json::{Value, json};
use tracing::warn;

use super::FLOW;
use super::batch::summary;
use super::error::ScrapesError;
use super::request;
use super::scrapes::Scrapes;
use crate::clock;
use crate::engine::seam::{AnyFlow, Composing, FlowDescription, FlowExamples, NewRun, SystemError};
use crate::telemetry::chain;

/// The pages of a day become rows.
pub(crate) struct ScrapeFlow(pub Scrapes);

impl ScrapeFlow {
    pub(crate) fn describe() -> FlowDescription {
        FlowDescription {
            name: FLOW,
            // It has a call of its own.
            member: None,
            uses: Some(FLOW),
            parked_for: Some("its site"),
            summary: "Make rows of the pages of a site.",
            request: request::schema(),
            check: |request| request::read(request.clone()).map(drop),
            view: None,
            examples: FlowExamples::default(),
        }
    }

    async fn summaries(&self, job: &job::Model) -> Result<Value, ScrapesError> {
        let runs = self.0.store().runs_of_job(&job.id).await?;
        let mut runs = runs.iter().map(summary).collect::<Result<Vec<_>, _>>()?;
        Ok(match runs.len() {
            0 => Value::Null,
            1 => runs.swap_remove(0),
            _ => json!({ "runs": runs }),
        })
    }
}

#[async_trait]
impl AnyFlow for ScrapeFlow {
    fn description(&self) -> FlowDescription {
        Self::describe()
    }

    fn compose(&self, request: Value, run: NewRun) -> Result<Composing, SystemError> {
        let request = request::read(request)?;
        let scrapes = self.0.clone();
        Ok(Box::pin(async move {
            let chosen = scrapes.choose(&request.scrape).await;
            let composed = chosen.and_then(|chosen| scrapes.compose(&chosen, request.day, run));
            composed.map_err(SystemError::of)
        }))
    }

    /// Missing while the store is away.
    async fn view(&self, job: &job::Model) -> Option<Value> {
        match self.summaries(job).await {
            Ok(Value::Null) => None,
            Ok(result) => Some(result),
            Err(error) => {
                warn!(job.id = %job.id, error = chain(&error), "shown without its figures");
                None
            }
        }
    }

    async fn waits_for(&self, jobs: &[JobId]) -> Result<HashMap<JobId, String>, SystemError> {
        let waiting = self.0.store().scrapes_waiting(jobs).await;
        let waiting = waiting.map_err(SystemError::of)?.into_iter();
        let reasons = waiting.map(|waiting| {
            let reason = waits_for_site(&waiting);
            (waiting.job_id, reason)
        });
        Ok(reasons.collect())
    }

    async fn result(&self, job: &job::Model) -> Result<Value, SystemError> {
        self.summaries(job).await.map_err(SystemError::of)
    }
}

/// What a run waits for whose site is away.
pub(crate) fn waits_for_site(waiting: &scrape_waiting::Model) -> String {
    let since = clock::rfc3339(waiting.since_at);
    format!("waits for its site since {since}: {}", waiting.reason)
}
