//! Jobs that a gate holds, approved or rejected.

use entity::job;
use poem_openapi::param::Path;
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};
use serde::Deserialize;

use super::Groups;
use super::gate_views::GateBody;
use crate::http::Who;
use crate::http::body::{Body, JsonBody};
use crate::http::error::Failure;
use crate::http::v1::views::{job_id, no_job};
use crate::systems::labelling::Labelling;
use crate::systems::labelling::gate::Approver;
use crate::systems::labelling::store::Decision;

/// The operations.
pub(crate) struct GatesApi(pub Labelling);

/// Why a job is let through, or is not.
#[derive(Object, Deserialize)]
struct GateDecision {
    /// For those who look at it later: 1 to 2,000 characters.
    why: String,
}

impl Body for GateDecision {}

#[OpenApi(tag = "Groups::Results")]
impl GatesApi {
    /// Approve a job that a gate holds
    ///
    /// A job whose figures breach the gate of its rule set waits before it publishes; see `waiting` and `gate` of
    /// its health. Approved, it publishes what it has labelled. A decision acts once: whoever comes second is
    /// answered with 409. It is stored, with who made it and why, before the answer.
    #[oai(
        path = "/v1/jobs/:job_id/approve",
        method = "post",
        operation_id = "approve_job"
    )]
    async fn approve_job(
        &self,
        who: Who,
        job_id: Path<String>,
        body: JsonBody<GateDecision>,
    ) -> poem::Result<Json<GateBody>> {
        self.decide(&who, &job_id, Decision::Approved, body.value.why)
            .await
    }

    /// Reject a job that a gate holds
    ///
    /// The job fails and publishes nothing; its task shows `prod_stat: failure`. The same happens by itself when
    /// nobody has decided within the `hold` of the gate, 7 days unless its set says otherwise.
    #[oai(
        path = "/v1/jobs/:job_id/reject",
        method = "post",
        operation_id = "reject_job"
    )]
    async fn reject_job(
        &self,
        who: Who,
        job_id: Path<String>,
        body: JsonBody<GateDecision>,
    ) -> poem::Result<Json<GateBody>> {
        self.decide(&who, &job_id, Decision::Rejected, body.value.why)
            .await
    }

    async fn decide(
        &self,
        who: &Who,
        id: &str,
        decision: Decision,
        why: String,
    ) -> poem::Result<Json<GateBody>> {
        let id = job_id(id)?;
        let job = self.0.store().jobs().find(&id).await;
        let job: Option<job::Model> = job.map_err(Failure::from)?;
        let job = job.filter(|job| who.sees(job));
        let job = job.ok_or_else(|| no_job(&id))?;
        let name = who.name().to_owned();
        let decided = self.0.decide(&job, decision, Approver { name, why }).await;
        let gate = decided.map_err(Failure::from)?;
        Ok(Json(GateBody::of(&gate)))
    }
}
