//! Where a request comes from, also through proxies.

use std::net::{IpAddr, SocketAddr};

use poem::http::HeaderMap;
use poem::{FromRequest, Request, RequestBody};

use super::Callers;
use super::called::{is_proxy, last};
use crate::http::error::Failure;

/// The caller at the other end, behind proxies that are trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::http) struct Client {
    pub address: Option<IpAddr>,
    /// Whether nobody on the way can read what is sent.
    pub is_by_tls: bool,
}

impl Client {
    pub(super) fn of(request: &Request, callers: &Callers) -> Self {
        let peer = request.remote_addr().as_socket_addr();
        let peer = peer.map(|peer| peer.ip().to_canonical());
        let headers = request.headers();
        let is_proxied = peer.is_some_and(|peer| is_proxy(peer, callers));
        let public = callers.public_url.as_ref();
        let public = public.is_some_and(|public| public.origin.as_str().starts_with("https:"));
        let forwarded = is_proxied && last(headers, "x-forwarded-proto") == Some("https");
        Self {
            address: peer.map(|peer| behind(peer, headers, callers)),
            is_by_tls: public || forwarded,
        }
    }
}

/// The nearest address that is not one of a trusted proxy. Each proxy appends the address of its own
/// caller, so that what stands further left may be invented.
fn behind(peer: IpAddr, headers: &HeaderMap, callers: &Callers) -> IpAddr {
    let lists = headers.get_all("x-forwarded-for").iter().rev();
    let mut texts = lists.flat_map(|list| {
        let list = list.to_str().unwrap_or_default();
        list.rsplit(',').map(str::trim)
    });
    let mut nearest = peer;
    while is_proxy(nearest, callers)
        && let Some(next) = texts.next().and_then(address)
    {
        nearest = next;
    }
    nearest
}

/// Some proxies add the port.
fn address(text: &str) -> Option<IpAddr> {
    let with_port = || text.parse::<SocketAddr>().ok().map(|both| both.ip());
    let bare = text.parse().ok();
    bare.or_else(with_port)
        .map(|address: IpAddr| address.to_canonical())
}

impl<'a> FromRequest<'a> for Client {
    async fn from_request(request: &'a Request, _: &mut RequestBody) -> poem::Result<Self> {
        let client = request.extensions().get::<Self>().copied();
        client.ok_or_else(|| Failure::internal().into())
    }
}

#[cfg(test)]
mod tests {
    use poem::http::HeaderValue;

    use super::*;
    use crate::access::network;

    fn seen(peer: &str, forwarded: &[&'static str]) -> String {
        let networks = ["127.0.0.0/8", "::1", "10.0.0.0/8"];
        let callers = Callers {
            proxies: networks.iter().filter_map(|text| network(text)).collect(),
            ..Callers::default()
        };
        let mut headers = HeaderMap::new();
        for value in forwarded {
            headers.append("x-forwarded-for", HeaderValue::from_static(value));
        }
        let peer: IpAddr = peer.parse().expect("an address");
        behind(peer.to_canonical(), &headers, &callers).to_string()
    }

    #[test]
    fn the_nearest_address_that_is_not_a_proxy_counts() {
        for (peer, forwarded, expected) in [
            ("127.0.0.1", &[][..], "127.0.0.1"),
            ("127.0.0.1", &["192.0.2.7"], "192.0.2.7"),
            ("::ffff:127.0.0.1", &["192.0.2.7"], "192.0.2.7"),
            ("127.0.0.1", &["6.6.6.6, 192.0.2.7"], "192.0.2.7"),
            ("127.0.0.1", &["6.6.6.6", "192.0.2.7,10.1.2.3"], "192.0.2.7"),
            ("127.0.0.1", &["10.1.2.3"], "10.1.2.3"),
            ("127.0.0.1", &["192.0.2.7:1234"], "192.0.2.7"),
            ("127.0.0.1", &["[2001:db8::7]:1234"], "2001:db8::7"),
            ("127.0.0.1", &["2001:db8::7"], "2001:db8::7"),
            // What cannot be read was not written by a proxy that is trusted.
            ("127.0.0.1", &["6.6.6.6, unknown"], "127.0.0.1"),
            ("127.0.0.1", &["6.6.6.6, , 10.0.0.1"], "10.0.0.1"),
            // Others may say what they like.
            ("192.0.2.1", &["192.0.2.7"], "192.0.2.1"),
        ] {
            assert_eq!(seen(peer, forwarded), expected, "{peer} {forwarded:?}");
        }
    }
}
