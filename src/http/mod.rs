//! HTTP in, HTTP out: the shell around the operations of the engine and of all systems.
//!
//! ```text
//!                    each request passes the entrance: its host, the page that it comes from
//!          ... once the path is off below which a proxy has found the server
//! / /jobs …          pages: site       /livez /readyz       open to everybody
//! /docs              all documents     /v1/…       ─ v1      ─┐ token, size of bodies,
//! /openapi*.json     one document      /api/…      ─ compat  ─┤ errors: surface
//!                                      /v2/…       ─ compat  ─┘ (Open Inference Protocol)
//! /metrics           for Prometheus, open to everybody      other roots of systems: as /api, each with
//!                                                          the form of errors that its callers know
//! ```
//!
//! The shell knows no system: it is handed their operations, documents and flows. It maps requests
//! to flows and the engine, and answers back; it decides nothing.

mod audited;
mod auth;
pub(crate) mod body;
mod compat;
mod docs;
pub(crate) mod document;
mod entrance;
pub(crate) mod error;
mod gate;
pub(crate) mod hook;
mod inside;
mod intake;
mod interface;
mod observed;
mod operations;
mod parameters;
pub(crate) mod ranged;
mod revoked;
mod server;
mod sessions;
pub(crate) mod shown;
mod sign_ins;
mod site;
pub(crate) mod submit;
mod surface;
pub(crate) mod tagged;
pub(crate) mod v1;

use std::collections::HashMap;
use std::sync::Arc;

use poem::endpoint::{BoxEndpoint, make_sync};
use poem::web::Redirect;
use poem::{Endpoint, EndpointExt, Request, Response, Route, get};

use crate::access::{Changeable, Keys, OpenPath};
use crate::engine::Flows;
use crate::engine::artifacts::AllArtifacts;
use crate::engine::audit::AuditLog;
use crate::engine::runtime::Runtime;
use crate::engine::seam::Part;
use crate::engine::store::Store;
use crate::telemetry::exposition::Exposition;
use auth::Guard;
use entrance::{Below, Entrance};
use intake::Intake;
use observed::Observed;
use server::{Downloads, Link, Places};
use sessions::Sessions;
use site::SiteEndpoint;
use surface::{Forms, Methods, Shell};

pub(crate) use auth::Who;
pub use document::About;
pub use entrance::Callers;
pub(crate) use error::NOTHING_HERE;
pub use error::Surface;
pub use inside::{Inside, InsideAnswer};
pub use interface::{Interface, V1};
pub use operations::{Api, Detour, Routes};
pub(crate) use server::{Caller, DownloadPlace};
pub use server::{Limits, bind, listen, serve};
pub(crate) use sessions::end_sessions;
pub use site::{Site, V1Answer, V1Call, Visit, Visitor};
pub use v1::{ShownSetting, acts_on_jobs};

const DOCS: &str = "/docs";
const METRICS: &str = "/metrics";
const COMPAT: &str = "/api";
/// The Open Inference Protocol, version 2.
const INFERENCE: &str = "/v2";

/// What the API is made of.
pub struct ApiParts {
    pub runtime: Runtime,
    pub store: Store,
    pub artifacts: AllArtifacts,
    pub flows: Flows,
    /// What is documented.
    pub interface: Interface,
    /// The operations of all systems.
    pub routes: Routes,
    pub detours: Vec<Detour>,
    /// What has to be reachable besides the engine's database.
    pub parts: Vec<Arc<dyn Part>>,
    /// From where the program may be called.
    pub callers: Callers,
    /// The tokens of callers.
    pub keys: Arc<Keys>,
    /// Where calls are recorded.
    pub audit: AuditLog,
    /// What needs no token.
    pub open: Changeable<Vec<OpenPath>>,
    /// Longest body of a request.
    pub max_body_bytes: usize,
    /// Of operations whose bodies may be longer, by their ids.
    pub longer_bodies: HashMap<&'static str, usize>,
    pub limits: Limits,
    /// What is set, as admins are shown it.
    pub settings: Arc<Vec<ShownSetting>>,
    /// The pages for browsers; `None`: there are none.
    pub site: Option<Arc<dyn Site>>,
}

/// What the shell's own operations work with; clones share it.
#[derive(Clone)]
pub(crate) struct Services {
    pub(crate) runtime: Runtime,
    pub(crate) store: Store,
    pub(crate) artifacts: AllArtifacts,
    pub(crate) flows: Flows,
    pub(crate) audit: AuditLog,
    parts: Arc<Vec<Arc<dyn Part>>>,
    settings: Arc<Vec<ShownSetting>>,
}

