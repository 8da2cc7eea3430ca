//! Who may call, and from where.

mod changeable;
mod host;
mod identity;
mod keys;
mod open;
mod origin;
mod prefix;
mod public_url;
mod role;
mod scope;
mod session;

pub use changeable::Changeable;
pub use host::HostName;
pub use identity::Identity;
pub use ipnet::IpNet;
pub use keys::{Digest, Keys, digest};
pub use open::OpenPath;
pub use origin::Origin;
pub use prefix::Prefix;
pub use public_url::PublicUrl;
pub use role::Role;
pub use scope::Scope;
pub use session::{SealingKey, Session};

use std::net::IpAddr;

/// A network in CIDR notation, or one address.
pub fn network(text: &str) -> Option<IpNet> {
    let address = || text.parse::<IpAddr>().ok().map(IpNet::from);
    text.parse().ok().or_else(address)
}
