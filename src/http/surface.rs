//! What stands around the operations of an API: the token, the limit of a body's size, and one
//! form for everything that goes wrong.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::FutureExt;
use poem::http::Method;
use poem::{Endpoint, IntoResponse, Request, Response};
use tracing::error;

use super::audited::{Audited, AuditedRequest};
use super::auth::{Guard, Who};
use super::entrance::prefix_of;
use super::error::{Failure, Surface};
use super::gate::{self, Reach};
use super::intake::{Intake, Taken};
use super::parameters;
use super::revoked::{own_connection, until_revoked};
use crate::access::Role;
use crate::engine::audit::{AuditLog, Recording};

/// An API inside what stands around it.
pub(super) struct Shell<E> {
    pub inner: E,
    pub forms: Arc<Forms>,
    pub guard: Guard,
    /// `None`: nothing in here reads bodies, or is work.
    pub intake: Option<Arc<Intake>>,
    pub methods: Arc<Methods>,
    /// Where calls are recorded; `None`: nothing in here changes anything.
    pub audit: Option<AuditLog>,
    /// Whether a call may only have the query parameters of its operation. Older callers may have
    /// others, which are passed over.
    pub only_known_queries: bool,
}

impl<E: Endpoint> Endpoint for Shell<E> {
    type Output = Response;

    async fn call(&self, request: Request) -> poem::Result<Response> {
        let path = request.uri().path().to_owned();
        let called = prefix_of(&request).join(&path);
        let surface = self.forms.of(request.method(), &path);
        let failure = match AssertUnwindSafe(self.admit(request)).catch_unwind().await {
            Ok(Ok(response)) => return Ok(response),
            Ok(Err(failure)) => failure,
            Err(_) => {
                error!(path, "a handler panicked");
                Failure::internal()
            }
        };
        let allowed = self.methods.of(&path);
        Ok(surface.answer(&failure, &called, &allowed))
    }
}

impl<E: Endpoint> Shell<E> {
    async fn admit(&self, request: Request) -> Result<Response, Failure> {
        let audited = self.audited(&request);
        if self.is_open(&request) {
            return self.answer(request, None, audited).await;
        }
        let who = self.guard.admit(&request).await;
        let who = who.inspect_err(|failure| Audited::refused(audited.as_ref(), None, failure))?;
        let connection = own_connection(&request);
        let revoked = self.guard.revoked(&who);
        tokio::select! {
            biased;
            answered = self.answer(request, Some(&who), audited) => {
                Ok(until_revoked(answered?, connection, self.guard.clone(), who.clone()))
            }
            failure = revoked => Err(failure),
        }
    }

    /// Whether anybody may call it.
    fn is_open(&self, request: &Request) -> bool {
        let path = request.uri().path();
        let operation = self.methods.operation(request.method(), path);
        operation.is_some_and(|operation| operation.reach == Reach::Anybody)
    }

    /// How the call is recorded, if it is one that is.
    fn audited(&self, request: &Request) -> Option<AuditedRequest> {
        let path = request.uri().path();
        let operation = self.methods.operation(request.method(), path)?;
        Some(Audited::of(operation, self.audit.as_ref()?)?.request(request))
    }

    async fn answer(
        &self,
        mut request: Request,
        who: Option<&Who>,
        audited: Option<AuditedRequest>,
    ) -> Result<Response, Failure> {
        let taken = self.take(&mut request, who).await;
        let taken =
            taken.inspect_err(|failure| Audited::refused(audited.as_ref(), who, failure))?;
        if let Some(who) = who {
            request.extensions_mut().insert(who.clone());
        }
        let mut response = self.inner.call(request).await?.into_response();
        if let Some(place) = taken.and_then(|taken| taken.place) {
            place.hold(&mut response);
        }
        Ok(response)
    }

    /// Checks whether the query and the body are like those that are read; the body is then in memory.
    async fn take(
        &self,
        request: &mut Request,
        who: Option<&Who>,
    ) -> Result<Option<Taken>, Failure> {
        let operation = self
            .methods
            .operation(request.method(), request.uri().path());
        if self.only_known_queries
            && let Some(operation) = operation
        {
            if let Some(who) = who {
                // It is checked again around the operation, but bodies of others are not waited for.
                gate::check_role(&who.identity, operation.required_role())?;
            }
            if !operation.takes_any_query {
                parameters::only_known(request.uri().query(), &operation.queries)?;
            }
        }
        match &self.intake {
            Some(intake) => {
                let takes_file = operation.is_some_and(|operation| operation.takes_file);
                let id = operation.map(|operation| operation.id.as_str());
                let most = intake.longest(takes_file, id);
                Ok(Some(intake.take(request, most).await?))
            }
            None => Ok(None),
        }
    }
}

/// Which methods each path has: poem says that a method is not allowed, but not which are.
#[derive(Default)]
pub(super) struct Methods(Vec<Operation>);

/// The forms that errors have, by the path that was called.
pub(super) struct Forms {
    /// Where nothing else is said.
    pub usual: Surface,
    /// By the pattern of an operation's path.
    pub by_pattern: Vec<(String, Surface)>,
    /// By the exact path of a call with this method.
    pub by_call: Vec<(Method, String, Surface)>,
}

