//! Which addresses may be connected to: public ones, and exceptions.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// Addresses that are not public and may be connected to all the same: `10.0.0.5`, `10.0.0.5:8443`,
/// `[fd00::1]:443`. Without a port any is allowed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AllowedAddresses {
    listed: Vec<(IpAddr, Option<u16>)>,
    any: bool,
}

impl AllowedAddresses {
    /// An error names the entry that is none.
    pub fn read(list: &[String]) -> Result<Self, String> {
        let entries = list.iter().map(|entry| Self::entry(entry));
        Ok(Self {
            listed: entries.collect::<Result<_, _>>()?,
            any: false,
        })
    }

    /// For what only the operator of this program names.
    pub fn any() -> Self {
        Self {
            any: true,
            ..Self::default()
        }
    }

    fn entry(entry: &str) -> Result<(IpAddr, Option<u16>), String> {
        if let Ok(address) = entry.parse::<SocketAddr>() {
            return Ok((address.ip(), Some(address.port())));
        }
        let bare = entry
            .strip_prefix('[')
            .and_then(|rest| rest.strip_suffix(']'));
        let address = bare.unwrap_or(entry).parse::<IpAddr>();
        let address = address.map_err(|_| {
            format!("`{entry}`: expected an address such as 10.0.0.5 or 10.0.0.5:8443")
        })?;
        Ok((address, None))
    }

    pub(super) fn allow(&self, address: SocketAddr) -> bool {
        let (ip, port) = (address.ip().to_canonical(), address.port());
        let is_listed = |(own, of): &(IpAddr, Option<u16>)| {
            own.to_canonical() == ip && of.is_none_or(|of| of == port)
        };
        self.any || is_public(ip) || self.listed.iter().any(is_listed)
    }
}

/// Whether everybody means the same machine by it, and it is not one of ours. What is reserved for another
/// purpose counts as not public.
pub(crate) fn is_public(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [first, second, third, _] = address.octets();
    let is_special = match (first, second, third) {
        // This network, and machines that are not on the internet.
        (0 | 10 | 127, _, _) | (169, 254, _) | (192, 168, _) => true,
        (172, 16..=31, _) => true,
        // Shared by customers of a provider.
        (100, 64..=127, _) => true,
        // Protocols, documentation, benchmarks, relays.
        (192, 0, 0 | 2) | (192, 88, 99) | (198, 18..=19, _) => true,
        (198, 51, 100) | (203, 0, 113) => true,
        // Groups, reserved, broadcast.
        (224..=255, _, _) => true,
        _ => false,
    };
    !is_special
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let parts = address.segments();
    match parts {
        // A relay leads to an address of the old kind.
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => is_public_v4(embedded(high, low)),
        [0x2002, high, low, ..] => is_public_v4(embedded(high, low)),
        // Protocols (Teredo among them), documentation.
        [0x2001, 0..=0x1ff, ..] | [0x2001, 0xdb8, ..] | [0x3fff, 0..=0xfff, ..] => false,
        // All that is given to the internet so far.
        [first, ..] => (0x2000..=0x3fff).contains(&first),
    }
}

fn embedded(high: u16, low: u16) -> Ipv4Addr {
    Ipv4Addr::from(u32::from(high) << 16 | u32::from(low))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_public_addresses_are_public() {
        for public in [
            "1.1.1.1",
            "192.0.1.1",
            "172.32.0.1",
            "100.128.0.1",
            "2606:4700::1",
            "64:ff9b::1.1.1.1",
            "::ffff:8.8.8.8",
        ] {
            assert!(is_public(public.parse().unwrap()), "{public}");
        }
        for other in [
            "0.0.0.0",
            "10.0.0.1",
            "127.0.0.1",
            "127.255.0.3",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "100.64.0.1",
            "192.0.0.8",
            "192.0.2.1",
            "198.18.0.1",
            "198.51.100.7",
            "203.0.113.9",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "fe80::1",
            "fc00::1",
            "fd12:3456::1",
            "ff02::1",
            "::ffff:10.0.0.1",
            "::10.0.0.1",
            "64:ff9b::127.0.0.1",
            "2002:7f00:1::1",
            "2001:db8::1",
            "2001::1",
            "3fff::1",
            "fec0::1",
        ] {
            assert!(!is_public(other.parse().unwrap()), "{other}");
        }
    }

    #[test]
    fn exceptions_are_addresses_with_or_without_a_port() {
        let list = ["10.0.0.5:8443", "127.0.0.1", "[fd00::1]:443", "::1"].map(str::to_owned);
        let allowed = AllowedAddresses::read(&list).unwrap();
        for (address, expected) in [
            ("10.0.0.5:8443", true),
            ("10.0.0.5:443", false),
            ("127.0.0.1:1", true),
            ("[::ffff:127.0.0.1]:1", true),
            ("[fd00::1]:443", true),
            ("[fd00::1]:80", false),
            ("[::1]:9", true),
            ("8.8.8.8:80", true),
        ] {
            assert_eq!(
                allowed.allow(address.parse().unwrap()),
                expected,
                "{address}"
            );
        }
        for wrong in ["localhost", "10.0.0.5:", "10.0.0.0/8", ""] {
            let fault = AllowedAddresses::read(&[wrong.to_owned()]).unwrap_err();
            assert!(
                fault.starts_with(&format!("`{wrong}`: expected an address")),
                "{fault}"
            );
        }
    }
}
