//! Asks servers that others name: bytes there and back, at public addresses only, and at exceptions.
//!
//! A name is looked up for each connection, and the connection is made to the addresses that were checked. No answer
//! leads on to elsewhere, none is longer than it may be, and all of it has to come within a time.

#[cfg(test)]
mod tests;

use std::error::Error;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::{CONTENT_ENCODING, HeaderMap};
use reqwest::{Client, RequestBuilder, Response, Url};
use tokio::net::lookup_host;
use tokio::time::timeout;

use super::addresses::is_public;
use super::hosts::AllowedHosts;
use super::post::client;

/// Ports that are asked without an exception.
const PORTS: [u16; 2] = [80, 443];

/// Connections that wait for the next request to a host.
const IDLE_MAX: usize = 8;

/// Clones share connections. No settings of the environment count, such as proxies.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// A connection of one is never used by the other.
    public: Client,
    excepted: Client,
    exceptions: AllowedHosts,
    /// The setting that makes exceptions.
    setting: &'static str,
    bytes_max: usize,
}

/// What a server is asked.
pub struct Inquiry<'a> {
    pub url: &'a Url,
    pub headers: Vec<(&'static str, String)>,
    /// `None`: nothing is sent, but only got.
    pub body: Option<Vec<u8>>,
}

/// What it answered.
#[derive(Debug)]
pub struct InquiryAnswer {
    pub status: u16,
    pub body: Vec<u8>,
    headers: HeaderMap,
}

impl InquiryAnswer {
    /// A header as text.
    pub fn header(&self, name: &str) -> Option<String> {
        let value = self.headers.get(name)?;
        Some(String::from_utf8_lossy(value.as_bytes()).into_owned())
    }
}

/// Why a server was not asked, or did not answer. Messages hold nothing of the URL but its host.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExchangeError {
    #[error("expected a URL that begins with http:// or https://, without a user")]
    NotAUrl,
    #[error(
        "the port {port} of {host} may not be asked; expected 80 or 443, or an exception in `{setting}`"
    )]
    Port {
        host: String,
        port: u16,
        setting: &'static str,
    },
    #[error("the address {address} of {host} is not public; `{setting}` makes exceptions")]
    NotPublic {
        host: String,
        address: IpAddr,
        setting: &'static str,
    },
    #[error("the host {0} is not known")]
    UnknownHost(String),
    #[error("{0} cannot be reached")]
    Unreachable(String),
    #[error("{host} does not answer within {seconds} s")]
    TooSlow { host: String, seconds: u64 },
    #[error("the answer of {0} broke off")]
    BrokenOff(String),
    #[error("the answer of {host} has more than {most} bytes")]
    TooLong { host: String, most: usize },
    #[error("the answer of {0} is compressed, which was not asked for")]
    Compressed(String),
    #[error("the client for HTTP cannot be made")]
    Client,
}

impl Exchange {
    /// `setting` names where the exceptions are from.
    pub fn new(
        exceptions: AllowedHosts,
        setting: &'static str,
        bytes_max: usize,
    ) -> Result<Self, ExchangeError> {
        let made = |builder: reqwest::ClientBuilder| {
            let builder = builder.pool_max_idle_per_host(IDLE_MAX).referer(false);
            builder.build().map_err(|_| ExchangeError::Client)
        };
        Ok(Self {
            public: made(client().dns_resolver(Arc::new(PublicOnly { setting })))?,
            excepted: made(client())?,
            exceptions,
            setting,
            bytes_max,
        })
    }

    /// Whether a URL may be asked, as far as can be said without looking its name up.
    pub fn check(&self, url: &Url) -> Result<(), ExchangeError> {
        self.client_for(url).map(drop)
    }

    /// All of the answer, whatever its status is.
    pub async fn ask(
        &self,
        inquiry: Inquiry<'_>,
        within: Duration,
    ) -> Result<InquiryAnswer, ExchangeError> {
        let client = self.client_for(inquiry.url)?;
        let url = inquiry.url.clone();
        let host = host_of(&url);
        let request: RequestBuilder = match inquiry.body {
            None => client.get(url),
            Some(body) => client.post(url).body(body),
        };
        let headers = inquiry.headers.iter();
        let request = headers.fold(request, |request, (name, value)| {
            request.header(*name, value)
        });
        let answered = timeout(within, async {
            let response = request.send().await;
            let response = response.map_err(|error| failure(&host, &error))?;
            self.read(&host, response).await
        });
        answered.await.unwrap_or_else(|_| {
            Err(ExchangeError::TooSlow {
                host: host.clone(),
                seconds: within.as_secs(),
            })
        })
    }