/// Everything that the program serves.
pub fn endpoint(parts: ApiParts) -> BoxEndpoint<'static> {
    let durable = parts.store.durable().clone();
    let services = Services {
        runtime: parts.runtime,
        store: parts.store,
        artifacts: parts.artifacts,
        flows: parts.flows,
        audit: parts.audit.clone(),
        parts: Arc::new(parts.parts),
        settings: parts.settings,
    };
    let interface = Arc::new(parts.interface);
    let methods: Methods = interface.operations().collect();
    let methods = Arc::new(methods);
    let sessions = Sessions::new(services.store.clone());
    let session = v1::SessionApi {
        keys: Arc::clone(&parts.keys),
        sessions: sessions.clone(),
        sign_ins: Arc::default(),
    };
    let guard = Guard {
        keys: parts.keys,
        sessions: Some(sessions),
    };
    let problems = Arc::new(Forms::only(Surface::Problems));
    let intake = Intake::new(parts.max_body_bytes, &parts.limits);
    let intake = Arc::new(intake.with_longer(parts.longer_bodies));
    let guarded = |inner: BoxEndpoint<'static>, forms| Shell {
        inner,
        forms,
        guard: guard.clone(),
        audit: Some(parts.audit.clone()),
        only_known_queries: false,
        intake: Some(Arc::clone(&intake)),
        methods: Arc::clone(&methods),
    };
    let routes = parts.routes.and(Routes::of(v1::api(&services, session)));
    let mut routes = routes.gated(methods.all(), &services.store, &parts.audit);
    let v1 = routes.below("/v1/").into_endpoint();
    let compat = routes.below("/api/").into_endpoint();
    let inference = routes.below(INFERENCE).into_endpoint();
    let roots_of_systems = interface.other_roots(&[COMPAT, INFERENCE]);
    let others: Vec<_> = roots_of_systems
        .iter()
        .map(|(root, surface)| {
            let inner = routes.below(&format!("{root}/")).into_endpoint();
            let inner = inner.before(compat::tidy).map_to_response().boxed();
            (*root, inner, Arc::new(Forms::only(*surface)))
        })
        .collect();
    if let Some(path) = routes.any_path() {
        panic!("{path} is neither below /v1 nor below the root of another document");
    }
    let inference = inference.before(compat::tidy).map_to_response().boxed();
    let inference_forms = Arc::new(Forms::only(Surface::Errors));
    let forms = Arc::new(compat::forms(interface.compat_forms(), &parts.detours));
    let detours = Arc::new(parts.detours);
    let compat = compat.before(move |request| compat::lead(request, Arc::clone(&detours)));
    let compat = compat.map_to_response().boxed();
    let metrics = exposition(services.runtime.clone());
    let metrics = metrics.before(gate::about_everything).boxed();
    let health = Arc::new(Routes::of(v1::HealthApi(services)).into_endpoint());
    let documents = interface.documents();
    let choices: Vec<docs::Choice> = documents
        .iter()
        .map(|about| docs::Choice {
            name: about.name,
            label: about.label,
            path: interface::path(about.name),
        })
        .collect();
    let opened = |path: OpenPath, inner: BoxEndpoint<'static>| {
        let inner = Arc::new(inner);
        let opened = Opened {
            path,
            open: parts.open.clone(),
            guarded: guarded(Arc::clone(&inner).boxed(), Arc::clone(&problems)),
            inner,
        };
        opened.boxed()
    };
    let page = || docs::endpoint(docs::page(&choices));
    let health = || Arc::clone(&health).map_to_response().boxed();
    let v1 = Shell {
        only_known_queries: true,
        ..guarded(v1, Arc::clone(&problems))
    };
    let v1 = Arc::new(v1.boxed());
    let site = parts.site.map(|site| SiteEndpoint {
        site,
        guard: guard.clone(),
        intake: Arc::clone(&intake),
        v1: Arc::clone(&v1),
        callers: parts.callers.clone(),
    });
    let roots = site.as_ref().map(|site| site.site.roots().to_vec());
    let roots = roots.unwrap_or_default();
    let callers = &parts.callers;
    let routes = match site {
        Some(site) => with_site(site),
        None => Route::new().at("/", get(make_sync(|_| Redirect::temporary(DOCS)))),
    };
    let routes = routes
        .at(DOCS, opened(OpenPath::Docs, page()))
        .at(format!("{DOCS}/"), opened(OpenPath::Docs, page()))
        .at(METRICS, opened(OpenPath::Metrics, metrics))
        .at("/livez", opened(OpenPath::Livez, health()))
        .at("/readyz", opened(OpenPath::Readyz, health()))
        .nest_no_strip("/v1", v1)
        .nest_no_strip(COMPAT, guarded(compat, Arc::clone(&forms)))
        .nest_no_strip(INFERENCE, guarded(inference, inference_forms));
    let routes = others.into_iter().fold(routes, |routes, other| {
        let (root, inner, forms) = other;
        routes.nest_no_strip(root, guarded(inner, forms))
    });
    let routes = documents.iter().fold(routes, |routes, about| {
        let (interface, name) = (Arc::clone(&interface), about.name);
        let make = move || {
            let document = interface.document(name);
            document.expect("it is one of the documents")
        };
        let document = docs::document(make, callers.public_url.clone());
        let document = opened(OpenPath::Documents, document);
        routes.at(interface::path(about.name), document)
    });
    let all = Shell {
        inner: routes,
        forms: problems,
        guard: Guard {
            keys: Arc::new(Keys::new(Vec::new())),
            sessions: None,
        },
        intake: None,
        methods,
        audit: None,
        only_known_queries: false,
    };
    let callers = parts.callers.clone();
    let methods = Arc::clone(&all.methods);
    let entrance = Entrance {
        inner: all,
        callers: parts.callers,
        guard,
        compat: forms,
        other_roots: roots_of_systems,
        streams: Places::new(
            parts.limits.streams_max,
            Some("server.streams_max"),
            "there are as many streams of events as there may be",
        ),
        downloads: Downloads(Places::new(
            parts.limits.downloads_max,
            Some("server.downloads_max"),
            "there are as many downloads as there may be",
        )),
        methods: Arc::clone(&methods),
        audit: parts.audit,
        durable,
    };
    let observed = Observed {
        inner: entrance,
        methods: Arc::clone(&methods),
    };
    let pages = documents.iter().map(|about| interface::path(about.name));
    let pages: Vec<String> = pages.chain([DOCS.to_owned(), METRICS.to_owned()]).collect();
    let is_inside = move |path: &str| {
        let is_below = |root: &&str| {
            let rest = path.strip_prefix(*root);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let path = path.trim_end_matches('/');
        let mut pages = pages.iter();
        pages.any(|page| page == path) || roots.iter().any(is_below) || methods.has_path(path)
    };
    Below {
        inner: observed,
        callers,
        is_inside: Box::new(is_inside),
    }
    .boxed()
}

