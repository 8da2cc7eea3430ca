//! A running server as commands ask it: by its address, with a token, over HTTP or HTTPS.

use std::env;
use std::error::Error;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, anyhow, bail};
use clap::Args;
use reqwest::{Certificate, Client, ClientBuilder, Method, RequestBuilder, Response, StatusCode};
use rustls::{CertificateError, Error as TlsError};
use secrecy::ExposeSecret;
use serde_json::Value;
use url::Url;

use super::proxy;
use crate::app;
use crate::http::NOTHING_HERE;
use crate::settings::{CALLER_VARIABLES, CallerToken, Loaded, caller_token};
use crate::small_file;
use crate::tls;

/// A server that accepts no connection for this long is away.
const CONNECTS_WITHIN: Duration = Duration::from_secs(10);

/// How the certificate of a server is checked.
#[derive(Debug, Args)]
pub(super) struct CaArgument {
    /// Certificates of authorities in PEM, for a server at https://…; they are trusted beside those of
    /// the system [default: the file that the variable AUDIENCE_CA names]
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
}

impl CaArgument {
    pub fn named(ca: Option<PathBuf>) -> Self {
        Self { ca }
    }

    /// The variable may be set for all commands, the argument is meant for this one.
    fn file(&self) -> Option<PathBuf> {
        let of_variable = || env::var_os("AUDIENCE_CA").filter(|file| !file.is_empty());
        self.ca.clone().or_else(|| of_variable().map(PathBuf::from))
    }

