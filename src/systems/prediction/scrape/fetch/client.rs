//! One request to one host: connects to addresses that are allowed, reads no more than it may, follows nothing.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{ACCEPT_ENCODING, CONTENT_ENCODING, HeaderMap, HeaderValue, RETRY_AFTER};
use reqwest::redirect::Policy;
use reqwest::{Response, StatusCode};
use tokio::time::timeout;
use url::Url;

use super::address::{self, AddressFault, Dns, Guard, Reach};
use super::body::{BodyLimit, BodyReader, PACKINGS};
use super::error::FetchError;
use crate::fetch::AllowedHosts;
use crate::tls::use_ring;

/// Clients for the two ways of reaching a host. A connection of one is never used by the other.
pub(super) struct Client {
    public: reqwest::Client,
    excepted: reqwest::Client,
    allowed: AllowedHosts,
    limit: BodyLimit,
}

/// An answer that was read to its end.
pub(super) struct Received {
    pub status: StatusCode,
    pub headers: HeaderMap,
    /// Only of answers with success; others need not be read.
    pub body: Vec<u8>,
}

/// Connections wait for the next request of a polite scrape.
const IDLE: Duration = Duration::from_secs(30);

impl Client {
    pub fn new(
        allowed: AllowedHosts,
        dns: Arc<dyn Dns>,
        limit: BodyLimit,
    ) -> Result<Self, FetchError> {
        // The client takes the provider of the process.
        use_ring();
        let client = |reach: Reach| {
            let dns = dns.clone();
            reqwest::Client::builder()
                .redirect(Policy::none())
                .no_proxy()
                .referer(false)
                .pool_max_idle_per_host(1)
                .pool_idle_timeout(IDLE)
                .dns_resolver(Arc::new(Guard { dns, reach }))
                .build()
                .map_err(|_| FetchError::Client)
        };
        Ok(Self {
            public: client(Reach::Public)?,
            excepted: client(Reach::Excepted)?,
            allowed,
            limit,
        })
    }

    pub fn check(&self, url: &Url) -> Result<Reach, AddressFault> {
        address::check(url, &self.allowed)
    }

    pub async fn get(
        &self,
        url: &Url,
        mut headers: HeaderMap,
        within: Duration,
    ) -> Result<Received, FetchError> {
        let client = match self.check(url)? {
            Reach::Public => &self.public,
            Reach::Excepted => &self.excepted,
        };
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static(PACKINGS));
        let mut url = url.clone();
        url.set_fragment(None);
        let host = host_of(&url);
        let request = client.get(url).headers(headers);
        let received = timeout(within, async {
            let response = request.send().await;
            let response = response.map_err(|error| failure(&host, &error))?;
            self.read(&host, response).await
        });
        let too_slow = |_| FetchError::TooSlow {
            host: host.clone(),
            seconds: within.as_secs_f64(),
        };
        received.await.map_err(too_slow)?
    }

    async fn read(&self, host: &str, mut response: Response) -> Result<Received, FetchError> {
        let status = response.status();
        let headers = std::mem::take(response.headers_mut());
        let mut body = Vec::new();
        if status.is_success() {
            let fault = |fault| FetchError::Body {
                host: host.to_owned(),
                fault,
            };
            let packing = headers.get(CONTENT_ENCODING);
            let packing = packing.map(|packing| String::from_utf8_lossy(packing.as_bytes()));
            let mut reader = BodyReader::new(packing.as_deref(), self.limit).map_err(fault)?;
            let broken = |_| FetchError::BrokenOff {
                host: host.to_owned(),
            };
            while let Some(piece) = response.chunk().await.map_err(broken)? {
                reader.take(&piece).map_err(fault)?;
            }
            body = reader.finish().map_err(fault)?;
        }
        Ok(Received {
            status,
            headers,
            body,
        })
    }
}

impl Received {
    /// A header as text.
    pub fn header(&self, name: reqwest::header::HeaderName) -> Option<String> {
        let value = self.headers.get(name)?;
        Some(String::from_utf8_lossy(value.as_bytes()).into_owned())
    }

    pub fn retry_after(&self, now_micros: i64) -> Option<Duration> {
        super::retry::retry_after(&self.header(RETRY_AFTER)?, now_micros)
    }
}

/// As people know it.
pub(super) fn host_of(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    match url.port() {
        None => host.to_owned(),
        Some(port) => format!("{host}:{port}"),
    }
}

fn failure(host: &str, error: &reqwest::Error) -> FetchError {
    let mut cause: Option<&(dyn Error + 'static)> = error.source();
    while let Some(inner) = cause {
        if let Some(fault) = inner.downcast_ref::<AddressFault>() {
            return FetchError::Address(fault.clone());
        }
        if let Some(error) = inner.downcast_ref::<std::io::Error>() {
            return unreachable(host, kind(error));
        }
        cause = inner.source();
    }
    unreachable(host, "the connection failed")
}

fn unreachable(host: &str, why: &str) -> FetchError {
    FetchError::Unreachable {
        host: host.to_owned(),
        why: why.to_owned(),
    }
}

/// Texts of the operating system and of libraries say more than people need.
fn kind(error: &std::io::Error) -> &'static str {
    use std::io::ErrorKind;
    match error.kind() {
        ErrorKind::ConnectionRefused => "the connection was refused",
        ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted | ErrorKind::BrokenPipe => {
            "the connection was closed"
        }
        ErrorKind::TimedOut => "it does not answer",
        ErrorKind::HostUnreachable | ErrorKind::NetworkUnreachable => "there is no way to it",
        // That is how TLS reports certificates.
        ErrorKind::InvalidData => "its certificate or its answer is not valid",
        _ => "the connection failed",
    }
}
