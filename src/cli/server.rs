//! A running server as commands ask it: by its address, with a token, over HTTP or HTTPS.

use std::error::Error;
use std::fs;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, anyhow, bail};
use clap::Args;
use reqwest::{Certificate, Client, ClientBuilder, Method, Response, StatusCode};
use rustls::{CertificateError, Error as TlsError};
use secrecy::ExposeSecret;
use url::Url;

use crate::app;
use crate::settings::{CALLER_VARIABLES, CallerToken, Loaded, caller_token};
use crate::tls;

/// A server that accepts no connection for this long is away.
const CONNECTS_WITHIN: Duration = Duration::from_secs(10);

/// How the certificate of a server is checked.
#[derive(Debug, Args)]
pub(super) struct CaArgument {
    /// Certificates of authorities in PEM, for a server at https://…; they are trusted beside those of
    /// the system
    #[arg(long, value_name = "FILE", env = "AUDIENCE_CA")]
    ca: Option<PathBuf>,
}

pub(super) struct Server {
    client: Client,
    url: String,
    token: Option<CallerToken>,
    /// What has named the server: an argument or a setting.
    named_by: &'static str,
}

impl Server {
    /// `patience`: for a whole answer; `None`: without a limit.
    pub fn new(
        url: &str,
        named_by: &'static str,
        ca: &CaArgument,
        token: Option<CallerToken>,
        patience: Option<Duration>,
    ) -> anyhow::Result<Self> {
        let is_server = |url: &Url| {
            let is_plain = url.query().is_none() && url.fragment().is_none();
            ["http", "https"].contains(&url.scheme()) && url.has_host() && is_plain
        };
        let parsed = Url::parse(url).ok().filter(is_server);
        let Some(parsed) = parsed else {
            bail!(
                "{named_by}: expected http://ADDRESS:PORT or https://ADDRESS:PORT, found `{url}`"
            );
        };
        tls::use_ring();
        let mut client = Client::builder().connect_timeout(CONNECTS_WITHIN);
        if let Some(patience) = patience {
            client = client.timeout(patience);
        }
        client = match (parsed.scheme(), &ca.ca) {
            ("https", Some(file)) => client.tls_certs_merge(authorities(file)?),
            ("https", None) => client,
            // Nothing is encrypted: the system need not have any certificates.
            _ => client.tls_certs_only([]),
        };
        Ok(Self {
            client: built(client)?,
            url: url.trim_end_matches('/').to_owned(),
            token,
            named_by,
        })
    }

    pub fn url(&self) -> &str {
        &self.url
    }

    /// Calls without a body. An answer of any status is one, except that the token is not taken.
    pub async fn call(&self, method: Method, path: &str) -> anyhow::Result<Response> {
        let mut call = self.client.request(method, format!("{}{path}", self.url));
        if let Some(token) = &self.token {
            call = call.bearer_auth(token.secret.expose_secret());
        }
        let response = call
            .send()
            .await
            .map_err(|error| self.unreachable(&error))?;
        if response.status() != StatusCode::UNAUTHORIZED {
            return Ok(response);
        }
        Err(match &self.token {
            Some(token) => anyhow!("the server does not take the token in {}", token.variable),
            None => {
                let [variable, other] = CALLER_VARIABLES;
                anyhow!("the server needs a token: set the variable {variable} (or {other})")
            }
        })
    }

    /// What is wrong when no answer comes.
    pub fn unreachable(&self, error: &reqwest::Error) -> anyhow::Error {
        let Self { url, named_by, .. } = self;
        match tls_error(error) {
            Some(TlsError::InvalidCertificate(cause)) => anyhow!(
                "the certificate of {url} ({named_by}) is not trusted: {}; --ca FILE names the \
                 certificate of an authority to trust as well",
                reason(cause)
            ),
            Some(TlsError::InvalidMessage(_)) => anyhow!(
                "the server at {url} ({named_by}) does not speak TLS: is it one for http://?"
            ),
            Some(cause) => anyhow!("no encrypted connection to {url} ({named_by}): {cause}"),
            None if error.is_timeout() => {
                anyhow!("no server answers at {url} ({named_by}): no answer in time")
            }
            None => anyhow!("no server answers at {url} ({named_by}): {}", last(error)),
        }
    }
}

/// The server at an address that was named by `--url`, else the one that these settings start.
pub(super) fn of_settings(
    url: Option<&str>,
    ca: &CaArgument,
    loaded: &Loaded,
    patience: Duration,
) -> anyhow::Result<Server> {
    let token = caller_token()?;
    if let Some(url) = url {
        return Server::new(url, "--url", ca, token, Some(patience));
    }
    let secret = token.as_ref().map(|token| &token.secret);
    let address = reachable(app::address(&loaded.settings, secret));
    let url = format!("http://{address}");
    Server::new(&url, "server.bind", ca, token, Some(patience))
}

/// A server that listens on every address of this machine is asked on its loopback.
fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}

fn built(client: ClientBuilder) -> anyhow::Result<Client> {
    client
        .build()
        .context("failed to prepare connections with TLS (--ca names certificates of authorities)")
}

fn authorities(file: &Path) -> anyhow::Result<Vec<Certificate>> {
    let named = || format!("{} (--ca, or the variable AUDIENCE_CA)", file.display());
    let pem = fs::read(file).with_context(named)?;
    let found = Certificate::from_pem_bundle(&pem).with_context(named)?;
    if found.is_empty() {
        bail!("{}: expected certificates in PEM", named());
    }
    Ok(found)
}

/// The error of TLS within one of a call.
fn tls_error<'e>(error: &'e (dyn Error + 'static)) -> Option<&'e TlsError> {
    let mut next = Some(error);
    while let Some(cause) = next {
        let inner = cause
            .downcast_ref::<io::Error>()
            .and_then(io::Error::get_ref);
        let inside = inner.and_then(|inner| inner.downcast_ref::<TlsError>());
        if let Some(found) = inside.or_else(|| cause.downcast_ref::<TlsError>()) {
            return Some(found);
        }
        // Such an error has what is within it not as its source, but has the source of that.
        next = match inner {
            Some(inner) if inner.is::<io::Error>() => Some(inner),
            _ => cause.source(),
        };
    }
    None
}

fn reason(cause: &CertificateError) -> String {
    match cause {
        CertificateError::UnknownIssuer => "its issuer is unknown".to_owned(),
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            "it is for another name".to_owned()
        }
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            "it has expired".to_owned()
        }
        other => other.to_string(),
    }
}

/// The innermost cause: those around it repeat the address.
fn last(error: &(dyn Error + 'static)) -> String {
    let mut cause = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn opened(url: &str) -> anyhow::Result<Server> {
        Server::new(url, "--server", &CaArgument { ca: None }, None, None)
    }

    #[test]
    fn an_address_is_one_of_a_server() {
        for url in ["http://127.0.0.1:8080", "http://box/audience/"] {
            assert!(opened(url).is_ok(), "{url}");
        }
        for url in [
            "127.0.0.1:8080",
            "http://",
            "http://a b",
            "ftp://box",
            "http://box?x=1",
            "",
        ] {
            let said = opened(url).err().map(|error| error.to_string());
            let said = said.unwrap_or_default();
            assert!(
                said.starts_with("--server: expected http://"),
                "{url}: {said}"
            );
        }
    }
}
