//! `audience health`: one look at a server, for what starts it again when it is not well.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, bail};
use clap::Args;
use reqwest::StatusCode;
use secrecy::ExposeSecret;

use crate::app;
use crate::printable::printable;
use crate::process::print_line;
use crate::settings::{Loaded, auth_token};

/// A server that takes longer is not well.
const PATIENCE: Duration = Duration::from_secs(5);

/// As much of an answer as one line for people can show.
const SHOWN_CHARS: usize = 500;

#[derive(Debug, Args)]
pub(super) struct HealthArguments {
    /// Address of the server [default: where `serve` listens with these settings]
    #[arg(long, value_name = "http://ADDRESS:PORT")]
    url: Option<String>,
    /// Ask whether it is ready for work (`/readyz`), not only whether it answers (`/livez`)
    #[arg(long)]
    ready: bool,
}

/// Prints what the server answers. Success means that it is well.
pub(super) async fn run(arguments: HealthArguments, loaded: &Loaded) -> anyhow::Result<ExitCode> {
    let token = auth_token()?;
    let (url, from) = match &arguments.url {
        Some(url) => (url.trim_end_matches('/').to_owned(), "--url"),
        None => {
            let address = app::address(&loaded.settings, token.as_ref());
            (format!("http://{}", reachable(address)), "server.bind")
        }
    };
    if !url.starts_with("http://") {
        bail!("--url: expected http://address:port, found `{url}`");
    }
    let path = if arguments.ready { "/readyz" } else { "/livez" };
    let client = reqwest::Client::builder().timeout(PATIENCE).build()?;
    let mut request = client.get(format!("{url}{path}"));
    if let Some(token) = &token {
        request = request.bearer_auth(token.expose_secret());
    }
    let unreachable = || format!("no server answers at {url} ({from})");
    let response = request.send().await.with_context(unreachable)?;
    let status = response.status();
    let body = response.text().await.with_context(unreachable)?;
    if matches!(status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) {
        bail!(
            "{path} answers {status}: name it in `access.open` of the server, or set AUTH_TOKEN here"
        );
    }
    let body: String = body.chars().take(SHOWN_CHARS).collect();
    print_line(&printable(body.trim()));
    Ok(match status.is_success() {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
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
