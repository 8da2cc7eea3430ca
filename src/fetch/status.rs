//! Asks a server for the status of a page.

use std::time::Duration;

use reqwest::header::LOCATION;
use reqwest::redirect::Policy;
use reqwest::{Client, Url};
use tokio::time::timeout;

use super::hosts::AllowedHosts;
use crate::tls::use_ring;

/// How often a server may send us elsewhere on the same host.
const REDIRECTS_MAX: usize = 5;

/// Asks hosts that are allowed. No settings of the environment count, such as proxies.
#[derive(Clone, Debug)]
pub struct Fetch {
    client: Client,
    hosts: AllowedHosts,
}

/// Why a server is not asked. Messages hold no secrets of the URL.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    #[error("expected a URL such as http://host/path, without a user")]
    NotAUrl,
    #[error("the host {0} is not among those that may be asked")]
    NotAllowed(String),
    #[error("the client for HTTP cannot be made")]
    Client(#[source] reqwest::Error),
}

impl Fetch {
    pub fn new(hosts: AllowedHosts) -> Result<Self, FetchError> {
        // The client takes the provider of the process.
        use_ring();
        let builder = Client::builder().redirect(Policy::none()).no_proxy();
        let client = builder.build().map_err(FetchError::Client)?;
        Ok(Self { client, hosts })
    }

    /// Whether a server answers within a time with this status. It may send us elsewhere on its
    /// own host; the body is not read.
    pub async fn answers_with(
        &self,
        url: &str,
        status: u16,
        within: Duration,
    ) -> Result<bool, FetchError> {
        let url = self.allowed(url)?;
        let answer = timeout(within, self.follow(url, status)).await;
        Ok(answer.ok().flatten() == Some(status))
    }

    fn allowed(&self, url: &str) -> Result<Url, FetchError> {
        let url = Url::parse(url).map_err(|_| FetchError::NotAUrl)?;
        let is_http = ["http", "https"].contains(&url.scheme());
        if !is_http || !url.username().is_empty() || url.password().is_some() {
            return Err(FetchError::NotAUrl);
        }
        if !self.hosts.allows(&url) {
            let host = url.host_str().unwrap_or_default();
            let port = url
                .port()
                .map(|port| format!(":{port}"))
                .unwrap_or_default();
            return Err(FetchError::NotAllowed(format!("{host}{port}")));
        }
        Ok(url)
    }

    /// The status of the last answer; `None` if there was none.
    async fn follow(&self, mut url: Url, wanted: u16) -> Option<u16> {
        for redirects in 0.. {
            let response = self.client.get(url.clone()).send().await.ok()?;
            let status = response.status();
            let is_last = status.as_u16() == wanted || redirects == REDIRECTS_MAX;
            let location = response.headers().get(LOCATION);
            let next = location
                .filter(|_| status.is_redirection() && !is_last)
                .and_then(|location| url.join(location.to_str().ok()?).ok())
                .and_then(|next| self.allowed(next.as_str()).ok())
                .filter(|next| next.host() == url.host());
            match next {
                Some(next) => url = next,
                None => return Some(status.as_u16()),
            }
        }
        None
    }
}
