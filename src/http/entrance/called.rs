//! Under which address a request has called the server.

use std::net::IpAddr;

use poem::Request;
use poem::http::{HeaderMap, header};

use super::Callers;
use crate::access::{HostName, Origin};

/// The hosts that a request names; a proxy names that of its own caller besides.
pub(super) struct Called {
    pub hosts: Vec<Option<HostName>>,
    /// Of the pages that are served under this address.
    pub origin: Option<Origin>,
}

impl Called {
    pub fn of(request: &Request, callers: &Callers) -> Self {
        let headers = request.headers();
        let mut hosts: Vec<Option<HostName>> = Vec::new();
        let mut named = |text: Option<&str>| {
            let host = text.and_then(HostName::parse);
            let shown = host.as_ref().map(ToString::to_string);
            hosts.push(host);
            shown
        };
        let own = headers.get_all(header::HOST).iter();
        let own = own.map(|value| value.to_str().ok()).collect::<Vec<_>>();
        // HTTP/2 names the host here.
        let authority = request.original_uri().authority();
        let mut host = authority.and_then(|authority| named(Some(authority.as_str())));
        for value in own {
            host = named(value).or(host);
        }
        let (mut scheme, forwarded) = ("http", is_by_proxy(request, callers));
        if forwarded {
            if let Some(name) = last(headers, "x-forwarded-host") {
                host = named(Some(name));
            }
            if last(headers, "x-forwarded-proto").is_some_and(|name| name == "https") {
                scheme = "https";
            }
        }
        let origin = host.and_then(|host| Origin::parse(&format!("{scheme}://{host}")));
        Self { hosts, origin }
    }
}

/// Whether the headers of a proxy count.
pub(super) fn is_by_proxy(request: &Request, callers: &Callers) -> bool {
    let remote = request.remote_addr().as_socket_addr();
    remote.is_some_and(|remote| is_proxy(remote.ip(), callers))
}

pub(super) fn is_proxy(address: IpAddr, callers: &Callers) -> bool {
    let address = address.to_canonical();
    let mut proxies = callers.proxies.iter();
    proxies.any(|network| network.contains(&address))
}

/// What the nearest proxy has said: each appends to what was sent to it.
pub(super) fn last<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let value = headers.get_all(name).iter().next_back()?.to_str().ok()?;
    value.rsplit(',').next().map(str::trim)
}
