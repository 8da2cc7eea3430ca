//! Why an instance is not made.

use std::collections::BTreeMap;

use poem::Request;
use poem_openapi::OpenApi;
use poem_openapi::param::{Path, Query};
use poem_openapi::payload::Json;
use serde_json::Value;
use url::form_urlencoded;

use super::Groups;
use super::explanation::Explanation;
use crate::http::Who;
use crate::http::error::Failure;
use crate::http::v1::views::{job_id, no_job};
use crate::systems::pipelines::api::scope;
use crate::systems::pipelines::error::PipelineError;
use crate::systems::pipelines::request::{RunRequest, TargetRequest};
use crate::systems::pipelines::why::Why;

/// The operations.
pub(crate) struct WhyApi(pub Why);

#[OpenApi(tag = "Groups::Pipelines")]
impl WhyApi {
    /// Ask why a job waits
    ///
    /// In a sentence, and with each reason: an instance that it needs, slots, limits, a retry, what others
    /// make, what is away.
    #[oai(
        path = "/v1/jobs/:job_id/why",
        method = "get",
        operation_id = "why_job"
    )]
    async fn why_job(&self, job_id: Path<String>) -> poem::Result<Json<Explanation>> {
        let id = self::job_id(&job_id)?;
        let store = self.0.pipelines.store.engine();
        let job = store.jobs().find(&id).await.map_err(Failure::from)?;
        let job = job.ok_or_else(|| no_job(&id))?;
        Ok(Json(self.0.job(job).await.map_err(Failure::from)?))
    }

    /// Ask why an instance is not made
    ///
    /// Each further parameter of the query is one of the task, such as `date=2026-11-21`.
    #[oai(
        path = "/v1/projects/:project/why",
        method = "get",
        operation_id = "why_instance"
    )]
    async fn why_instance(
        &self,
        http: &Request,
        who: Who,
        project: Path<String>,
        /// Task of the project.
        task: Query<String>,
    ) -> poem::Result<Json<Explanation>> {
        let known = scope::project(&self.0.pipelines, &who, &project)?;
        let request = RunRequest {
            targets: vec![TargetRequest {
                task: task.0,
                params: params(http.uri().query())?,
            }],
            ..RunRequest::default()
        };
        let found = self.0.instances(&known, &request).await;
        let mut found = found.map_err(Failure::from)?;
        match (found.len(), found.pop()) {
            (1, Some(explanation)) => Ok(Json(explanation)),
            (count, _) => Err(Failure::from(PipelineError::SeveralInstances { count }).into()),
        }
    }
}

/// The parameters of the task in a query.
fn params(query: Option<&str>) -> Result<BTreeMap<String, Value>, Failure> {
    let pairs = form_urlencoded::parse(query.unwrap_or_default().as_bytes());
    let mut params = BTreeMap::new();
    for (name, value) in pairs.filter(|(name, _)| name != "task") {
        let before = params.insert(name.clone().into_owned(), value.into_owned().into());
        if before.is_some() {
            return Err(Failure::invalid(format!("parameter {name} is given twice")));
        }
    }
    Ok(params)
}
