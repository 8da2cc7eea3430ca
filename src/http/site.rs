//! The pages that browsers are shown, as the shell serves them.
//!
//! A page is made of what `/v1` answers: a [`Visit`] calls it as its visitor would, through the same
//! checks and into the same audit. So a page shows and does nothing that a caller cannot.

use std::sync::Arc;

use async_trait::async_trait;
use hyper::body::Bytes;
use poem::endpoint::BoxEndpoint;
use poem::http::{Extensions, HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use poem::{Endpoint, Request, Response};
use serde_json::Value;

use super::auth::{Guard, Who};
use super::entrance::{Callers, called_at, prefix_of};
use super::error::Failure;
use super::intake::{FILE_BYTES_MAX, Intake, TakenMemory};
use crate::access::{Origin, Prefix, Role};

/// The longest form that a page sends, unless it may have a file in it.
const FORM_BYTES_MAX: usize = 64 << 10;

/// The pages; `ui` makes them.
#[async_trait]
pub trait Site: Send + Sync {
    /// The first part of each of its paths, such as `/jobs`.
    fn roots(&self) -> &[&'static str];

    /// Whether forms at a path may have a file in them.
    fn takes_files(&self, path: &str) -> bool;

    async fn visit(&self, visit: Visit) -> Response;
}

/// A request for a page.
pub struct Visit {
    pub method: Method,
    /// Without the prefix of a proxy.
    pub path: String,
    pub query: String,
    pub headers: HeaderMap,
    /// The body of a form.
    pub form: Bytes,
    /// `None`: whoever it is has to sign in.
    pub visitor: Option<Visitor>,
    /// Below which path the visitor has found the server.
    pub prefix: Prefix,
    /// Where callers find the server, e.g. `http://localhost:8080`.
    pub address: String,
    extensions: Extensions,
    v1: Arc<BoxEndpoint<'static>>,
}

/// Who visits.
#[derive(Clone, Debug)]
pub struct Visitor {
    /// Of the token; `local` on a server without tokens.
    pub name: String,
    pub role: Role,
    /// To what the token is limited.
    pub limits: Vec<String>,
    /// Whether there is a session that can be ended.
    pub is_signed_in: bool,
}

/// A call of `/v1` with more in it than JSON.
pub struct V1Call<'c> {
    pub method: Method,
    pub uri: &'c str,
    /// Besides those that say who calls.
    pub headers: Vec<(HeaderName, String)>,
    pub body: Vec<u8>,
}

/// What `/v1` has answered.
pub struct V1Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    /// Null if it is no JSON.
    pub body: Value,
    /// As it was sent.
    pub bytes: Bytes,
}

impl V1Answer {
    /// Why it was refused, in the words of the API.
    pub fn detail(&self) -> &str {
        self.body["detail"].as_str().unwrap_or_default()
    }
}

impl Visit {
    /// Calls `/v1` as the visitor.
    pub async fn call(&self, method: Method, uri: &str, body: Option<&Value>) -> V1Answer {
        let is_json = body.map(|_| (header::CONTENT_TYPE, "application/json".to_owned()));
        self.send(V1Call {
            method,
            uri,
            headers: is_json.into_iter().collect(),
            body: body.map(|body| body.to_string().into()).unwrap_or_default(),
        })
        .await
    }

    /// The same with headers and any body.
    pub async fn send(&self, call: V1Call<'_>) -> V1Answer {
        let Ok(uri) = call.uri.parse::<Uri>() else {
            return V1Answer::failed(StatusCode::BAD_REQUEST);
        };
        let mut request = Request::builder().method(call.method).uri(uri);
        for name in [header::AUTHORIZATION, header::COOKIE] {
            for value in self.headers.get_all(&name) {
                request = request.header(name.clone(), value.clone());
            }
        }
        for (name, value) in &call.headers {
            let Ok(value) = HeaderValue::from_str(value) else {
                return V1Answer::failed(StatusCode::BAD_REQUEST);
            };
            request = request.header(name.clone(), value);
        }
        let mut request = request.body(call.body);
        *request.extensions_mut() = self.extensions.clone();
        let mut answer = self.v1.get_response(request).await;
        let Ok(bytes) = answer.take_body().into_bytes().await else {
            return V1Answer::failed(StatusCode::INTERNAL_SERVER_ERROR);
        };
        V1Answer {
            status: answer.status(),
            headers: answer.headers().clone(),
            body: serde_json::from_slice(&bytes).unwrap_or_default(),
            bytes,
        }
    }
}

impl V1Answer {
    fn failed(status: StatusCode) -> Self {
        Self {
            status,
            headers: HeaderMap::new(),
            body: Value::Null,
            bytes: Bytes::new(),
        }
    }
}

/// The endpoint of the pages.
pub(super) struct SiteEndpoint {
    pub site: Arc<dyn Site>,
    pub guard: Guard,
    pub intake: Arc<Intake>,
    pub v1: Arc<BoxEndpoint<'static>>,
    pub callers: Callers,
}

impl Endpoint for SiteEndpoint {
    type Output = Response;

    async fn call(&self, mut request: Request) -> poem::Result<Response> {
        let prefix = prefix_of(&request);
        let (form, _memory) = self.form(&mut request).await?;
        let who = match self.guard.admit(&request).await {
            Ok(who) => Some(who),
            Err(failure) if failure.status == StatusCode::UNAUTHORIZED => None,
            Err(failure) => return Err(failure.into()),
        };
        let visit = Visit {
            method: request.method().clone(),
            path: request.uri().path().to_owned(),
            query: request.uri().query().unwrap_or_default().to_owned(),
            headers: request.headers().clone(),
            form,
            visitor: who.as_ref().map(visitor),
            address: self.address(&request, &prefix),
            prefix,
            extensions: request.extensions().clone(),
            v1: Arc::clone(&self.v1),
        };
        Ok(self.site.visit(visit).await)
    }
}

impl SiteEndpoint {
    /// The form, and what it takes of the memory for bodies. The place among the requests that are worked
    /// on is given up again: the calls of the page take one each.
    async fn form(&self, request: &mut Request) -> Result<(Bytes, Option<TakenMemory>), Failure> {
        if request.method() != Method::POST {
            return Ok((Bytes::new(), None));
        }
        let takes_file = self.site.takes_files(request.uri().path());
        let most = self.intake.longest(takes_file, None);
        let taken = self.intake.take(request, most).await?;
        let most = match takes_file {
            true => FILE_BYTES_MAX,
            false => FORM_BYTES_MAX,
        };
        let body = request.take_body().into_bytes_limit(most).await;
        let too_long = |_| {
            let detail = format!("the form is longer than {most} bytes");
            Failure::new(StatusCode::PAYLOAD_TOO_LARGE, detail)
        };
        Ok((body.map_err(too_long)?, taken.memory))
    }

    /// As the visitor calls the server, so that a line that is copied works where it is read.
    fn address(&self, request: &Request, prefix: &Prefix) -> String {
        let public = self.callers.public_url.as_ref();
        let public = public.map(|public| public.origin.clone());
        let origin = public.or_else(|| called_at(request, &self.callers));
        let origin = origin.as_ref().map_or("http://localhost", Origin::as_str);
        format!("{origin}{prefix}")
    }
}

fn visitor(who: &Who) -> Visitor {
    Visitor {
        name: who.name().to_owned(),
        role: who.identity.role,
        limits: who.scope().limits().concat(),
        is_signed_in: who.session.is_some(),
    }
}
