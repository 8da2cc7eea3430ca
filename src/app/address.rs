//! Where to listen.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use anyhow::Context;
use secrecy::SecretString;
use tokio::net::TcpSocket;

use crate::http;
use crate::settings::Settings;

/// An address that is taken, and not listened on yet.
pub struct TakenAddress {
    pub(super) address: SocketAddr,
    pub(super) socket: TcpSocket,
}

/// Takes an address before anything starts, so that one in use is found first.
pub fn take_address(address: SocketAddr) -> anyhow::Result<TakenAddress> {
    let socket = http::bind(address).with_context(|| not_free(address))?;
    Ok(TakenAddress { address, socket })
}

pub(super) fn not_free(address: SocketAddr) -> String {
    format!("failed to listen on {address} (setting `server.bind`, or --bind)")
}

/// Where to listen: anybody may only be served when callers have to show a token.
pub fn address(settings: &Settings, token: Option<&SecretString>) -> SocketAddr {
    let loopback = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8080);
    let asked = settings.server.address().unwrap_or(loopback);
    let has_token = token.is_some() || !settings.access.tokens.is_empty();
    if has_token || asked.ip().is_loopback() {
        asked
    } else {
        SocketAddr::new(loopback.ip(), asked.port())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bound(bind: &str, token: Option<&str>) -> String {
        let mut settings = Settings::default();
        settings.server.bind = bind.to_owned();
        address(&settings, token.map(SecretString::from).as_ref()).to_string()
    }

    #[test]
    fn without_a_token_only_loopback_is_served() {
        assert_eq!(bound("0.0.0.0:9000", None), "127.0.0.1:9000");
        assert_eq!(bound("[::1]:9000", None), "[::1]:9000");
        assert_eq!(bound("0.0.0.0:9000", Some("secret")), "0.0.0.0:9000");
    }
}
