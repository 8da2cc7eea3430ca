//! Forms and queries: pairs of names and values.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// What stays as it is in a value of a query.
const KEPT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// The pairs of a query or of a form; what is not UTF-8 is replaced.
pub(super) fn pairs(text: &[u8]) -> Vec<(String, String)> {
    url::form_urlencoded::parse(text)
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .collect()
}

pub(crate) fn find<'p>(pairs: &'p [(String, String)], name: &str) -> Option<&'p str> {
    let found = pairs.iter().find(|(own, _)| own == name);
    found.map(|(_, value)| value.as_str())
}

/// A query of these pairs, with its `?`; those without a value are left out.
pub(crate) fn query<N: AsRef<str>, V: AsRef<str>>(pairs: &[(N, V)]) -> String {
    let mut query = String::new();
    for (name, value) in pairs {
        if value.as_ref().is_empty() {
            continue;
        }
        query.push(if query.is_empty() { '?' } else { '&' });
        query.push_str(name.as_ref());
        query.push('=');
        query.push_str(&encoded(value.as_ref()));
    }
    query
}

/// A text as a part of a path, or a value of a query.
pub(crate) fn encoded(text: &str) -> String {
    utf8_percent_encode(text, KEPT).to_string()
}

/// A text as a shell reads it: a quotation ends before a quote and begins again behind it.
pub(super) fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}

/// The same, without a quotation where none is needed.
pub(crate) fn shell_word(text: &str) -> String {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "_-./:=@+,".contains(letter);
    match !text.is_empty() && text.chars().all(is_plain) {
        true => text.to_owned(),
        false => quoted(text),
    }
}

/// A path of this site, to which a visitor may be sent after a form; anything else could lead away.
pub(super) fn own_path(text: &str) -> Option<&str> {
    let is_own = text.starts_with('/')
        && !text.starts_with("//")
        && !text.contains(['\\', '\r', '\n'])
        && text.bytes().all(|byte| byte.is_ascii_graphic());
    is_own.then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_can_be_read_again() {
        let given = [("q", "a b&c=ü"), ("empty", ""), ("state", "failed")];
        let query = query(&given);
        assert_eq!(query, "?q=a%20b%26c%3D%C3%BC&state=failed");
        let read = pairs(&query.as_bytes()[1..]);
        assert_eq!(find(&read, "q"), Some("a b&c=ü"));
        assert_eq!(find(&read, "empty"), None);
    }

    #[test]
    fn a_shell_reads_a_word_as_it_is() {
        assert_eq!(shell_word("table=ts_page"), "table=ts_page");
        assert_eq!(shell_word("it's $HOME"), "'it'\\''s $HOME'");
        assert_eq!(shell_word(""), "''");
    }

    #[test]
    fn no_form_leads_away() {
        for own in ["/", "/jobs?state=failed", "/jobs/0123"] {
            assert!(own_path(own).is_some(), "{own}");
        }
        for foreign in [
            "",
            "jobs",
            "//evil.example",
            "https://evil.example",
            "/\\evil",
            "/a\r\nb",
        ] {
            assert!(own_path(foreign).is_none(), "{foreign}");
        }
    }
}
