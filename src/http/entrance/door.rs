//! The endpoint around everything that is served.

use std::sync::Arc;

use futures_util::StreamExt;
use poem::http::{HeaderValue, StatusCode, header};
use poem::{Body, Endpoint, IntoResponse, Request, Response};

use super::below::prefix_of;
use super::called::Called;
use super::{Callers, Client, headers, pages, utf8};
use crate::access::HostName;
use crate::engine::audit::AuditLog;
use crate::engine::store::Durable;
use crate::http::audited::Audited;
use crate::http::auth::Guard;
use crate::http::error::{Failure, Surface};
use crate::http::server::{Downloads, Link, Places, is_always_served, is_event_stream};
use crate::http::surface::{Forms, Methods};

/// Lets in what comes from where it may come from.
pub(in crate::http) struct Entrance<E> {
    pub inner: E,
    pub callers: Callers,
    pub guard: Guard,
    /// The forms of errors below `/api`.
    pub compat: Arc<Forms>,
    /// The forms of errors below other roots.
    pub other_roots: Vec<(&'static str, Surface)>,
    /// One for each stream of events that may be open at the same time.
    pub streams: Arc<Places>,
    pub downloads: Downloads,
    pub methods: Arc<Methods>,
    pub audit: AuditLog,
    /// Of what answers tell, which callers act upon.
    pub durable: Durable,
}

impl<E: Endpoint> Endpoint for Entrance<E> {
    type Output = Response;

    async fn call(&self, mut request: Request) -> poem::Result<Response> {
        let client = Client::of(&request, &self.callers);
        request.extensions_mut().insert(client);
        if let Some(decodable) = utf8::decodable(request.uri()) {
            *request.uri_mut() = decodable;
        }
        let origin = self.callers.other_origin(request.headers());
        let mut response = match self.refusal(&request) {
            Some(failure) => {
                self.record(&request, &failure);
                self.refused(&request, &failure)
            }
            None if pages::is_preflight(request.method(), request.headers()) => {
                preflight(origin.is_some())
            }
            None => self.served(request).await,
        };
        let headers = response.headers_mut();
        headers::add(headers);
        if !self.callers.origins.get().is_empty() {
            headers.append(header::VARY, HeaderValue::from_static("Origin"));
        }
        if let Some(origin) = origin {
            pages::allow(headers, origin);
        }
        Ok(response)
    }
}

impl<E: Endpoint> Entrance<E> {
    async fn served(&self, mut request: Request) -> Response {
        request.extensions_mut().insert(self.downloads.clone());
        let link = Link::of(&request).cloned();
        let called = prefix_of(&request).join(request.uri().path());
        let tells_how_it_works = is_always_served(request.uri().path());
        let mut response = match self.inner.call(request).await {
            Ok(response) => response.into_response(),
            Err(error) => error.into_response(),
        };
        if !tells_how_it_works {
            self.durable.so_far().await;
        }
        if is_event_stream(response.headers()) {
            // It lasts: from here on it has a place among its like.
            match self.streams.take(link.as_ref()).await {
                Ok(place) => place.hold_alone(&mut response),
                Err(failure) => return Surface::Problems.answer(&failure, &called, &[]),
            }
            let events = response.take_body().into_bytes_stream();
            let durable = self.durable.clone();
            response.set_body(Body::from_bytes_stream(events.then(move |event| {
                let durable = durable.clone();
                async move {
                    durable.so_far().await;
                    event
                }
            })));
        }
        response
    }

    fn refusal(&self, request: &Request) -> Option<Failure> {
        let changes = pages::changes(request.method());
        let from_page = changes && pages::is_from_page(request.headers());
        let checks_host = !self.guard.needs_token();
        if !from_page && !checks_host {
            return None;
        }
        let called = Called::of(request, &self.callers);
        if checks_host && !self.is_ours(&called) {
            let detail = "without a token this server answers only calls to localhost, 127.0.0.1, \
                          [::1] and the names in the setting `server.hosts`";
            return Some(Failure::new(StatusCode::MISDIRECTED_REQUEST, detail));
        }
        if !from_page {
            return None;
        }
        let refusal = pages::refusal(request.headers(), called.origin.as_ref(), &self.callers);
        refusal.map(|detail| Failure::new(StatusCode::FORBIDDEN, detail))
    }

    /// Whether each name by which the server was called is one of its own: any other may be that of a
    /// page whose name server says that it is here.
    fn is_ours(&self, called: &Called) -> bool {
        let is_own = |host: &Option<HostName>| {
            host.as_ref().is_some_and(|host| {
                let mut own = self.callers.hosts.iter();
                host.is_loopback() || own.any(|own| own.includes(host))
            })
        };
        !called.hosts.is_empty() && called.hosts.iter().all(is_own)
    }

    /// Records what would have changed something, and has not been let in.
    fn record(&self, request: &Request, failure: &Failure) {
        let path = request.uri().path();
        let operation = self.methods.operation(request.method(), path);
        let audited = operation.and_then(|operation| Audited::of(operation, &self.audit));
        let request = audited.map(|audited| audited.request(request));
        Audited::refused(request.as_ref(), None, failure);
    }

    fn refused(&self, request: &Request, failure: &Failure) -> Response {
        let path = request.uri().path();
        let surface = match path.split('/').nth(1) {
            Some("api") => self.compat.of(request.method(), path),
            Some("v2") => Surface::Errors,
            _ => {
                let is_below = |root: &str| {
                    let rest = path.strip_prefix(root);
                    rest.is_some_and(|rest| rest.starts_with('/'))
                };
                let mut others = self.other_roots.iter();
                let other = others.find(|(root, _)| is_below(root));
                other.map_or(Surface::Problems, |(_, surface)| *surface)
            }
        };
        surface.answer(failure, &prefix_of(request).join(path), &[])
    }
}

fn preflight(is_allowed: bool) -> Response {
    let mut response = Response::default();
    response.set_status(match is_allowed {
        true => StatusCode::NO_CONTENT,
        false => StatusCode::FORBIDDEN,
    });
    if is_allowed {
        pages::allow_sending(response.headers_mut());
    }
    response
}
