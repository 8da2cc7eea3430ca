//! One action on many jobs: what it would do, and its start as a job of its own.

mod acting;
mod choosing;
mod request;

use std::sync::Arc;

use entity::JobId;
use poem_openapi::payload::Json;
use poem_openapi::{ApiResponse, Object, OpenApi};
use serde_json::{Value, json};

use super::Groups;
use super::models::Job;
use crate::engine::Flows;
use crate::engine::audit::AuditLog;
use crate::engine::bulk::{ActOnJobs, Behalf, BulkFlow, BulkParams, Tally};
use crate::engine::seam::Composed;
use crate::engine::store::Store;
use crate::http::body::JsonBody;
use crate::http::error::Failure;
use crate::http::{Services, Who};

use acting::Acting;
use choosing::Choosing;
use request::BulkRequest;

/// Jobs of one action.
const JOBS_MAX: u64 = 100_000;

/// Of callers without a limit of queues.
const QUEUE: &str = "bulk";

/// What acts on jobs for callers of this API.
pub fn acts_on_jobs(store: Store, flows: Flows, audit: AuditLog) -> Arc<dyn ActOnJobs> {
    Arc::new(Acting {
        choosing: Choosing { store, flows },
        audit,
    })
}

/// The operations.
pub(crate) struct BulkApi(pub(super) Services);

/// What an action on many jobs would do, as far as their states say.
#[derive(Object)]
struct BulkCheck {
    /// `cancel` or `rerun`.
    action: String,
    /// How many jobs there are.
    matched: u64,
    /// With how many of them it would be done.
    would_do: u64,
    /// With which not, and why.
    refused: Vec<BulkRefusal>,
}

/// Jobs with which nothing is done for one reason.
#[derive(Object)]
struct BulkRefusal {
    /// As the call for one job would be refused.
    reason: String,
    jobs: u64,
    /// One of them.
    example: String,
}

#[derive(ApiResponse)]
enum Started {
    /// The job is stored. `figures` of it count what was done, and what was not with the reasons.
    #[oai(status = 202)]
    Accepted(
        Json<Job>,
        /// Where to look at the job.
        #[oai(header = "Location")]
        String,
    ),
}

#[OpenApi(tag = "Groups::Jobs")]
impl BulkApi {
    /// Check an action on many jobs
    ///
    /// The body of `POST /v1/jobs/bulk`. Counts the jobs, and changes nothing.
    #[oai(
        path = "/v1/jobs/bulk/check",
        method = "post",
        operation_id = "check_bulk_action"
    )]
    async fn check_bulk_action(
        &self,
        who: Who,
        body: JsonBody<BulkRequest>,
    ) -> poem::Result<Json<BulkCheck>> {
        let (action, choice) = body.value.read()?;
        let expected = self.choosing().expected(&who, action, &choice).await?;
        let refused = expected.refused.iter().map(|refusal| BulkRefusal {
            reason: refusal.reason.clone(),
            jobs: refusal.jobs,
            example: refusal.example.to_string(),
        });
        Ok(Json(BulkCheck {
            action: action.as_str().to_owned(),
            matched: expected.jobs(),
            would_do: expected.done,
            refused: refused.collect(),
        }))
    }

    /// Act on many jobs
    ///
    /// Cancels or reruns up to 100,000 jobs, named by their ids or by a filter, as a job of its own: it
    /// survives a crash of the server and reruns each job at most once. With a filter these are the jobs
    /// that fit when it comes to them, without those that were submitted after this call. It goes from
    /// the newest to the oldest, and only its own end is notified of. It begins at once, even if no place is
    /// free, unless eight such jobs do so already; after a crash it takes the next free place.
    #[oai(
        path = "/v1/jobs/bulk",
        method = "post",
        operation_id = "start_bulk_action"
    )]
    async fn start_bulk_action(
        &self,
        who: Who,
        body: JsonBody<BulkRequest>,
    ) -> poem::Result<Started> {
        let (action, choice) = body.value.read()?;
        let expected: Tally = self.choosing().expected(&who, action, &choice).await?;
        let (queue, limits) = own_place(&who);
        let mut request = json!({
            "action": action.as_str(),
            "matched": expected.jobs(),
            "jobs": request::shown(&choice),
        });
        for (name, value) in limits {
            request[name] = value;
        }
        who.may_start(&queue, &request)?;
        let [projects, queues, services] = who.scope().limits().map(<[String]>::to_vec);
        let params = BulkParams {
            action,
            behalf: Behalf {
                who: who.name().to_owned(),
                projects,
                queues,
                services,
            },
            choice,
            matched: expected.jobs(),
        };
        let job = BulkFlow::job(&params, queue, request).map_err(|_| Failure::internal())?;
        let composed = Composed {
            job,
            warnings: Vec::new(),
        };
        let stored = self.0.flows.store(composed, None).await;
        let id: JobId = stored.map_err(Failure::from)?.job;
        let job = self.0.job_in_full(&who, &id).await?;
        Ok(Started::Accepted(Json(job), format!("/v1/jobs/{id}")))
    }
}

impl BulkApi {
    fn choosing(&self) -> Choosing {
        Choosing {
            store: self.0.store.clone(),
            flows: self.0.flows.clone(),
        }
    }
}

/// The queue of a job that the caller sees, and what its request has to name.
fn own_place(who: &Who) -> (String, Vec<(&'static str, Value)>) {
    let scope = who.scope();
    let first = |names: Option<&[String]>| names?.first().cloned();
    let queue = first(scope.queues()).unwrap_or_else(|| QUEUE.to_owned());
    let limits = [
        ("project", first(scope.projects())),
        ("service", first(scope.services())),
    ];
    let limits = limits.into_iter();
    let limits = limits.filter_map(|(name, value)| Some((name, value?.into())));
    (queue, limits.collect())
}
