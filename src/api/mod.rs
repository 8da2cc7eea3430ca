//! HTTP in, HTTP out.
//!
//! ```text
//! /                  to /docs          /livez /readyz       open to everybody
//! /docs              both documents    /v1/…       ─ v1      ─┐ token, size of bodies,
//! /openapi*.json     one document      /api/tasks… ─ compat  ─┘ errors: surface
//! ```
//!
//! Both APIs show the same jobs. They map requests to flows and the engine, and answers back;
//! they decide nothing.

mod auth;
mod body;
mod compat;
mod docs;
mod document;
mod error;
mod fields;
mod requests;
mod samples;
mod shown;
mod strict_json;
mod submit;
mod surface;
#[cfg(test)]
mod tests;
mod v1;

use std::sync::Arc;

use poem::endpoint::{BoxEndpoint, make_sync};
use poem::web::{Html, Redirect};
use poem::{EndpointExt, IntoEndpoint, Request, Response, Route, get};
use poem_openapi::{OpenApi, OpenApiService};
use secrecy::SecretString;

use crate::flows::labelling::Labelling;
use crate::runtime::Runtime;
use crate::store::Store;
use auth::Guard;
use error::Surface;
use surface::{Methods, Shell};

/// What the API is made of.
pub struct ApiParts {
    pub runtime: Runtime,
    pub store: Store,
    pub labelling: Labelling,
    /// Callers have to show it. `None`: everybody may call.
    pub token: Option<SecretString>,
    /// Longest body of a request.
    pub max_body_bytes: usize,
}

/// What operations work with; clones share it.
#[derive(Clone)]
struct Services {
    runtime: Runtime,
    store: Store,
    labelling: Labelling,
}

/// Everything that the program serves.
pub fn endpoint(parts: ApiParts) -> BoxEndpoint<'static> {
    let services = Services {
        runtime: parts.runtime,
        store: parts.store,
        labelling: parts.labelling,
    };
    let methods = Methods::default()
        .with::<v1::Api>()
        .with::<v1::HealthApi>()
        .with::<compat::TasksApi>();
    let methods = Arc::new(methods);
    let guard = Guard::new(parts.token.as_ref());
    let guarded = |inner, surface| Shell {
        inner,
        surface,
        guard: guard.clone(),
        max_body_bytes: Some(parts.max_body_bytes),
        methods: Arc::clone(&methods),
    };
    let v1 = operations(v1::api(&services));
    let compat = operations(compat::TasksApi(services.clone()));
    let compat = compat.before(without_slash).map_to_response().boxed();
    let health = Arc::new(operations(v1::HealthApi(services)));
    let routes = Route::new()
        .at("/", get(make_sync(|_| Redirect::temporary("/docs"))))
        .at("/docs", page(docs::page()))
        .at("/openapi.json", json(openapi_document(false)))
        .at("/openapi-compat.json", json(openapi_document(true)))
        .at("/livez", Arc::clone(&health))
        .at("/readyz", health)
        .nest_no_strip("/v1", guarded(v1, Surface::Problems))
        .nest_no_strip("/api", guarded(compat, Surface::Codes));
    let all = Shell {
        inner: routes,
        surface: Surface::Problems,
        guard: Guard::open(),
        max_body_bytes: None,
        methods,
    };
    all.boxed()
}

/// The OpenAPI document of `/v1`, or of the API that callers knew before.
pub fn openapi_document(compat: bool) -> String {
    if compat {
        document::render::<compat::TasksApi>(&compat::about())
    } else {
        document::render::<(v1::Api, v1::HealthApi)>(&v1::about())
    }
}

fn operations<T: OpenApi + 'static>(api: T) -> BoxEndpoint<'static> {
    OpenApiService::new(api, "", "").into_endpoint().boxed()
}

async fn without_slash(mut request: Request) -> poem::Result<Request> {
    compat::without_slash(&mut request);
    Ok(request)
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
