//! Sends JSON to a server.

use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use reqwest::redirect::Policy;
use reqwest::{Client, ClientBuilder, RequestBuilder, Url};
use serde_json::Value;
use tokio::time::timeout;

use crate::tls::use_ring;

/// What servers are told that we are; some answer nobody else.
const AGENT: &str = concat!("audience/", env!("CARGO_PKG_VERSION"));

/// What is sent, and to whom. Headers may hold secrets.
pub struct Posted {
    pub url: String,
    pub headers: Vec<(&'static str, String)>,
    pub body: Value,
}

/// Clones share connections. No settings of the environment count, such as proxies.
#[derive(Clone, Debug)]
pub struct Post(Client);

/// Why nothing was answered. Messages hold no secrets.
#[derive(Debug, thiserror::Error)]
pub enum PostError {
    #[error(
        "expected a URL such as https://host/path, without a user, and headers of printable characters"
    )]
    NotAUrl,
    #[error("the client for HTTP cannot be made")]
    Client(#[source] reqwest::Error),
    #[error("the server cannot be reached")]
    Unreachable(#[source] reqwest::Error),
    #[error("the server does not answer within {} s", .0.as_secs())]
    TooSlow(Duration),
}

impl Post {
    pub fn new() -> Result<Self, PostError> {
        client().build().map(Self).map_err(PostError::Client)
    }

    /// The status of the answer; its body is not read.
    pub async fn send(&self, posted: &Posted, within: Duration) -> Result<u16, PostError> {
        let url = parsed(&posted.url)?;
        let request = request(&self.0, url, &posted.headers, posted.body.to_string())?;
        match timeout(within, request.send()).await {
            Ok(Ok(response)) => Ok(response.status().as_u16()),
            Ok(Err(error)) => Err(PostError::unreachable(error)),
            Err(_) => Err(PostError::TooSlow(within)),
        }
    }
}

impl PostError {
    /// Without the URL, in which somebody may have put a token.
    pub(super) fn unreachable(error: reqwest::Error) -> Self {
        Self::Unreachable(error.without_url())
    }
}

/// No answer leads on to elsewhere.
pub(super) fn client() -> ClientBuilder {
    // The client takes the provider of the process.
    use_ring();
    Client::builder()
        .redirect(Policy::none())
        .no_proxy()
        .user_agent(AGENT)
}

pub(super) fn parsed(url: &str) -> Result<Url, PostError> {
    let url = Url::parse(url).map_err(|_| PostError::NotAUrl)?;
    let is_http = ["http", "https"].contains(&url.scheme());
    let has_user = !url.username().is_empty() || url.password().is_some();
    match is_http && !has_user {
        true => Ok(url),
        false => Err(PostError::NotAUrl),
    }
}

pub(super) fn request(
    client: &Client,
    url: Url,
    with: &[(&'static str, String)],
    body: String,
) -> Result<RequestBuilder, PostError> {
    let mut headers = HeaderMap::new();
    for (name, value) in with {
        let mut value = HeaderValue::from_str(value).map_err(|_| PostError::NotAUrl)?;
        value.set_sensitive(true);
        headers.insert(HeaderName::from_static(name), value);
    }
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    Ok(client.post(url).headers(headers).body(body))
}
