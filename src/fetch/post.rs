//! Sends JSON to a server.

use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use reqwest::redirect::Policy;
use reqwest::{Client, Url};
use serde_json::Value;
use tokio::time::timeout;

use crate::tls::use_ring;

/// What servers are told that we are; some answer nobody else.
pub(super) const AGENT: &str = concat!("audience/", env!("CARGO_PKG_VERSION"));

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
    #[error("expected a URL such as https://host/path, and headers of printable characters")]
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
        // The client takes the provider of the process.
        use_ring();
        let builder = Client::builder()
            .redirect(Policy::none())
            .no_proxy()
            .user_agent(AGENT);
        builder.build().map(Self).map_err(PostError::Client)
    }

    /// The status of the answer; its body is not read.
    pub async fn send(&self, posted: &Posted, within: Duration) -> Result<u16, PostError> {
        let url = Url::parse(&posted.url).map_err(|_| PostError::NotAUrl)?;
        let mut headers = HeaderMap::new();
        for (name, value) in &posted.headers {
            let mut value = HeaderValue::from_str(value).map_err(|_| PostError::NotAUrl)?;
            value.set_sensitive(true);
            headers.insert(HeaderName::from_static(name), value);
        }
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        let request = self.0.post(url).headers(headers);
        let sent = timeout(within, request.body(posted.body.to_string()).send()).await;
        match sent {
            Ok(Ok(response)) => Ok(response.status().as_u16()),
            // Without the URL, in which somebody may have put a token.
            Ok(Err(error)) => Err(PostError::Unreachable(error.without_url())),
            Err(_) => Err(PostError::TooSlow(within)),
        }
    }
}
