//! The one place where it is checked what a caller may do: around each operation.

use poem::endpoint::BoxEndpoint;
use poem::http::StatusCode;
use poem::{Endpoint, Request, Response};

use super::audited::Audited;
use super::auth::Who;
use super::error::Failure;
use super::v1::views::no_job;
use crate::access::{Identity, Role, Scope};
use crate::engine::audit::CallEnd;
use crate::engine::store::{JobFilter, JobsFound, StateCounts, Store, StoreError};
use entity::{JobId, job};

/// An operation that only callers with a role may call, about what they may see.
pub(super) struct Gated {
    pub inner: BoxEndpoint<'static>,
    pub role: Role,
    pub reach: Reach,
    /// The names of the placeholders in its path, in their order.
    pub placeholders: Vec<String>,
    pub store: Store,
    /// How its calls are recorded.
    pub audited: Option<Audited>,
}

/// How an operation shows nothing to a caller that it may not see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Anybody may call it, without a token.
    Anybody,
    /// What it shows belongs to nobody, it is named by the path, or the operation sees to it.
    Scoped,
    /// It shows what belongs to all: no caller with limits may call it.
    Everything,
}

impl Endpoint for Gated {
    type Output = Response;

    async fn call(&self, request: Request) -> poem::Result<Response> {
        let who = request.extensions().get::<Who>().cloned();
        let Some(audited) = self.audited.clone() else {
            self.check(who.as_ref(), &request).await?;
            return self.inner.call(request).await;
        };
        let audited = audited.request(&request);
        let checked = self.check(who.as_ref(), &request).await;
        checked.inspect_err(|failure| Audited::refused(Some(&audited), who.as_ref(), failure))?;
        let call = audited.call(who.as_ref());
        let answered = call.work(self.inner.call(request), end).await;
        // What is not recorded is not said to be done.
        answered.map_err(Failure::from)?
    }
}

fn end(answered: &poem::Result<Response>) -> CallEnd {
    let status = match answered {
        Ok(response) => response.status(),
        Err(error) => Failure::of(error).status,
    };
    CallEnd::of_status(status.as_u16())
}

impl Gated {
    /// poem-openapi numbers the placeholders of a path.
    fn path_param<'r>(&self, request: &'r Request, name: &str) -> Option<&'r str> {
        let no = self.placeholders.iter().position(|own| own == name)?;
        request.raw_path_param(&format!("param{no}"))
    }

    /// Whether this caller may make this call.
    async fn check(&self, who: Option<&Who>, request: &Request) -> Result<(), Failure> {
        if self.reach == Reach::Anybody {
            return Ok(());
        }
        let identity = &*who.ok_or_else(Failure::internal)?.identity;
        check_role(identity, self.role)?;
        match identity.scope.is_limited() {
            true => self.check_scope(identity, request).await,
            false => Ok(()),
        }
    }

    async fn check_scope(&self, identity: &Identity, request: &Request) -> Result<(), Failure> {
        if self.reach == Reach::Everything {
            return Err(limited());
        }
        let scope = &identity.scope;
        if let Some(service) = self.path_param(request, "service")
            && !scope.works_for(service)
        {
            return Err(Failure::not_found(format!("there is no service {service}")));
        }
        for name in ["job_id", "task_id"] {
            // An operation itself says what is wrong with an id.
            let id = self.path_param(request, name);
            let Some(id) = id.and_then(|id| id.parse::<JobId>().ok()) else {
                continue;
            };
            // What is unknown is answered here, too, and so in the same way as what belongs to others.
            let job = self.store.jobs().find(&id).await?;
            if !job.is_some_and(|job| sees(scope, &job)) {
                return Err(no_job(&id));
            }
        }
        Ok(())
    }
}

/// Lets a request through to what shows what belongs to all, unless its caller has limits. Of one that
/// needs no token the caller is not known.
pub(super) async fn about_everything(request: Request) -> poem::Result<Request> {
    let who = request.extensions().get::<Who>();
    match who.is_some_and(|who| who.scope().is_limited()) {
        true => Err(limited().into()),
        false => Ok(request),
    }
}

fn limited() -> Failure {
    let detail = "the call needs a token without limits";
    Failure::new(StatusCode::FORBIDDEN, detail)
}

