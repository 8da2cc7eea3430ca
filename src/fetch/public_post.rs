//! Sends bodies to servers that others name: to public addresses only, and to exceptions.
//!
//! The name is looked up here, each of its addresses is checked, and the client connects to these and no
//! others: what the name means a moment later does not matter. No answer leads on to elsewhere.

use std::net::SocketAddr;
use std::time::Duration;

use reqwest::{Response, Url};
use tokio::net::lookup_host;
use tokio::time::timeout;

use super::addresses::AllowedAddresses;
use super::post::{PostError, client, parsed, request};

/// What is read of an answer.
const ANSWER_BYTES_MAX: usize = 4 << 10;

/// What is sent. The URL and the headers may hold secrets.
pub struct Sending {
    pub url: String,
    pub headers: Vec<(&'static str, String)>,
    pub body: String,
}

/// What the other side said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    /// The beginning of its body.
    pub said: String,
}

/// Sends to public addresses, and to exceptions. No settings of the environment count, such as proxies.
#[derive(Clone, Debug)]
pub struct PublicPost(AllowedAddresses);

/// Why nothing was answered. Messages hold no secrets of the URL.
#[derive(Debug, thiserror::Error)]
pub enum PublicPostError {
    #[error("the host {0} is not known")]
    UnknownHost(String),
    #[error("the address {address} of {host} is not public; `notify_allow` makes exceptions")]
    NotPublic { host: String, address: SocketAddr },
    #[error(transparent)]
    Post(#[from] PostError),
}

impl PublicPost {
    pub fn new(allowed: AllowedAddresses) -> Self {
        Self(allowed)
    }

    /// Whether a text is a URL that could be sent to, and if its host is an address, whether that is
    /// allowed. Looks nothing up.
    pub fn check(&self, url: &str) -> Result<(), PublicPostError> {
        let url = parsed(url)?;
        let (host, port) = place(&url)?;
        match host.parse() {
            Ok(ip) => self.check_all(&host, [SocketAddr::new(ip, port)]).map(drop),
            Err(_) => Ok(()),
        }
    }

    pub async fn send(
        &self,
        sending: &Sending,
        within: Duration,
    ) -> Result<Answer, PublicPostError> {
        let sent = timeout(within, self.post(sending)).await;
        sent.unwrap_or(Err(PostError::TooSlow(within).into()))
    }

    async fn post(&self, sending: &Sending) -> Result<Answer, PublicPostError> {
        let url = parsed(&sending.url)?;
        let (host, port) = place(&url)?;
        let unknown = |_| PublicPostError::UnknownHost(host.clone());
        let found = lookup_host((host.as_str(), port)).await.map_err(unknown)?;
        let addresses = self.check_all(&host, found)?;
        if addresses.is_empty() {
            return Err(PublicPostError::UnknownHost(host));
        }
        let client = client().resolve_to_addrs(&host, &addresses).build();
        let client = client.map_err(PostError::Client)?;
        let request = request(&client, url, &sending.headers, sending.body.clone())?;
        let response = request.send().await.map_err(PostError::unreachable)?;
        let status = response.status().as_u16();
        let said = beginning(response).await.map_err(PostError::unreachable)?;
        Ok(Answer { status, said })
    }

    /// All of them have to be allowed: which one is connected to is not ours to say.
    fn check_all(
        &self,
        host: &str,
        addresses: impl IntoIterator<Item = SocketAddr>,
    ) -> Result<Vec<SocketAddr>, PublicPostError> {
        let addresses: Vec<SocketAddr> = addresses.into_iter().collect();
        match addresses.iter().find(|address| !self.0.allow(**address)) {
            None => Ok(addresses),
            Some(address) => Err(PublicPostError::NotPublic {
                host: host.to_owned(),
                address: *address,
            }),
        }
    }
}

/// The host without brackets, and the port.
fn place(url: &Url) -> Result<(String, u16), PostError> {
    let host = url.host_str().ok_or(PostError::NotAUrl)?;
    let port = url.port_or_known_default();
    let port = port.ok_or(PostError::NotAUrl)?;
    let bare = host
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    Ok((bare.unwrap_or(host).to_owned(), port))
}

async fn beginning(mut response: Response) -> Result<String, reqwest::Error> {
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        let room = ANSWER_BYTES_MAX - bytes.len();
        bytes.extend_from_slice(&chunk[..chunk.len().min(room)]);
        if bytes.len() == ANSWER_BYTES_MAX {
            break;
        }
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_urls_to_public_addresses_pass() {
        let post = PublicPost::new(AllowedAddresses::read(&["127.0.0.1:9".to_owned()]).unwrap());
        for fine in [
            "https://hooks.example.com/x",
            "http://127.0.0.1:9/",
            "http://8.8.8.8/",
        ] {
            assert!(post.check(fine).is_ok(), "{fine}");
        }
        for (url, message) in [
            (
                "http://127.0.0.1:8/",
                "the address 127.0.0.1:8 of 127.0.0.1 is not public",
            ),
            (
                "http://2130706433/",
                "the address 127.0.0.1:80 of 127.0.0.1 is not public",
            ),
            ("http://[::1]/", "the address [::1]:80 of ::1 is not public"),
            (
                "https://169.254.169.254/",
                "the address 169.254.169.254:443",
            ),
            ("ftp://example.com/", "expected a URL"),
            ("https://user@example.com/", "expected a URL"),
            ("example.com", "expected a URL"),
        ] {
            let error = post.check(url).unwrap_err().to_string();
            assert!(error.starts_with(message), "{url}: {error}");
        }
    }

    #[tokio::test]
    async fn a_name_that_leads_to_this_machine_is_refused() {
        let post = PublicPost::new(AllowedAddresses::default());
        let sending = Sending {
            url: "http://localhost:9/".to_owned(),
            headers: Vec::new(),
            body: String::new(),
        };
        let refused = post.send(&sending, Duration::from_secs(5)).await;
        let error = refused.unwrap_err().to_string();
        assert!(error.contains("of localhost is not public"), "{error}");
    }
}