impl Forms {
    /// All errors have this form.
    pub fn only(surface: Surface) -> Self {
        Self {
            usual: surface,
            by_pattern: Vec::new(),
            by_call: Vec::new(),
        }
    }

    pub fn of(&self, method: &Method, path: &str) -> Surface {
        let mut calls = self.by_call.iter();
        let call = calls.find(|(of_method, of_path, _)| of_method == method && of_path == path);
        if let Some((_, _, surface)) = call {
            return *surface;
        }
        let matching = self.by_pattern.iter();
        let matching = matching.filter(|(pattern, _)| matches(pattern, path));
        let found = matching.min_by_key(|(pattern, _)| placeholders(pattern));
        found.map_or(self.usual, |(_, surface)| *surface)
    }
}

/// A method of a path, and what it is called.
pub(super) struct Operation {
    pub pattern: String,
    pub method: Method,
    pub id: String,
    /// `None`: nothing was said about it.
    pub role: Option<Role>,
    pub reach: Reach,
    /// How the audit records it.
    pub recording: Option<Recording>,
    /// The names of its query parameters.
    pub queries: Vec<String>,
    /// Its callers may name others.
    pub takes_any_query: bool,
    /// Its body has a file in it.
    pub takes_file: bool,
}

impl Methods {
    pub fn all(&self) -> &[Operation] {
        &self.0
    }
}

impl FromIterator<Operation> for Methods {
    fn from_iter<I: IntoIterator<Item = Operation>>(operations: I) -> Self {
        Self(operations.into_iter().collect())
    }
}

impl Methods {
    /// The methods of a path; pages that are no operations can be got.
    pub fn of(&self, path: &str) -> Vec<Method> {
        let matching = || {
            self.0
                .iter()
                .filter(|operation| matches(&operation.pattern, path))
        };
        let fewest = matching().map(Operation::placeholders).min();
        let mut methods: Vec<Method> = matching()
            .filter(|operation| Some(operation.placeholders()) == fewest)
            .map(|operation| operation.method.clone())
            .collect();
        if methods.is_empty() {
            methods.push(Method::GET);
        }
        if methods.contains(&Method::GET) {
            methods.push(Method::HEAD);
        }
        methods
    }

    /// Whether an operation has this path.
    pub fn has_path(&self, path: &str) -> bool {
        let mut operations = self.0.iter();
        operations.any(|operation| matches(&operation.pattern, path))
    }

    /// What a call is called.
    pub fn operation(&self, method: &Method, path: &str) -> Option<&Operation> {
        // Where the one can be called, the other can.
        let method = match *method {
            Method::HEAD => &Method::GET,
            _ => method,
        };
        let of_path = |operation: &&Operation| {
            operation.method == *method && matches(&operation.pattern, path)
        };
        let matching = self.0.iter().filter(of_path);
        matching.min_by_key(|operation| operation.placeholders())
    }
}

impl Operation {
    /// What nothing was said about is for admins.
    pub fn required_role(&self) -> Role {
        self.role.unwrap_or(Role::Admin)
    }

    pub fn placeholder_names(&self) -> Vec<String> {
        let parts = self.pattern.split('/');
        let names = parts.filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
        names.map(str::to_owned).collect()
    }

    /// Whether it stands at this place of a routing table, which marks placeholders in another way.
    pub fn is(&self, method: &Method, path: &str) -> bool {
        let parts = |text| str::split(str::trim_matches(text, '/'), '/');
        let is_same = |(own, other): (&str, &str)| {
            own == other || (own.starts_with('{') && other.starts_with([':', '{']))
        };
        self.method == *method
            && parts(&self.pattern).count() == parts(path).count()
            && parts(&self.pattern).zip(parts(path)).all(is_same)
    }

    fn placeholders(&self) -> usize {
        placeholders(&self.pattern)
    }
}

/// A pattern with fewer of them takes precedence over one with more.
fn placeholders(pattern: &str) -> usize {
    pattern.matches('{').count()
}

fn matches(pattern: &str, path: &str) -> bool {
    let parts = |text| str::split(str::trim_matches(text, '/'), '/');
    let (mut expected, mut given) = (parts(pattern), parts(path));
    loop {
        match (expected.next(), given.next()) {
            (None, None) => return true,
            (Some(expected), Some(part)) if expected.starts_with('{') || expected == part => {}
            _ => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_path_goes_before_one_with_placeholders() {
        let operation = |path: &str, method| Operation {
            pattern: path.to_owned(),
            method,
            id: path.to_owned(),
            role: None,
            reach: Reach::Scoped,
            recording: None,
            queries: Vec::new(),
            takes_any_query: false,
            takes_file: false,
        };
        let methods = Methods(vec![
            operation("/api/tasks/", Method::GET),
            operation("/api/tasks/", Method::POST),
            operation("/api/tasks/{task_id}", Method::GET),
            operation("/api/tasks/abort/", Method::POST),
        ]);
        let of = |path| methods.of(path);
        assert_eq!(of("/api/tasks"), [Method::GET, Method::POST, Method::HEAD]);
        assert_eq!(of("/api/tasks/abort"), [Method::POST]);
        assert_eq!(of("/api/tasks/abc/"), [Method::GET, Method::HEAD]);
        assert_eq!(of("/docs"), [Method::GET, Method::HEAD]);
    }
}
