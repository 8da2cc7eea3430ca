//! `server`: where the program listens, and the limits of requests.

use std::net::SocketAddr;

use serde::Deserialize;

use super::Problems;
use crate::access::{self, HostName, IpNet, PublicUrl};

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ServerSettings {
    /// Address and port; without a token only loopback addresses are served.
    pub bind: String,
    /// Names by which a server without a token may be called, besides those of loopback.
    pub hosts: Vec<String>,
    /// Under which callers reach the server; absent: by the address that it listens on.
    pub public_url: Option<String>,
    /// Addresses and networks of the proxies whose `X-Forwarded-…` headers count.
    pub trusted_proxies: Vec<String>,
    pub max_body_bytes: u64,
    /// Seconds in which the head of a request has to come.
    pub header_timeout_s: u64,
    /// Seconds in which the next byte of a body has to come.
    pub body_idle_s: u64,
    /// Seconds after which a connection on which nothing happens is closed.
    pub idle_s: u64,
    /// Connections that are open at once.
    pub connections_max: u64,
    /// Requests that are worked on at once.
    pub requests_max: u64,
    /// Streams of events that are open at once.
    pub streams_max: u64,
    /// Downloads that are sent at once.
    pub downloads_max: u64,
    /// Bytes of bodies in memory, of all requests together.
    pub bodies_bytes_max: u64,
    /// Seconds that running slices get to finish when the program is asked to stop.
    pub shutdown_grace_s: u64,
}

impl Default for ServerSettings {
    fn default() -> Self {
        Self {
            bind: "127.0.0.1:8080".to_owned(),
            hosts: Vec::new(),
            public_url: None,
            trusted_proxies: vec!["127.0.0.0/8".to_owned(), "::1".to_owned()],
            // 100,000 rules in a request take about 3 MB.
            max_body_bytes: 4 << 20,
            header_timeout_s: 10,
            body_idle_s: 30,
            // Longer than the minute for which proxies and clients usually keep connections.
            idle_s: 75,
            connections_max: 8_192,
            requests_max: 4_096,
            streams_max: 1_024,
            // Each needs a connection, files of a database, and some MB.
            downloads_max: 32,
            // A model of the usual size limit, and 16 of the longest of others.
            bodies_bytes_max: 320 << 20,
            shutdown_grace_s: 20,
        }
    }
}

impl ServerSettings {
    pub fn address(&self) -> Option<SocketAddr> {
        self.bind.parse().ok()
    }

    pub fn hosts(&self) -> Vec<HostName> {
        let hosts = self.hosts.iter();
        hosts.filter_map(|host| HostName::parse(host)).collect()
    }

    pub fn public_url(&self) -> Option<PublicUrl> {
        PublicUrl::parse(self.public_url.as_deref()?)
    }

    pub fn trusted_proxies(&self) -> Vec<IpNet> {
        let networks = self.trusted_proxies.iter();
        networks.filter_map(|text| access::network(text)).collect()
    }

    pub(super) fn check(&self, server: &mut Problems<'_>) {
        if self.address().is_none() {
            let problem = format!(
                "`{}` is not an address, expected one such as 127.0.0.1:8080",
                self.bind
            );
            server.add("bind", problem);
        }
        for (place, host) in self.hosts.iter().enumerate() {
            if HostName::parse(host).is_none() {
                let problem = format!("`{host}` is not a host, expected one such as box.example");
                server.add(&format!("hosts.{place}"), problem);
            }
        }
        if let Some(url) = &self.public_url
            && PublicUrl::parse(url).is_none()
        {
            let problem = format!(
                "`{url}` is not the URL of a server, expected one such as https://box.example/path"
            );
            server.add("public_url", problem);
        }
        for (place, text) in self.trusted_proxies.iter().enumerate() {
            if access::network(text).is_none() {
                let problem = format!(
                    "`{text}` is not an address or a network, expected one such as 10.0.0.0/8"
                );
                server.add(&format!("trusted_proxies.{place}"), problem);
            }
        }
        server.expect_between("max_body_bytes", self.max_body_bytes, 1 << 10..=64 << 20);
        let mut between = |key: &str, value, range| server.expect_between(key, value, range);
        between("header_timeout_s", self.header_timeout_s, 1..=600);
        between("body_idle_s", self.body_idle_s, 1..=3_600);
        between("idle_s", self.idle_s, 1..=3_600);
        between("connections_max", self.connections_max, 16..=1_000_000);
        between("requests_max", self.requests_max, 1..=1_000_000);
        between("streams_max", self.streams_max, 1..=1_000_000);
        between("downloads_max", self.downloads_max, 1..=10_000);
        let bodies = self.max_body_bytes..=64 << 30;
        between("bodies_bytes_max", self.bodies_bytes_max, bodies);
        server.expect_between("shutdown_grace_s", self.shutdown_grace_s, 0..=600);
    }
}
