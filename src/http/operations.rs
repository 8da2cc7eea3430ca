//! What the shell is handed by a system: operations with their OpenAPI document and the form of
//! their errors.

use std::collections::HashMap;

use poem::EndpointExt;
use poem::endpoint::BoxEndpoint;
use poem::http::Method;
use poem_openapi::registry::{MetaApi, MetaParamIn, MetaPath, Registry};
use poem_openapi::{OpenApi, OpenApiService};
use serde_json::Value;

use super::audited::Audited;
use super::document::About;
use super::gate::{Gated, Reach};
use super::surface::Operation;
use crate::access::Role;
use crate::engine::audit::{AuditLog, Recording};
use crate::engine::store::Store;

/// Operations as they are documented; nothing of it can be called.
#[derive(Clone)]
pub struct Api {
    pub(super) spec: fn() -> Value,
    operations: fn() -> Vec<Operation>,
    pub(super) document: Document,
    roles: &'static [(&'static str, Role)],
    of_everything: &'static [&'static str],
    of_anybody: &'static [&'static str],
    recorded: &'static [(&'static str, Recording)],
    with_any_query: &'static [&'static str],
    with_files: &'static [&'static str],
}

/// In which document operations are described.
#[derive(Clone)]
pub(super) enum Document {
    /// In that of the paths below `/v1`, with these examples.
    V1(fn() -> Value),
    /// In one of its own.
    Own(fn() -> About),
}

impl Api {
    /// Operations below `/v1`. `examples`: see [`About`].
    pub fn v1<T: OpenApi>(examples: fn() -> Value) -> Self {
        Self::of::<T>(Document::V1(examples))
    }

    /// Operations below `/api` or `/v2`, in a form that callers know from elsewhere.
    pub fn compat<T: OpenApi>(about: fn() -> About) -> Self {
        Self::of::<T>(Document::Own(about))
    }

    fn of<T: OpenApi>(document: Document) -> Self {
        Self {
            spec: spec::<T>,
            operations: operations::<T>,
            document,
            roles: &[],
            of_everything: &[],
            of_anybody: &[],
            recorded: &[],
            with_any_query: &[],
            with_files: &[],
        }
    }

    /// The role that each operation needs, by its id. Others need that of an admin.
    pub fn with_roles(mut self, roles: &'static [(&'static str, Role)]) -> Self {
        self.roles = roles;
        self
    }

    /// Operations that show what belongs to all, and so nothing to a caller with limits.
    pub fn showing_everything(mut self, ids: &'static [&'static str]) -> Self {
        self.of_everything = ids;
        self
    }

    /// Operations that need no token.
    pub fn open_to_anybody(mut self, ids: &'static [&'static str]) -> Self {
        self.of_anybody = ids;
        self
    }

    /// How the audit records operations that it would not record, or in another way: by itself it
    /// records each call of what changes something.
    pub fn recorded(mut self, recorded: &'static [(&'static str, Recording)]) -> Self {
        self.recorded = recorded;
        self
    }

    /// Operations whose callers may name parameters in the query that are not known here.
    pub fn with_any_query(mut self, ids: &'static [&'static str]) -> Self {
        self.with_any_query = ids;
        self
    }

    /// Operations whose bodies have a file in them, and may be longer than others.
    pub fn with_files(mut self, ids: &'static [&'static str]) -> Self {
        self.with_files = ids;
        self
    }

    /// How the audit records an operation; `None`: not at all.
    fn recording(&self, operation: &Operation) -> Option<Recording> {
        let mut recorded = self.recorded.iter();
        if let Some((_, recording)) = recorded.find(|(id, _)| *id == operation.id) {
            return Some(*recording);
        }
        let changes = operation.method != Method::GET && operation.required_role() > Role::Viewer;
        changes.then_some(Recording::Each)
    }

    pub(super) fn operations(&self) -> impl Iterator<Item = Operation> {
        (self.operations)().into_iter().map(|operation| {
            let mut roles = self.roles.iter();
            let role = roles.find(|(id, _)| *id == operation.id);
            let id = operation.id.as_str();
            let reach = if self.of_anybody.contains(&id) {
                Reach::Anybody
            } else if self.of_everything.contains(&id) {
                Reach::Everything
            } else {
                Reach::Scoped
            };
            let operation = Operation {
                role: role.map(|(_, role)| *role),
                reach,
                takes_any_query: self.with_any_query.contains(&id),
                takes_file: self.with_files.contains(&id),
                ..operation
            };
            Operation {
                recording: self.recording(&operation),
                ..operation
            }
        })
    }
}

/// What poem-openapi says of operations.
fn spec<T: OpenApi>() -> Value {
    let service = OpenApiService::new(Described::<T>::default(), "", "");
    serde_json::from_str(&service.spec()).expect("poem-openapi writes valid JSON")
}

