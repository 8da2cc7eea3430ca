//! Who may call, and from where.

mod host;
mod origin;
mod public_url;

pub use host::HostName;
pub use ipnet::IpNet;
pub use origin::Origin;
pub use public_url::PublicUrl;

use std::net::IpAddr;

/// A network in CIDR notation, or one address.
pub fn network(text: &str) -> Option<IpNet> {
    let address = || text.parse::<IpAddr>().ok().map(IpNet::from);
    text.parse().ok().or_else(address)
}
