//! Names under which the server is called.

use std::fmt;
use std::net::IpAddr;

/// A host as in the header `Host`: a name or an address, with or without a port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostName {
    /// In lower case; an IPv6 address without its brackets.
    name: String,
    port: Option<u16>,
}

impl HostName {
    /// `None`: `text` is not a host.
    pub fn parse(text: &str) -> Option<Self> {
        let (name, port) = match text.strip_prefix('[') {
            Some(rest) => {
                let (address, port) = rest.split_once(']')?;
                address.parse::<std::net::Ipv6Addr>().ok()?;
                match port {
                    "" => (address, None),
                    port => (address, Some(port.strip_prefix(':')?)),
                }
            }
            None => match text.split_once(':') {
                Some((name, port)) => (name, Some(port)),
                None => (text, None),
            },
        };
        let port = port.map(str::parse).transpose().ok()?;
        let is_known = |byte: u8| byte.is_ascii_alphanumeric() || b"-._:".contains(&byte);
        (!name.is_empty() && name.bytes().all(is_known)).then(|| Self {
            name: name.to_ascii_lowercase(),
            port,
        })
    }

    /// Whether the name can only mean this machine: no name server is asked for it.
    pub fn is_loopback(&self) -> bool {
        let address = self.name.parse::<IpAddr>();
        self.name == "localhost" || address.is_ok_and(|address| address.is_loopback())
    }

    /// Whether a call to `other` is one to this host; without a port, to any port of it.
    pub fn includes(&self, other: &Self) -> bool {
        self.name == other.name && (self.port.is_none() || self.port == other.port)
    }
}

/// As in the header `Host`.
impl fmt::Display for HostName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name.contains(':') {
            true => write!(f, "[{}]", self.name)?,
            false => f.write_str(&self.name)?,
        }
        match self.port {
            Some(port) => write!(f, ":{port}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host(text: &str) -> HostName {
        HostName::parse(text).expect(text)
    }

    #[test]
    fn only_names_that_no_name_server_is_asked_for_are_loopback() {
        for text in [
            "localhost",
            "LOCALHOST:8080",
            "127.0.0.1",
            "127.0.0.1:80",
            "[::1]",
            "[::1]:9000",
        ] {
            assert!(host(text).is_loopback(), "{text}");
        }
        for text in [
            "localhost.example.org",
            "evil.example:8080",
            "127.0.0.1.example.org",
            "10.0.0.1",
            "[::2]:80",
            "0.0.0.0",
        ] {
            assert!(!host(text).is_loopback(), "{text}");
        }
    }

    #[test]
    fn what_is_not_a_host_is_not_read() {
        for text in [
            "",
            ":80",
            "a b",
            "localhost:x",
            "localhost:99999",
            "[::1",
            "[localhost]",
            "user@localhost",
            "localhost/",
            "::1",
        ] {
            assert_eq!(HostName::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_host_without_a_port_means_all_of_its_ports() {
        assert!(host("Box.Example").includes(&host("box.example:8080")));
        assert!(host("box.example:8080").includes(&host("box.example:8080")));
        assert!(!host("box.example:8080").includes(&host("box.example")));
        assert!(!host("box.example").includes(&host("other.box.example")));
    }
}
