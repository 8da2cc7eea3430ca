//! The one place where it is checked what a caller may do: around each operation.

use poem::endpoint::BoxEndpoint;
use poem::http::StatusCode;
use poem::{Endpoint, Request, Response};

use super::auth::Who;
use super::error::Failure;
use crate::access::{Identity, Role, Scope};
use crate::engine::store::Store;
use entity::{JobId, job};

/// An operation that only callers with a role may call, about what they may see.
pub(super) struct Gated {
    pub inner: BoxEndpoint<'static>,
    pub role: Role,
    pub reach: Reach,
    /// The names of the placeholders in its path, in their order.
    pub placeholders: Vec<String>,
    pub store: Store,
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
        if self.reach == Reach::Anybody {
            return self.inner.call(request).await;
        }
        let who = request.extensions().get::<Who>();
        let who = who.ok_or_else(Failure::internal)?.clone();
        let identity = &*who.identity;
        if identity.role < self.role {
            return Err(wrong_role(self.role).into());
        }
        if identity.scope.is_limited() {
            self.check_scope(identity, &request).await?;
        }
        self.inner.call(request).await
    }
}

impl Gated {
    /// poem-openapi numbers the placeholders of a path.
    fn path_param<'r>(&self, request: &'r Request, name: &str) -> Option<&'r str> {
        let no = self.placeholders.iter().position(|own| own == name)?;
        request.raw_path_param(&format!("param{no}"))
    }

    async fn check_scope(&self, identity: &Identity, request: &Request) -> Result<(), Failure> {
        if self.reach == Reach::Everything {
            let detail = "the call needs a token without limits";
            return Err(Failure::new(StatusCode::FORBIDDEN, detail));
        }
        let scope = &identity.scope;
        if let Some(service) = self.path_param(request, "service")
            && !scope.has_service(Some(service))
        {
            return Err(Failure::not_found(format!("there is no service {service}")));
        }
        for name in ["job_id", "task_id"] {
            // An operation itself says what is wrong with an id.
            let id = self.path_param(request, name);
            if let Some(id) = id.and_then(|id| id.parse::<JobId>().ok())
                && let Some(job) = self.store.jobs().find(&id).await?
                && !sees(scope, &job)
            {
                return Err(Failure::not_found(format!("there is no job {id}")));
            }
        }
        Ok(())
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
    scope.has_queue(&job.queue) && scope.has_service(service_of(&job.request).as_deref())
}

/// A task for an outside worker names the service of that worker in its request.
fn service_of(request: &str) -> Option<String> {
    #[derive(serde::Deserialize)]
    struct Named {
        service: Option<String>,
    }
    serde_json::from_str::<Named>(request).ok()?.service
}

impl Who {
    /// Whether the caller sees a job.
    pub(crate) fn sees(&self, job: &job::Model) -> bool {
        let scope = &self.identity.scope;
        !scope.is_limited() || sees(scope, job)
    }

    pub(crate) fn sees_service(&self, service: &str) -> bool {
        self.identity.scope.has_service(Some(service))
    }

    pub(crate) fn scope(&self) -> &Scope {
        &self.identity.scope
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
        let service = request["service"].as_str();
        if !scope.has_service(service) {
            let service = service.unwrap_or("for this call");
            return Err(Failure::not_found(format!("there is no service {service}")));
        }
        Ok(())
    }
}
