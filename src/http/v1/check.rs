//! What a request would do, without doing it.

use poem::Request;
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};
use serde_json::Value;

use super::Groups;
use super::new_job::NewJob;
use crate::engine::seam::Preview;
use crate::http::body::JsonBody;
use crate::http::error::Failure;
use crate::http::{Caller, Services, Who};

/// The operations.
pub(crate) struct CheckApi(pub(super) Services);

/// What a job would do.
#[derive(Object)]
struct JobCheck {
    queue: String,
    /// The request as it was understood.
    request: Value,
    /// What its sender should know.
    warnings: Vec<String>,
    /// What else is known of it. Of a labelling: `rows` in the range (null: not known without reading for
    /// long) and whether they are counted (`rows_are_exact`) or estimated, the `groups` that panels are
    /// published in, `labels`, and the number of `rules`. Null for other flows.
    found: Option<Value>,
}

#[OpenApi(tag = "Groups::Jobs")]
impl CheckApi {
    /// Check a request
    ///
    /// The body of `POST /v1/jobs`. Everything that it refers to is looked up and checked in the same way,
    /// and nothing is stored, made or started.
    #[oai(path = "/v1/jobs/check", method = "post", operation_id = "check_job")]
    async fn check_job(
        &self,
        http: &Request,
        who: Who,
        body: JsonBody<NewJob>,
    ) -> poem::Result<Json<JobCheck>> {
        let previewing = body.value.preview(&self.0.flows)?;
        let previewed = Caller::of(http).waits_for(previewing).await;
        let previewed = previewed.ok_or_else(Failure::caller_left)?;
        let Preview {
            queue,
            request,
            warnings,
            found,
        } = previewed.map_err(Failure::from)?;
        who.may_start(&queue, &request)?;
        Ok(Json(JobCheck {
            queue,
            request,
            warnings,
            found: Some(found).filter(|found| !found.is_null()),
        }))
    }
}
