//! One request to one host: connects to addresses that are allowed, reads no more than it may, follows nothing.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use chrono::DateTime;
use reqwest::header::{ACCEPT_ENCODING, CONTENT_ENCODING, HeaderMap, HeaderValue, RETRY_AFTER};
use reqwest::redirect::Policy;
use reqwest::{Body, Method, Request, Response, StatusCode};
use tokio::time::timeout;
use url::Url;

use super::address::{AddressFault, Dns, Guard, Reach, Rules};
use super::body::{BodyFault, BodyLimit, BodyReader, PACKINGS};
use super::connections::Connections;
use crate::tls::use_ring;

/// Clients for the two ways of reaching a host. A connection of one is never used by the other.
pub(crate) struct GuardedClient {
    public: Connections,
    excepted: Connections,
    rules: Rules,
    limit: BodyLimit,
}

/// A request. Its URL, headers and body may hold secrets.
pub(crate) struct Asking<'a> {
    pub method: Method,
    pub url: &'a Url,
    pub headers: HeaderMap,
    pub body: Option<Vec<u8>>,
    /// Until the answer is read.
    pub within: Duration,
    /// Whether bodies of answers without success are read, too.
    pub reads_all: bool,
}

/// Why there is no answer: a sentence for people, without a URL.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub(crate) enum GuardedFault {
    #[error(transparent)]
    Address(#[from] AddressFault),
    #[error("{host} does not answer within {seconds} s")]
    TooSlow { host: String, seconds: f64 },
    #[error("{host} cannot be reached: {why}")]
    Unreachable { host: String, why: String },
    #[error("the answer of {host} broke off")]
    BrokenOff { host: String },
    #[error("{host}: {fault}")]
    Body { host: String, fault: BodyFault },
    #[error("the client for HTTP cannot be made")]
    Client,
}

impl GuardedFault {
    /// Whether asking again can help. No `_` arm: a new variant has to choose.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Address(AddressFault::UnknownHost { .. })
            | Self::TooSlow { .. }
            | Self::Unreachable { .. }
            | Self::BrokenOff { .. } => true,
            Self::Address(
                AddressFault::NotAUrl | AddressFault::Port { .. } | AddressFault::NotPublic { .. },
            )
            | Self::Body { .. }
            | Self::Client => false,
        }
    }
}

/// An answer that was read to its end.
pub(crate) struct Received {
    pub status: StatusCode,
    pub headers: HeaderMap,
    /// Of answers with success, and of others if they were to be read.
    pub body: Vec<u8>,
}

/// Connections wait for the next request of a polite scrape.
const IDLE: Duration = Duration::from_secs(30);

impl GuardedClient {
    /// Keeps so many connections to a host for the next requests.
    pub fn new(
        rules: Rules,
        dns: Arc<dyn Dns>,
        limit: BodyLimit,
        connections_kept: usize,
    ) -> Result<Self, GuardedFault> {
        let setting = rules.setting;
        // The client takes the provider of the process.
        use_ring();
        let connections = |reach: Reach| {
            let builder = || {
                reqwest::Client::builder()
                    .redirect(Policy::none())
                    .no_proxy()
                    .referer(false)
                    .pool_idle_timeout(IDLE)
                    .dns_resolver(Arc::new(Guard {
                        dns: dns.clone(),
                        reach,
                        setting,
                    }))
            };
            Connections::new(builder, connections_kept).map_err(|_| GuardedFault::Client)
        };
        Ok(Self {
            public: connections(Reach::Public)?,
            excepted: connections(Reach::Excepted)?,
            rules,
            limit,
        })
    }

    pub fn check(&self, url: &Url) -> Result<Reach, AddressFault> {
        self.rules.check(url)
    }

    pub async fn get(
        &self,
        url: &Url,
        headers: HeaderMap,
        within: Duration,
    ) -> Result<Received, GuardedFault> {
        let asking = Asking {
            method: Method::GET,
            url,
            headers,
            body: None,
            within,
            reads_all: false,
        };
        self.ask(asking).await
    }

    pub async fn ask(&self, asking: Asking<'_>) -> Result<Received, GuardedFault> {
        let Asking {
            method,
            url,
            mut headers,
            body,
            within,
            reads_all,
        } = asking;
        let connections = match self.check(url)? {
            Reach::Public => &self.public,
            Reach::Excepted => &self.excepted,
        };
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static(PACKINGS));
        let mut url = url.clone();
        url.set_fragment(None);
        let host = host_of(&url);
        let mut request = Request::new(method, url);
        *request.headers_mut() = headers;
        *request.body_mut() = body.map(Body::from);
        let received = timeout(within, async {
            let response = connections.send(request).await;
            let response = response.map_err(|error| failure(&host, &error))?;
            self.read(&host, response, reads_all).await
        });
        let too_slow = |_| GuardedFault::TooSlow {
            host: host.clone(),
            seconds: within.as_secs_f64(),
        };
        received.await.map_err(too_slow)?
    }

    async fn read(
        &self,
        host: &str,
        mut response: Response,
        reads_all: bool,
    ) -> Result<Received, GuardedFault> {
        let status = response.status();
        let headers = std::mem::take(response.headers_mut());
        let mut body = Vec::new();
        if status.is_success() || reads_all {
            let fault = |fault| GuardedFault::Body {
                host: host.to_owned(),
                fault,
            };
            let packing = headers.get(CONTENT_ENCODING);
            let packing = packing.map(|packing| String::from_utf8_lossy(packing.as_bytes()));
            let mut reader = BodyReader::new(packing.as_deref(), self.limit).map_err(fault)?;
            let broken = |_| GuardedFault::BrokenOff {
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
        retry_after(&self.header(RETRY_AFTER)?, now_micros)
    }
}

/// How long a host asks to wait: seconds or a date of HTTP. Nothing of what is neither.
pub(crate) fn retry_after(text: &str, now_micros: i64) -> Option<Duration> {
    let text = text.trim();
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        // What is too long for a number is too long to wait for.
        return Some(Duration::from_secs(text.parse().unwrap_or(u64::MAX)));
    }
    let date = DateTime::parse_from_rfc2822(text).ok()?;
    let missing = date.timestamp_micros().saturating_sub(now_micros);
    Some(Duration::from_micros(u64::try_from(missing).unwrap_or(0)))
}

/// As people know it.
pub(crate) fn host_of(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    match url.port() {
        None => host.to_owned(),
        Some(port) => format!("{host}:{port}"),
    }
}

fn failure(host: &str, error: &reqwest::Error) -> GuardedFault {
    let mut cause: Option<&(dyn Error + 'static)> = error.source();
    while let Some(inner) = cause {
        if let Some(fault) = inner.downcast_ref::<AddressFault>() {
            return GuardedFault::Address(fault.clone());
        }
        if let Some(error) = inner.downcast_ref::<std::io::Error>() {
            return unreachable(host, kind(error));
        }
        cause = inner.source();
    }
    unreachable(host, "the connection failed")
}

fn unreachable(host: &str, why: &str) -> GuardedFault {
    GuardedFault::Unreachable {
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
