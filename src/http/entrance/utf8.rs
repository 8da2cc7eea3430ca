//! Paths whose escaped bytes are not UTF-8.
//!
//! poem drops parameters that it cannot decode, and refuses some of these paths before any operation
//! sees them. With the replacement character in their place, an operation answers what it answers to any
//! other name that it does not know.

use std::borrow::Cow;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use poem::http::Uri;
use poem::http::uri::PathAndQuery;

/// What is escaped in a part of a path: all but RFC 3986's unreserved characters.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// The address with a path that can be decoded; `None`: it is one already.
pub(super) fn decodable(uri: &Uri) -> Option<Uri> {
    if percent_decode_str(uri.path()).decode_utf8().is_ok() {
        return None;
    }
    let parts: Vec<Cow<'_, str>> = uri.path().split('/').map(part).collect();
    let path = parts.join("/");
    let path_and_query = match uri.query() {
        Some(query) => format!("{path}?{query}"),
        None => path,
    };
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(path_and_query.parse::<PathAndQuery>().ok()?);
    Uri::from_parts(parts).ok()
}

fn part(part: &str) -> Cow<'_, str> {
    let decoded = percent_decode_str(part);
    match decoded.clone().decode_utf8() {
        Ok(_) => part.into(),
        Err(_) => utf8_percent_encode(&decoded.decode_utf8_lossy(), ESCAPED)
            .to_string()
            .into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_parts_that_cannot_be_decoded_are_changed() {
        let changed = |uri: &str| decodable(&uri.parse().unwrap()).map(|uri| uri.to_string());
        for uri in ["/", "/v1/jobs/a%20b?x=%ff", "/v1/%E7%9F%AD/a%2Fb", "/%zz"] {
            assert_eq!(changed(uri), None, "{uri}");
        }
        for (uri, expected) in [
            ("/v1/jobs/%ff", "/v1/jobs/%EF%BF%BD"),
            ("/a%2fb/%2f%ffc?x=%ff", "/a%2fb/%2F%EF%BF%BDc?x=%ff"),
            ("/%c3%28/", "/%EF%BF%BD%28/"),
        ] {
            assert_eq!(changed(uri).as_deref(), Some(expected));
        }
    }
}