fn operations<T: OpenApi>() -> Vec<Operation> {
    let paths = T::meta().into_iter().flat_map(|api| api.paths);
    let operations = paths.flat_map(|path| {
        let pattern = path.path;
        path.operations.into_iter().map(move |operation| Operation {
            queries: operation
                .params
                .into_iter()
                .filter(|parameter| parameter.in_type == MetaParamIn::Query)
                .map(|parameter| parameter.name)
                .collect(),
            id: operation
                .operation_id
                .map_or_else(|| pattern.clone(), str::to_owned),
            pattern: pattern.clone(),
            method: operation.method,
            role: None,
            reach: Reach::Scoped,
            recording: None,
            takes_any_query: false,
            takes_file: false,
        })
    });
    operations.collect()
}

/// The description of an API without the API.
struct Described<T>(std::marker::PhantomData<fn() -> T>);

impl<T> Default for Described<T> {
    fn default() -> Self {
        Self(std::marker::PhantomData)
    }
}

impl<T: OpenApi> OpenApi for Described<T> {
    /// What several APIs have at one path stands together, which poem-openapi does within an API only.
    fn meta() -> Vec<MetaApi> {
        let mut paths: Vec<MetaPath> = Vec::new();
        for path in T::meta().into_iter().flat_map(|api| api.paths) {
            match paths.iter_mut().find(|known| known.path == path.path) {
                Some(known) => known.operations.extend(path.operations),
                None => paths.push(path),
            }
        }
        vec![MetaApi { paths }]
    }

    fn register(registry: &mut Registry) {
        T::register(registry);
    }

    fn add_routes(self, _: &mut RouteTable) {}
}

type RouteTable = HashMap<String, HashMap<Method, BoxEndpoint<'static>>>;

/// Operations that can be called, whatever their types are.
#[derive(Default)]
pub struct Routes(RouteTable);

impl Routes {
    /// The operations of an API.
    pub fn of(api: impl OpenApi) -> Self {
        let mut table = RouteTable::default();
        api.add_routes(&mut table);
        Self(table)
    }

    /// These and others. Panics if two have the same method and path.
    #[must_use]
    pub fn and(mut self, others: Self) -> Self {
        for (path, methods) in others.0 {
            let known = self.0.entry(path.clone()).or_default();
            for (method, endpoint) in methods {
                let twice = known.insert(method.clone(), endpoint).is_some();
                assert!(!twice, "two operations are at {method} {path}");
            }
        }
        self
    }

    /// Those whose path begins with `prefix`.
    pub(super) fn below(&mut self, prefix: &str) -> Self {
        Self(
            self.0
                .extract_if(|path, _| path.starts_with(prefix))
                .collect(),
        )
    }

    /// These, each behind a gate for its role.
    pub(super) fn gated(self, operations: &[Operation], store: &Store, audit: &AuditLog) -> Self {
        let gate = |path: &str, method: &Method, inner| {
            let mut operations = operations.iter();
            let operation = operations.find(|operation| operation.is(method, path));
            let gated = Gated {
                inner,
                role: operation.map_or(Role::Admin, Operation::required_role),
                reach: operation.map_or(Reach::Everything, |operation| operation.reach),
                placeholders: operation.map_or_else(Vec::new, Operation::placeholder_names),
                store: store.clone(),
                audited: operation.and_then(|operation| Audited::of(operation, audit)),
            };
            gated.boxed()
        };
        let table = self.0.into_iter().map(|(path, methods)| {
            let methods = methods.into_iter().map(|(method, inner)| {
                let gated = gate(&path, &method, inner);
                (method, gated)
            });
            let methods = methods.collect();
            (path, methods)
        });
        Self(table.collect())
    }

    /// One of the paths that are left.
    pub(super) fn any_path(&self) -> Option<&str> {
        self.0.keys().next().map(String::as_str)
    }

    pub(super) fn into_endpoint(self) -> BoxEndpoint<'static> {
        poem::IntoEndpoint::into_endpoint(OpenApiService::new(Boxed(self.0), "", ""))
    }
}

/// Routes as an API, whose types have been erased.
struct Boxed(RouteTable);

impl OpenApi for Boxed {
    fn meta() -> Vec<MetaApi> {
        Vec::new()
    }

    fn register(_: &mut Registry) {}

    fn add_routes(self, table: &mut RouteTable) {
        table.extend(self.0);
    }
}

/// Leads calls of a path that two systems share to the one that they are meant for.
#[derive(Clone)]
pub struct Detour {
    pub method: Method,
    /// The path as it is called, a slash at its end included.
    pub path: &'static str,
    /// The operation that such calls are led to.
    pub to: &'static str,
    /// Whether the body is one for it.
    pub is_for: fn(&[u8]) -> bool,
}
