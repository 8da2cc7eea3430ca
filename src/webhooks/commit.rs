//! The id of a commit.

use std::fmt;

/// 40 or 64 hexadecimal digits in small letters, which are not all zeros. It can be part of a command
/// line or a path.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct CommitId(String);

impl CommitId {
    /// `None`: a text that is not such a number.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let is_long = [40, 64].contains(&text.len());
        let is_hex = text.bytes().all(|byte| byte.is_ascii_hexdigit());
        let is_some = text.bytes().any(|byte| byte != b'0');
        (is_long && is_hex && is_some).then(|| Self(text.to_ascii_lowercase()))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for CommitId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_commit_is_a_number() {
        let short = "da1560886d4f094c3e6c9ef40349f7d38b5d27d7";
        let long = "a".repeat(64);
        for good in [short, &long, &short.to_ascii_uppercase()] {
            let id = CommitId::parse(good).unwrap();
            assert_eq!(id.as_str(), good.to_ascii_lowercase());
        }
        for bad in [
            "",
            "main",
            &short[1..],
            &format!("{short}0"),
            &"0".repeat(40),
            &format!("-{}", &short[1..]),
            &format!("{} ", &short[1..]),
            &format!("{}\n", &short[1..]),
            &"ä".repeat(20),
        ] {
            assert_eq!(CommitId::parse(bad), None, "{bad:?}");
        }
    }
}