/// Refuses a caller whose role is less than the one that is needed.
pub(super) fn check_role(identity: &Identity, needed: Role) -> Result<(), Failure> {
    match identity.role < needed {
        true => Err(wrong_role(needed)),
        false => Ok(()),
    }
}

fn wrong_role(role: Role) -> Failure {
    let role = role.as_str();
    let detail = format!("the call needs a token with the role `{role}`");
    let mut failure = Failure::new(StatusCode::FORBIDDEN, detail);
    failure.members.push(("required_role", role.into()));
    failure
}

/// Whether a job belongs to what a caller sees.
fn sees(scope: &Scope, job: &job::Model) -> bool {
    let named = Named::of(&job.request);
    scope.has_queue(&job.queue)
        && scope.has_project(named.project.as_deref())
        && scope.has_service(named.service.as_deref())
}

/// What a job belongs to, as its request names it.
#[derive(Default, serde::Deserialize)]
struct Named {
    project: Option<String>,
    /// Of a task for an outside worker: that of the worker.
    service: Option<String>,
}

impl Named {
    fn of(request: &str) -> Self {
        serde_json::from_str(request).unwrap_or_default()
    }
}

impl Who {
    /// Whether the caller sees a job.
    pub(crate) fn sees(&self, job: &job::Model) -> bool {
        let scope = &self.identity.scope;
        !scope.is_limited() || sees(scope, job)
    }

    /// Whether calls that need this role are refused.
    pub(crate) fn lacks(&self, role: Role) -> bool {
        self.identity.role < role
    }

    pub(crate) fn scope(&self) -> &Scope {
        &self.identity.scope
    }

    /// The newest jobs that the caller sees, and `filter` lets through.
    pub(crate) async fn jobs(
        &self,
        store: &Store,
        filter: JobFilter,
        most: usize,
    ) -> Result<Vec<job::Model>, StoreError> {
        Ok(self.search(store, filter, most).await?.jobs)
    }

    /// The same, with how far a search for a text has come.
    pub(crate) async fn search(
        &self,
        store: &Store,
        mut filter: JobFilter,
        most: usize,
    ) -> Result<JobsFound, StoreError> {
        const READ_AT_ONCE: usize = 200;
        let jobs = store.jobs();
        filter.queues = self.scope().queues().map(<[String]>::to_vec);
        // The queue is asked for in the query, the rest is not.
        if self.scope().services().is_none() {
            return jobs.search(&filter, most as u64).await;
        }
        let mut seen = Vec::new();
        loop {
            let page = jobs.search(&filter, READ_AT_ONCE as u64).await?;
            let is_last = page.jobs.len() < READ_AT_ONCE;
            filter.before = page.jobs.last().map(|job| job.id.clone());
            seen.extend(page.jobs.into_iter().filter(|job| self.sees(job)));
            if is_last || seen.len() >= most {
                seen.truncate(most);
                return Ok(JobsFound {
                    jobs: seen,
                    looked_until: page.looked_until,
                });
            }
        }
    }

    /// How many jobs are in each state, of those that the caller sees; `None`: the store does not know
    /// which those are.
    pub(crate) async fn counts(&self, store: &Store) -> Result<Option<StateCounts>, StoreError> {
        let scope = self.scope();
        if scope.services().is_some() {
            return Ok(None);
        }
        store.jobs().counts(scope.queues()).await.map(Some)
    }

    /// Refuses what would start a job where the caller sees none.
    pub(crate) fn may_start(
        &self,
        queue: &str,
        request: &serde_json::Value,
    ) -> Result<(), Failure> {
        let scope = self.scope();
        if !scope.has_queue(queue) {
            return Err(Failure::not_found(format!("there is no queue {queue}")));
        }
        let project = request["project"].as_str();
        if !scope.has_project(project) {
            let project = project.unwrap_or("for this call");
            return Err(Failure::not_found(format!("there is no project {project}")));
        }
        let service = request["service"].as_str();
        if !scope.has_service(service) {
            let service = service.unwrap_or("for this call");
            return Err(Failure::not_found(format!("there is no service {service}")));
        }
        Ok(())
    }
}