/// The paths of the pages. They are no nests: those note in a request how long their path is, which
/// the calls of a page would take for theirs.
fn with_site(site: SiteEndpoint) -> Route {
    let roots = site.site.roots().to_vec();
    let site = Arc::new(site);
    let routes = Route::new().at("/", Arc::clone(&site));
    roots.iter().fold(routes, |routes, root| {
        routes
            .at(*root, Arc::clone(&site))
            .at(format!("{root}/*rest"), Arc::clone(&site))
    })
}

/// What needs no token as long as its path is open.
struct Opened {
    path: OpenPath,
    open: Changeable<Vec<OpenPath>>,
    inner: Arc<BoxEndpoint<'static>>,
    guarded: Shell<BoxEndpoint<'static>>,
}

impl Endpoint for Opened {
    type Output = Response;

    async fn call(&self, request: Request) -> poem::Result<Response> {
        match self.open.get().contains(&self.path) {
            true => self.inner.call(request).await,
            false => self.guarded.call(request).await,
        }
    }
}

/// The metrics. While the store cannot be read, its last values are shown.
fn exposition(runtime: Runtime) -> BoxEndpoint<'static> {
    /// Answers that callers have not taken yet: each is made anew.
    const UNTAKEN: usize = 64;
    let detail = "as many callers as may are reading the metrics";
    let places = Places::new(UNTAKEN, None, detail);
    get(poem::endpoint::make(move |request: Request| {
        let (runtime, places) = (runtime.clone(), Arc::clone(&places));
        async move {
            let place = places.take(Link::of(&request)).await?;
            runtime.observe().await;
            let accept = request.header("accept");
            let form = Exposition::for_accept(accept);
            let response = Response::builder().content_type(form.content_type());
            let mut response = response.body(form.render());
            place.hold(&mut response);
            Ok::<_, poem::Error>(response)
        }
    }))
    .map_to_response()
    .boxed()
}
