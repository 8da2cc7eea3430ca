//! `server`: where the program listens, and the limits of requests.

use std::net::SocketAddr;

use serde::Deserialize;

use super::Problems;

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ServerSettings {
    /// Address and port; without a token only loopback addresses are served.
    pub bind: String,
    pub max_body_bytes: u64,
    /// Seconds that running slices get to finish when the program is asked to stop.
    pub shutdown_grace_s: u64,
}

impl Default for ServerSettings {
    fn default() -> Self {
        Self {
            bind: "127.0.0.1:8080".to_owned(),
            // 100,000 rules in a request take about 3 MB.
            max_body_bytes: 4 << 20,
            shutdown_grace_s: 20,
        }
    }
}

impl ServerSettings {
    pub fn address(&self) -> Option<SocketAddr> {
        self.bind.parse().ok()
    }

    pub(super) fn check(&self, server: &mut Problems<'_>) {
        if self.address().is_none() {
            let problem = format!(
                "`{}` is not an address, expected one such as 127.0.0.1:8080",
                self.bind
            );
            server.add("bind", problem);
        }
        server.expect_between("max_body_bytes", self.max_body_bytes, 1 << 10..=64 << 20);
        server.expect_between("shutdown_grace_s", self.shutdown_grace_s, 0..=600);
    }
}
