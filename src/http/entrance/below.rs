//! The endpoint that is found below a path, behind a proxy.
//!
//! A proxy may strip the path from what it passes on, or not; inside, no path has it.

use poem::http::uri::PathAndQuery;
use poem::http::{HeaderValue, Uri, header};
use poem::{Endpoint, IntoResponse, Request, Response};

use super::Callers;
use super::called::{is_by_proxy, last};
use crate::access::Prefix;

/// Takes the prefix off requests, and puts it in front of where answers lead.
pub(in crate::http) struct Below<E> {
    pub inner: E,
    pub callers: Callers,
    /// Whether a path is one of those inside: it is never taken for the prefix.
    pub is_inside: Box<dyn Fn(&str) -> bool + Send + Sync>,
}

impl<E: Endpoint> Endpoint for Below<E> {
    type Output = Response;

    async fn call(&self, mut request: Request) -> poem::Result<Response> {
        let prefix = prefix(&request, &self.callers);
        if !prefix.is_empty()
            && !(self.is_inside)(request.uri().path())
            && let Some(inside) = stripped(request.uri(), &prefix)
        {
            *request.uri_mut() = inside;
        }
        request.extensions_mut().insert(prefix.clone());
        let mut response = self.inner.call(request).await?.into_response();
        if !prefix.is_empty()
            && let Some(location) = response.header(header::LOCATION)
            && location.starts_with('/')
            && let Ok(location) = HeaderValue::from_str(&prefix.join(location))
        {
            response.headers_mut().insert(header::LOCATION, location);
        }
        Ok(response)
    }
}

/// Below which path the caller of a request has found the server.
pub(in crate::http) fn prefix_of(request: &Request) -> Prefix {
    let prefix = request.extensions().get::<Prefix>();
    prefix.cloned().unwrap_or_default()
}

/// The setting takes precedence over what a proxy says.
fn prefix(request: &Request, callers: &Callers) -> Prefix {
    if let Some(public) = &callers.public_url {
        return public.prefix.clone();
    }
    if !is_by_proxy(request, callers) {
        return Prefix::default();
    }
    let forwarded = last(request.headers(), "x-forwarded-prefix");
    forwarded.and_then(Prefix::parse).unwrap_or_default()
}

/// The address without the prefix, if it has it.
fn stripped(uri: &Uri, prefix: &Prefix) -> Option<Uri> {
    let path = prefix.strip(uri.path())?;
    let path_and_query = match uri.query() {
        Some(query) => format!("{path}?{query}"),
        None => path.to_owned(),
    };
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(path_and_query.parse::<PathAndQuery>().ok()?);
    Uri::from_parts(parts).ok()
}
