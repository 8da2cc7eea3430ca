//! HTTP in, HTTP out.
//!
//! ```text
//! /                  to /docs          /livez /readyz       open to everybody
//! /docs              all documents     /v1/…       ─ v1      ─┐ token, size of bodies,
//! /openapi*.json     one document      /api/…      ─ compat  ─┘ errors: surface
//! /metrics           for Prometheus, open to everybody
//! ```
//!
//! All APIs show the same jobs. They map requests to flows and the engine, and answers back;
//! they decide nothing.

mod auth;
pub(crate) mod body;
pub(crate) mod compat;
mod docs;
pub(crate) mod document;
pub(crate) mod error;
mod observed;
mod parameters;
pub(crate) mod samples;
pub(crate) mod shown;
pub(crate) mod submit;
mod surface;
#[cfg(test)]
mod tests;
pub(crate) mod v1;

use std::sync::Arc;

use poem::endpoint::{BoxEndpoint, make_sync};
use poem::http::Method;
use poem::web::{Html, Redirect};
use poem::{EndpointExt, IntoEndpoint, Request, Response, Route, get};
use poem_openapi::{OpenApi, OpenApiService};
use secrecy::SecretString;

use crate::engine::artifacts::AllArtifacts;
use crate::engine::runtime::Runtime;
use crate::engine::store::Store;
use crate::systems::dispatch::Dispatch;
use crate::systems::labelling::Labelling;
use crate::telemetry::exposition::Exposition;
use auth::Guard;
use error::Surface;
use observed::Observed;
use surface::{Methods, Shell};

/// What the API is made of.
pub struct ApiParts {
    pub runtime: Runtime,
    pub store: Store,
    pub artifacts: AllArtifacts,
    pub labelling: Labelling,
    pub dispatch: Dispatch,
    /// Callers have to show it. `None`: everybody may call.
    pub token: Option<SecretString>,
    /// Longest body of a request.
    pub max_body_bytes: usize,
}

/// What operations work with; clones share it.
#[derive(Clone)]
pub(crate) struct Services {
    pub(crate) runtime: Runtime,
    pub(crate) store: Store,
    pub(crate) artifacts: AllArtifacts,
    pub(crate) labelling: Labelling,
    pub(crate) dispatch: Dispatch,
}

/// Everything that the program serves.
pub fn endpoint(parts: ApiParts) -> BoxEndpoint<'static> {
    let services = Services {
        runtime: parts.runtime,
        store: parts.store,
        artifacts: parts.artifacts,
        labelling: parts.labelling,
        dispatch: parts.dispatch,
    };
    let methods = Methods::default()
        .with::<v1::Api>()
        .with::<v1::HealthApi>()
        .with::<compat::TasksApi>()
        .with::<compat::DispatchApi>();
    let methods = Arc::new(methods);
    let guard = Guard::new(parts.token.as_ref());
    let dispatches = !services.dispatch.options().services.is_empty();
    let guarded = |inner, surface| Shell {
        inner,
        surface,
        dispatches,
        guard: guard.clone(),
        max_body_bytes: Some(parts.max_body_bytes),
        methods: Arc::clone(&methods),
    };
    let v1 = operations(v1::api(&services));
    let compat = operations((
        compat::TasksApi(services.clone()),
        compat::DispatchApi(services.clone()),
    ));
    let compat = compat.before(move |request| compat::lead(request, dispatches));
    let compat = compat.map_to_response().boxed();
    let metrics = exposition(services.runtime.clone());
    let health = Arc::new(operations(v1::HealthApi(services)));
    let routes = Route::new()
        .at("/", get(make_sync(|_| Redirect::temporary("/docs"))))
        .at("/docs", page(docs::page()))
        .at("/openapi.json", json(openapi_document(Document::V1)))
        .at(
            "/openapi-compat.json",
            json(openapi_document(Document::Compat)),
        )
        .at(
            "/openapi-dispatch.json",
            json(openapi_document(Document::Dispatch)),
        )
        .at("/metrics", metrics)
        .at("/livez", Arc::clone(&health))
        .at("/readyz", health)
        .nest_no_strip("/v1", guarded(v1, problems))
        .nest_no_strip("/api", guarded(compat, compat::surface));
    let all = Shell {
        inner: routes,
        surface: problems,
        dispatches,
        guard: Guard::open(),
        max_body_bytes: None,
        methods,
    };
    let methods = Arc::clone(&all.methods);
    Observed {
        inner: all,
        methods,
    }
    .boxed()
}

fn problems(_: &Method, _: &str, _: bool) -> Surface {
    Surface::Problems
}

/// Which OpenAPI document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Document {
    V1,
    /// Of the calls under `/api/tasks`, which callers knew before.
    Compat,
    /// Of the calls about tasks for outside workers.
    Dispatch,
}

pub fn openapi_document(which: Document) -> String {
    match which {
        Document::V1 => document::render::<(v1::Api, v1::HealthApi)>(&v1::about()),
        Document::Compat => document::render::<compat::TasksApi>(&compat::about()),
        Document::Dispatch => document::render::<compat::DispatchApi>(&compat::about_dispatch()),
    }
}

fn operations<T: OpenApi + 'static>(api: T) -> BoxEndpoint<'static> {
    OpenApiService::new(api, "", "").into_endpoint().boxed()
}

/// The metrics. Where the store cannot be asked, what it told last is shown.
fn exposition(runtime: Runtime) -> impl IntoEndpoint<Endpoint: 'static> {
    get(poem::endpoint::make(move |request: Request| {
        let runtime = runtime.clone();
        async move {
            runtime.observe().await;
            let accept = request.header("accept");
            let form = Exposition::for_accept(accept);
            let response = Response::builder().content_type(form.content_type());
            response.body(form.render())
        }
    }))
}

fn page(html: String) -> impl IntoEndpoint<Endpoint: 'static> {
    let html: Arc<str> = html.into();
    get(make_sync(move |_| Html(html.to_string())))
}

fn json(document: String) -> impl IntoEndpoint<Endpoint: 'static> {
    let answer = move |_| {
        Response::builder()
            .content_type("application/json")
            .body(document.clone())
    };
    get(make_sync(answer))
}