    /// Fails if the argument is given where no server is asked over TLS.
    pub fn expect_none(&self, instead: &str) -> anyhow::Result<()> {
        if self.ca.is_some() {
            bail!("--ca: expected a server at https://…, but {instead}");
        }
        Ok(())
    }
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
        let expected = "expected http://ADDRESS:PORT or https://ADDRESS:PORT";
        // What stands before the sign may be a password.
        let Some(parsed) = parsed.filter(|url| !has_user(url)) else {
            match url.contains('@') {
                true => bail!(
                    "{named_by}: {expected} without a user or a password: the token of the server \
                     belongs in the variable AUDIENCE_TOKEN"
                ),
                false => bail!("{named_by}: {expected}, found `{url}`"),
            }
        };
        tls::use_ring();
        let mut client = Client::builder().connect_timeout(CONNECTS_WITHIN);
        if let Some(patience) = patience {
            client = client.timeout(patience);
        }
        let file = ca.file().filter(|_| parsed.scheme() == "https");
        client = match (parsed.scheme(), &file) {
            ("https", Some(file)) => client.tls_certs_merge(authorities(file)?),
            ("https", None) => client,
            _ => {
                ca.expect_none(&format!("{named_by} is {url}"))?;
                // Nothing is encrypted: the system need not have any certificates.
                client.tls_certs_only([])
            }
        };
        Ok(Self {
            client: built(client, file.as_deref())?,
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
        self.call_with(method, path, &[], None).await
    }

    pub async fn call_with(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, String)],
        body: Option<&Value>,
    ) -> anyhow::Result<Response> {
        let mut call = self.request(method, path, headers);
        if let Some(body) = body {
            call = call.json(body);
        }
        self.send(call).await
    }

    /// A call without a body, to be completed and sent.
    pub fn request(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, String)],
    ) -> RequestBuilder {
        let call = self.client.request(method, format!("{}{path}", self.url));
        let headers = headers.iter();
        headers.fold(call, |call, (name, value)| call.header(*name, value))
    }

    pub async fn send(&self, mut call: RequestBuilder) -> anyhow::Result<Response> {
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

    /// What is wrong when a call is not answered as the API does. `detail`: what the answer says.
    pub fn refused(&self, path: &str, status: u16, detail: Option<&str>) -> anyhow::Error {
        let Self { url, named_by, .. } = self;
        match detail {
            Some(NOTHING_HERE) => anyhow!(
                "there is nothing at {url}{path}: {named_by} is the address of the server itself, \
                 without `/v1` or another path of its API"
            ),
            Some(detail) => anyhow!("{detail}"),
            None => anyhow!(
                "{url}{path} ({named_by}) answers {status}: is it an audience server?{}",
                proxy::note(url)
            ),
        }
    }

    /// What is wrong when no answer comes.
    pub fn unreachable(&self, error: &reqwest::Error) -> anyhow::Error {
        let Self { url, named_by, .. } = self;
        match tls_error(error) {
            Some(TlsError::InvalidCertificate(cause)) => {
                let reason = untrusted(cause);
                anyhow!("the certificate of {url} ({named_by}) is not trusted: {reason}")
            }
            Some(TlsError::InvalidMessage(_)) => anyhow!(
                "the server at {url} ({named_by}) does not speak TLS: is it one for http://?"
            ),
            Some(cause) => anyhow!("no encrypted connection to {url} ({named_by}): {cause}"),
            None => {
                let cause = match error.is_timeout() {
                    true => "no answer in time".to_owned(),
                    false => last(error),
                };
                let note = proxy::note(url);
                anyhow!("no server answers at {url} ({named_by}): {cause}{note}")
            }
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

/// `ca`: the file of authorities, of which some faults are only found now.
fn built(client: ClientBuilder, ca: Option<&Path>) -> anyhow::Result<Client> {
    client.build().map_err(|error| match ca {
        Some(file) => no_certificates(file, &last(&error)),
        None => anyhow!(error).context("failed to prepare connections with TLS"),
    })
}

fn authorities(file: &Path) -> anyhow::Result<Vec<Certificate>> {
    let pem = small_file::read(file).with_context(|| named(file))?;
    let found = Certificate::from_pem_bundle(&pem);
    let found = found.map_err(|error| no_certificates(file, &last(&error)))?;
    if found.is_empty() {
        return Err(no_certificates(file, "found none"));
    }
    Ok(found)
}

fn no_certificates(file: &Path, reason: &str) -> anyhow::Error {
    anyhow!("{}: expected certificates in PEM: {reason}", named(file))
}

fn named(file: &Path) -> String {
    format!("{} (--ca, or the variable AUDIENCE_CA)", file.display())
}

fn has_user(url: &Url) -> bool {
    !url.username().is_empty() || url.password().is_some()
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

/// Why a certificate is not trusted, and what helps.
fn untrusted(cause: &CertificateError) -> String {
    let names_authority =
        "--ca FILE names the certificate of an authority to trust as well".to_owned();
    match cause {
        CertificateError::UnknownIssuer => {
            format!("its issuer is unknown; {names_authority}")
        }
        CertificateError::BadSignature => {
            format!("its issuer has not signed it; {names_authority}")
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            "it is for another name; ask for the server by a name that its certificate has, or have \
             one made that has this name"
                .to_owned()
        }
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            "it has expired; the server needs a new one (or the clock of this machine is wrong)"
                .to_owned()
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            "it is not valid yet; the clock of this machine, or of the one that made it, is wrong"
                .to_owned()
        }
        // What checks it says so, and shares no type for it.
        CertificateError::Other(other) if other.0.to_string() == "CaUsedAsEndEntity" => {
            "it is that of an authority (CA:TRUE), which no server may have itself; the server needs \
             one that is made for it (CA:FALSE), and --ca FILE names the authority that signed it"
                .to_owned()
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
    use std::sync::Arc;

    use rustls::OtherError;

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
            "https://amy:s3cret@box:1",
            "https://amy@box",
            "https://:s3cret@box:99999",
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
            assert!(!said.contains("s3cret"), "{said}");
        }
    }

    #[test]
    fn what_helps_against_a_certificate_is_said_where_it_helps() {
        let of_authority: Arc<dyn Error + Send + Sync> = Arc::from(Box::from("CaUsedAsEndEntity"));
        for (cause, says, names_ca) in [
            (CertificateError::UnknownIssuer, "its issuer", true),
            (CertificateError::NotValidForName, "another name", false),
            (CertificateError::Expired, "has expired", false),
            (CertificateError::NotValidYet, "not valid yet", false),
            (
                CertificateError::Other(OtherError(of_authority)),
                "CA:FALSE",
                true,
            ),
        ] {
            let said = untrusted(&cause);
            assert!(said.contains(says), "{said}");
            assert_eq!(said.contains("--ca FILE"), names_ca, "{said}");
        }
    }

    #[test]
    fn an_argument_for_certificates_needs_an_encrypted_server() {
        let ca = CaArgument {
            ca: Some("ca.pem".into()),
        };
        let made = Server::new("http://box", "--server", &ca, None, None);
        let said = made.err().map(|error| error.to_string());
        let said = said.unwrap_or_default();
        assert!(
            said.starts_with("--ca: expected a server at https://"),
            "{said}"
        );
        assert!(said.ends_with("--server is http://box"), "{said}");
    }
}
