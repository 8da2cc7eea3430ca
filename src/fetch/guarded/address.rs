//! Which URLs may be asked, and which addresses may be connected to.
//!
//! Whoever writes a scrape or an adapter, and every site that redirects, names hosts; none of them may reach what only this
//! machine can reach. A name is looked up once for each connection, and the connection is made to the
//! addresses that were checked: what the name means a moment later does not matter.

use std::future::Future;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use tokio::net::lookup_host;
use url::{Host, Url};

use crate::fetch::{AllowedHosts, is_public};

/// Why a URL is not asked. Shown to people: it holds nothing of the URL but its host.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum AddressFault {
    #[error("expected a URL that begins with http:// or https://, without a user")]
    NotAUrl,
    #[error(
        "the port {port} of {host} may not be asked; expected 80 or 443, or an exception in `{setting}`"
    )]
    Port {
        host: String,
        port: u16,
        setting: &'static str,
    },
    #[error("the address {address} of {host} is not public; `{setting}` makes exceptions")]
    NotPublic {
        host: String,
        address: IpAddr,
        setting: &'static str,
    },
    #[error("the host {host} is not known")]
    UnknownHost { host: String },
}

/// How a URL may be reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    /// At public addresses only.
    Public,
    /// Anywhere: somebody who runs this program named its host and port.
    Excepted,
}

/// Ports that are asked without an exception.
const PORTS: [u16; 2] = [80, 443];

/// What may be asked.
#[derive(Clone, Debug)]
pub(crate) struct Rules {
    /// Hosts that may be asked wherever they are.
    pub allowed: AllowedHosts,
    /// Whether any port may be asked: only people who run this program name hosts.
    pub any_port: bool,
    /// Where exceptions are made, for people.
    pub setting: &'static str,
}

impl Rules {
    /// Judges a URL by itself; names are looked up when a connection is made.
    pub fn check(&self, url: &Url) -> Result<Reach, AddressFault> {
        check(url, self)
    }
}

fn check(url: &Url, rules: &Rules) -> Result<Reach, AddressFault> {
    let is_http = ["http", "https"].contains(&url.scheme());
    let has_user = !url.username().is_empty() || url.password().is_some();
    let (Some(host), Some(port)) = (url.host(), url.port_or_known_default()) else {
        return Err(AddressFault::NotAUrl);
    };
    if !is_http || has_user {
        return Err(AddressFault::NotAUrl);
    }
    if rules.allowed.allow(url.as_str()) {
        return Ok(Reach::Excepted);
    }
    let setting = rules.setting;
    if !rules.any_port && !PORTS.contains(&port) {
        let host = host.to_string();
        return Err(AddressFault::Port {
            host,
            port,
            setting,
        });
    }
    let address = match host {
        Host::Ipv4(address) => IpAddr::V4(address),
        Host::Ipv6(address) => IpAddr::V6(address),
        Host::Domain(_) => return Ok(Reach::Public),
    };
    check_all(&host.to_string(), [address], setting)?;
    Ok(Reach::Public)
}

/// All of them have to be public: which one is connected to is not ours to say.
fn check_all(
    host: &str,
    addresses: impl IntoIterator<Item = IpAddr>,
    setting: &'static str,
) -> Result<(), AddressFault> {
    let mut addresses = addresses.into_iter();
    match addresses.find(|address| !is_public(*address)) {
        None => Ok(()),
        Some(address) => Err(AddressFault::NotPublic {
            host: host.to_owned(),
            address,
            setting,
        }),
    }
}

pub(crate) type Lookup = Pin<Box<dyn Future<Output = std::io::Result<Vec<IpAddr>>> + Send>>;

/// Looks up the addresses of a name.
pub(crate) trait Dns: Send + Sync + 'static {
    fn look_up(&self, host: &str) -> Lookup;
}

/// That of the machine.
#[derive(Debug)]
pub(crate) struct SystemDns;

impl Dns for SystemDns {
    fn look_up(&self, host: &str) -> Lookup {
        let host = host.to_owned();
        Box::pin(async move {
            let found = lookup_host((host.as_str(), 0)).await?;
            Ok(found.map(|address| address.ip()).collect())
        })
    }
}

/// Hands the addresses of a name to a connection, if they may be connected to.
pub(super) struct Guard {
    pub dns: Arc<dyn Dns>,
    pub reach: Reach,
    pub setting: &'static str,
}

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let host = name.as_str().to_owned();
        let (reach, setting) = (self.reach, self.setting);
        let found = self.dns.look_up(&host);
        Box::pin(async move {
            let unknown = || AddressFault::UnknownHost { host: host.clone() };
            let addresses = found.await.map_err(|_| unknown())?;
            if addresses.is_empty() {
                return Err(unknown().into());
            }
            if reach == Reach::Public {
                check_all(&host, addresses.iter().copied(), setting)?;
            }
            // The port is that of the URL.
            let addresses = addresses
                .into_iter()
                .map(|address| SocketAddr::new(address, 0));
            Ok(Box::new(addresses) as Addrs)
        })
    }
}
