//! Which hosts may be asked.

use reqwest::Url;

/// A list of hosts: `example.com`, `example.com:8080`, `*.example.com`. Without a port any is
/// allowed; `*` stands for one name or more.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AllowedHosts(Vec<Host>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Host {
    /// In small letters; that of names below it begins with a dot.
    name: String,
    port: Option<u16>,
}

impl AllowedHosts {
    /// An error names the entry that is none.
    pub fn read(list: &[String]) -> Result<Self, String> {
        list.iter()
            .map(|entry| Host::read(entry))
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// Whether the host of an address is in the list.
    pub fn allow(&self, address: &str) -> bool {
        Url::parse(address).is_ok_and(|url| self.allows(&url))
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn allows(&self, url: &Url) -> bool {
        let Some(name) = url.host_str() else {
            return false;
        };
        let name = name.trim_end_matches('.');
        let port = url.port_or_known_default();
        self.0
            .iter()
            .any(|host| host.is(name) && (host.port.is_none() || host.port == port))
    }
}

impl Host {
    fn read(entry: &str) -> Result<Self, String> {
        let fault = || format!("`{entry}`: expected HOST, HOST:PORT or *.DOMAIN");
        let (suffix, below) = match entry.strip_prefix("*.") {
            Some(suffix) => (suffix, "."),
            None => (entry, ""),
        };
        // Whatever else it may hold, such as a path or a user, is not part of a host.
        if suffix.is_empty() || suffix.contains(['/', '@', '?', '#', '*', '\\', ' ']) {
            return Err(fault());
        }
        // With a scheme that has no usual port: all that are written are kept.
        let url = Url::parse(&format!("http://{suffix}/")).map_err(|_| fault())?;
        let name = url.host_str().ok_or_else(fault)?.trim_end_matches('.');
        let is_written = suffix
            .rsplit_once(':')
            .is_some_and(|(_, port)| !port.ends_with(']'));
        Ok(Self {
            name: format!("{below}{name}"),
            port: is_written.then(|| url.port_or_known_default()).flatten(),
        })
    }

    fn is(&self, name: &str) -> bool {
        match self.name.starts_with('.') {
            true => name.len() > self.name.len() && name.ends_with(&self.name),
            false => name == self.name,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_allowed_by_name_and_port() {
        let list = [
            "example.com",
            "*.example.org",
            "Local.Host:8080",
            "[::1]",
            "10.0.0.1:80",
        ];
        let hosts = AllowedHosts::read(&list.map(str::to_owned)).unwrap();
        for (url, expected) in [
            ("http://example.com/x", true),
            ("https://EXAMPLE.com:99/x", true),
            ("http://example.com./", true),
            ("http://a.example.com/", false),
            ("http://badexample.com/", false),
            ("http://example.com.bad/", false),
            ("http://example.com@bad/", false),
            ("http://a.b.example.org/", true),
            ("http://example.org/", false),
            ("http://badexample.org/", false),
            ("http://local.host:8080/", true),
            ("http://local.host/", false),
            ("http://[::1]:99/", true),
            ("http://[::2]/", false),
            ("http://10.0.0.1/", true),
            ("http://167772161/", true),
            ("http://10.0.0.1:81/", false),
        ] {
            assert_eq!(hosts.allows(&url.parse().unwrap()), expected, "{url}");
        }
        assert!(!AllowedHosts::default().allows(&"http://example.com".parse().unwrap()));
    }

    #[test]
    fn what_is_no_host_is_named() {
        for entry in [
            "",
            "*",
            "*.",
            "http://example.com",
            "a/b",
            "u@h",
            "h:x",
            "a.*.b",
        ] {
            let fault = AllowedHosts::read(&[entry.to_owned()]).unwrap_err();
            assert!(
                fault.starts_with(&format!("`{entry}`: expected HOST")),
                "{fault}"
            );
        }
    }
}
