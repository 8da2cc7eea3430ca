//! Observes every request: its span, how many are in flight, how long they take.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use poem::http::{HeaderMap, HeaderName, HeaderValue, Method};
use poem::{Endpoint, IntoResponse, Request, Response};
use tracing::Instrument;

use super::surface::Methods;
use crate::telemetry::metrics::{HTTP_IN_FLIGHT, metrics};
use crate::telemetry::trace::{self, Kind, Span, TraceContext};

const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

/// Called all day by machines: their spans would hide the others.
const WITHOUT_SPAN: [&str; 5] = [
    "/livez",
    "/readyz",
    "/metrics",
    "/v2/health/live",
    "/v2/health/ready",
];

/// All that is served, with a span, a count and a duration per request.
pub(super) struct Observed<E> {
    pub inner: E,
    pub methods: Arc<Methods>,
}

/// Counts a request until it is answered or its caller has disconnected.
struct InFlight;

impl InFlight {
    fn begin() -> Self {
        HTTP_IN_FLIGHT.fetch_add(1, Ordering::Relaxed);
        Self
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        HTTP_IN_FLIGHT.fetch_sub(1, Ordering::Relaxed);
    }
}

impl<E: Endpoint> Endpoint for Observed<E> {
    type Output = Response;

    async fn call(&self, request: Request) -> poem::Result<Response> {
        let (began, _in_flight) = (Instant::now(), InFlight::begin());
        let path = request.uri().path();
        let operation = self.methods.operation(request.method(), path);
        let (operation, route) = match operation {
            Some(operation) => (operation.id.clone(), operation.pattern.clone()),
            None => ("none".to_owned(), "/*".to_owned()),
        };
        let method = spelled(request.method());
        let parent = parent(request.headers());
        let below = |caller: TraceContext| TraceContext::below_caller(&caller);
        let context = parent.map_or_else(TraceContext::root, below);
        let has_span = !WITHOUT_SPAN.contains(&path);
        let span = match has_span {
            false => Span::default(),
            true => Span::new(format!("{method} {route}"), context, parent)
                .kind(Kind::Server)
                .with("http.request.method", method)
                .with("http.route", route)
                .with("operation", operation.clone()),
        };
        let log = tracing::error_span!(
            "request",
            trace_id = %context.trace_id(),
            span_id = %context.span_id(),
        );
        let answered = trace::within(context, self.inner.call(request)).instrument(log);
        let mut response = match answered.await {
            Ok(response) => response.into_response(),
            Err(error) => error.into_response(),
        };
        let status = response.status();
        let error = status.is_server_error().then(|| status.to_string());
        span.with("http.response.status_code", i64::from(status.as_u16()))
            .end(error.as_deref());
        let labels = [
            ("operation", operation.as_str()),
            ("method", method),
            ("status", status.as_str()),
        ];
        let took = began.elapsed().as_secs_f64();
        metrics()
            .http_duration
            .record(took, &labels, has_span.then_some(context));
        if let Ok(shown) = HeaderValue::from_str(&context.to_string()) {
            response.headers_mut().insert(TRACEPARENT, shown);
        }
        Ok(response)
    }
}

/// Callers can invent methods, and each would be a series of its own.
fn spelled(method: &Method) -> &'static str {
    const KNOWN: [&str; 9] = [
        "GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH", "TRACE", "CONNECT",
    ];
    let known = KNOWN.into_iter().find(|known| *known == method.as_str());
    known.unwrap_or("_OTHER")
}

/// The caller's own span; an invalid `traceparent` is ignored.
fn parent(headers: &HeaderMap) -> Option<TraceContext> {
    headers.get(TRACEPARENT)?.to_str().ok()?.parse().ok()
}
