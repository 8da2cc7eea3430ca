//! The path below which callers find the server.

use std::fmt;
use std::sync::Arc;

/// What stands in front of every path: it begins with a slash and ends without one, or it is empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prefix(Arc<str>);

impl Prefix {
    /// `None`: `text` is not a plain path. A browser would take one that begins with two slashes for
    /// another server.
    pub fn parse(text: &str) -> Option<Self> {
        let path = text.strip_suffix('/').unwrap_or(text);
        let is_known =
            |byte: u8| byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@%".contains(&byte);
        let is_plain = |part: &str| {
            !part.is_empty() && part != "." && part != ".." && part.bytes().all(is_known)
        };
        let is_path = match path.strip_prefix('/') {
            Some(parts) => parts.split('/').all(is_plain),
            None => path.is_empty(),
        };
        is_path.then(|| Self(path.into()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// A path of the server as its callers see it.
    pub fn join(&self, path: &str) -> String {
        format!("{}{path}", self.0)
    }

    /// The other way round: the path of the server, if `path` stands below this prefix.
    pub fn strip<'p>(&self, path: &'p str) -> Option<&'p str> {
        match path.strip_prefix(&*self.0)? {
            "" => Some("/"),
            rest => rest.starts_with('/').then_some(rest),
        }
    }
}

/// Nothing stands in front.
impl Default for Prefix {
    fn default() -> Self {
        Self("".into())
    }
}

impl fmt::Display for Prefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_is_a_plain_path() {
        for (text, expected) in [
            ("", ""),
            ("/", ""),
            ("/audience", "/audience"),
            ("/audience/", "/audience"),
            ("/x/y.z/%C3%A4", "/x/y.z/%C3%A4"),
        ] {
            assert_eq!(Prefix::parse(text).expect(text).as_str(), expected);
        }
        for text in [
            "audience",
            "//evil.example",
            "/audience//",
            "/a//b",
            "/a/../b",
            "/a?b",
            "/a#b",
            "/a b",
            "/\\evil.example",
            "https://evil.example",
            "/ä",
        ] {
            assert_eq!(Prefix::parse(text), None, "{text}");
        }
    }

    #[test]
    fn whole_parts_of_a_path_are_stripped() {
        let prefix = Prefix::parse("/audience").unwrap();
        for (path, expected) in [
            ("/audience", Some("/")),
            ("/audience/", Some("/")),
            ("/audience/v1/jobs", Some("/v1/jobs")),
            ("/audiences", None),
            ("/v1/jobs", None),
        ] {
            assert_eq!(prefix.strip(path), expected);
        }
    }
}
