//! Origins of web pages.

use std::fmt;

use url::Url;

/// Where a page comes from: scheme, host and port, as browsers write it in the header `Origin`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Origin(String);

impl Origin {
    /// `None`: `text` is not the origin of a page, or it is more than that.
    pub fn parse(text: &str) -> Option<Self> {
        let url = Url::parse(text).ok()?;
        let is_bare = url.username().is_empty()
            && url.password().is_none()
            && url.path() == "/"
            && url.query().is_none()
            && url.fragment().is_none()
            && !text.contains('*');
        is_bare.then(|| Self::of(&url)).flatten()
    }

    /// The origin of a page at this URL.
    pub(super) fn of(url: &Url) -> Option<Self> {
        let is_web = matches!(url.scheme(), "http" | "https");
        (is_web && url.has_host()).then(|| Self(url.origin().ascii_serialization()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_a_scheme_a_host_and_a_port() {
        for (text, expected) in [
            ("https://panel.example.org", "https://panel.example.org"),
            ("https://Panel.Example.org:443", "https://panel.example.org"),
            ("http://localhost:8080", "http://localhost:8080"),
            ("http://localhost:80/", "http://localhost"),
            ("http://[::1]:8080", "http://[::1]:8080"),
        ] {
            assert_eq!(Origin::parse(text).expect(text).as_str(), expected);
        }
        for text in [
            "",
            "*",
            "null",
            "panel.example.org",
            "https://*.example.org",
            "https://panel.example.org/a",
            "https://panel.example.org?a",
            "https://user@panel.example.org",
            "file:///etc/passwd",
            "data:text/html,a",
        ] {
            assert_eq!(Origin::parse(text), None, "{text}");
        }
    }
}
