//! The address under which the program is reached from outside, behind a proxy.

use std::fmt;

use url::Url;

use super::{Origin, Prefix};

/// An origin and the path below which everything is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicUrl {
    pub origin: Origin,
    pub prefix: Prefix,
}

impl PublicUrl {
    /// `None`: `text` is not the URL of a page, or it has a query.
    pub fn parse(text: &str) -> Option<Self> {
        let url = Url::parse(text).ok()?;
        let is_plain = url.query().is_none() && url.fragment().is_none();
        let is_anonymous = url.username().is_empty() && url.password().is_none();
        let origin = Origin::of(&url).filter(|_| is_plain && is_anonymous)?;
        let prefix = Prefix::parse(url.path())?;
        Some(Self { origin, prefix })
    }
}

impl fmt::Display for PublicUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.origin, self.prefix)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_public_url_is_an_origin_and_a_path() {
        for (text, origin, prefix) in [
            ("https://a.example", "https://a.example", ""),
            ("https://a.example/", "https://a.example", ""),
            (
                "https://a.example/audience/",
                "https://a.example",
                "/audience",
            ),
            ("http://a.example:81/x/y", "http://a.example:81", "/x/y"),
        ] {
            let url = PublicUrl::parse(text).expect(text);
            assert_eq!((url.origin.as_str(), url.prefix.as_str()), (origin, prefix));
        }
        for text in [
            "",
            "a.example",
            "https://a.example?x",
            "ftp://a.example",
            "/a",
            "https://a.example//b",
        ] {
            assert_eq!(PublicUrl::parse(text), None, "{text}");
        }
    }
}
