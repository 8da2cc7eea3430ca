//! Calls to the API from within the program, as if they came over HTTP from its own machine.

use std::io;

use futures_util::stream::BoxStream;
use futures_util::{StreamExt, TryStreamExt};
use poem::endpoint::BoxEndpoint;
use poem::http::{Method, Uri, header};
use poem::{Body, Endpoint, Request};
use serde_json::Value;

use super::{ApiParts, endpoint};

/// The API, without a server.
pub struct Inside(BoxEndpoint<'static>);

/// What it answers.
pub struct InsideAnswer {
    pub status: u16,
    pub body: BoxStream<'static, io::Result<Vec<u8>>>,
}

impl Inside {
    pub fn new(parts: ApiParts) -> Self {
        Self(endpoint(parts))
    }

    /// Calls it, with a body of JSON or without one.
    pub async fn call(&self, method: Method, uri: Uri, body: Option<&Value>) -> InsideAnswer {
        let request = Request::builder().method(method).uri(uri);
        let request = request.header(header::HOST, "localhost");
        let request = match body {
            Some(body) => request
                .header(header::CONTENT_TYPE, "application/json")
                .body(body.to_string()),
            None => request.finish(),
        };
        let mut answer = self.0.get_response(request).await;
        let body: Body = answer.take_body();
        let bytes = body.into_bytes_stream().map_ok(|bytes| bytes.to_vec());
        InsideAnswer {
            status: answer.status().as_u16(),
            body: bytes.boxed(),
        }
    }
}