    fn client_for(&self, url: &Url) -> Result<&Client, ExchangeError> {
        let is_http = ["http", "https"].contains(&url.scheme());
        let has_user = !url.username().is_empty() || url.password().is_some();
        let (Some(host), Some(port)) = (url.host_str(), url.port_or_known_default()) else {
            return Err(ExchangeError::NotAUrl);
        };
        if !is_http || has_user {
            return Err(ExchangeError::NotAUrl);
        }
        if self.exceptions.allows(url) {
            return Ok(&self.excepted);
        }
        let (host, setting) = (host.to_owned(), self.setting);
        if !PORTS.contains(&port) {
            return Err(ExchangeError::Port {
                host,
                port,
                setting,
            });
        }
        // An address is looked up nowhere.
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        if let Ok(address) = bare.parse() {
            check_all(&host, setting, [address])?;
        }
        Ok(&self.public)
    }

    async fn read(
        &self,
        host: &str,
        mut response: Response,
    ) -> Result<InquiryAnswer, ExchangeError> {
        let status = response.status().as_u16();
        let headers = std::mem::take(response.headers_mut());
        let is_plain = |name: &[u8]| name.eq_ignore_ascii_case(b"identity");
        let mut encodings = headers.get_all(CONTENT_ENCODING).iter();
        if !encodings.all(|name| is_plain(name.as_bytes())) {
            return Err(ExchangeError::Compressed(host.to_owned()));
        }
        let mut body = Vec::new();
        let broken = |_| ExchangeError::BrokenOff(host.to_owned());
        while let Some(piece) = response.chunk().await.map_err(broken)? {
            if body.len() + piece.len() > self.bytes_max {
                return Err(ExchangeError::TooLong {
                    host: host.to_owned(),
                    most: self.bytes_max,
                });
            }
            body.extend_from_slice(&piece);
        }
        Ok(InquiryAnswer {
            status,
            body,
            headers,
        })
    }
}

/// All of them have to be public: which one is connected to is not ours to say.
fn check_all(
    host: &str,
    setting: &'static str,
    addresses: impl IntoIterator<Item = IpAddr>,
) -> Result<(), ExchangeError> {
    let mut addresses = addresses.into_iter();
    match addresses.find(|address| !is_public(*address)) {
        None => Ok(()),
        Some(address) => Err(ExchangeError::NotPublic {
            host: host.to_owned(),
            address,
            setting,
        }),
    }
}

/// Hands only public addresses to connections.
#[derive(Debug)]
struct PublicOnly {
    setting: &'static str,
}

impl Resolve for PublicOnly {
    fn resolve(&self, name: Name) -> Resolving {
        let (host, setting) = (name.as_str().to_owned(), self.setting);
        Box::pin(async move {
            let unknown = || ExchangeError::UnknownHost(host.clone());
            let found = lookup_host((host.as_str(), 0)).await;
            let addresses: Vec<SocketAddr> = found.map_err(|_| unknown())?.collect();
            if addresses.is_empty() {
                return Err(unknown().into());
            }
            check_all(&host, setting, addresses.iter().map(SocketAddr::ip))?;
            // The port is that of the URL.
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}

/// As people know it.
pub fn host_of(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    match url.port() {
        None => host.to_owned(),
        Some(port) => format!("{host}:{port}"),
    }
}

/// What the resolver has said is at the bottom of the error.
fn failure(host: &str, error: &reqwest::Error) -> ExchangeError {
    let mut cause: Option<&(dyn Error + 'static)> = error.source();
    while let Some(inner) = cause {
        if let Some(fault) = inner.downcast_ref::<ExchangeError>() {
            return fault.clone();
        }
        cause = inner.source();
    }
    ExchangeError::Unreachable(host.to_owned())
}
