//! Answers are compressed for browsers that take it.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use poem::http::{HeaderMap, header};

/// As headers name it.
pub(super) const NAME: &str = "gzip";

/// How much time compressing may take.
#[derive(Clone, Copy)]
pub(super) enum Effort {
    /// Done again for each answer.
    Least,
    /// Done once.
    Most,
}

pub(super) fn packed(bytes: &[u8], effort: Effort) -> Vec<u8> {
    let level = match effort {
        Effort::Least => Compression::new(2),
        Effort::Most => Compression::best(),
    };
    let mut encoder = GzEncoder::new(Vec::new(), level);
    let written = encoder.write_all(bytes);
    let finished = written.and_then(|()| encoder.finish());
    finished.expect("memory takes all that is written")
}

/// Whether a caller takes compressed answers.
pub(super) fn is_taken(asked: &HeaderMap) -> bool {
    let mut values = asked.get_all(header::ACCEPT_ENCODING).iter();
    values.any(|value| {
        let value = value.to_str().unwrap_or_default();
        value.split(',').any(|coding| {
            let (name, weight) = coding.split_once(';').unwrap_or((coding, ""));
            let is_refused = matches!(weight.trim(), "q=0" | "q=0.0" | "q=0.00" | "q=0.000");
            name.trim() == NAME && !is_refused
        })
    })
}

#[cfg(test)]
mod tests {
    use poem::http::HeaderValue;

    use super::*;

    #[test]
    fn only_those_who_take_it_are_sent_it() {
        for (value, expected) in [
            ("gzip, deflate, br", true),
            ("br;q=1.0, gzip;q=0.8", true),
            ("gzip;q=0", false),
            ("deflate", false),
            ("", false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static(value));
            assert_eq!(is_taken(&headers), expected, "{value}");
        }
    }
}
