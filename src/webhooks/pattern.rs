//! Patterns of branches, tags and changed paths: `*`, `?`, `[…]` and, as a whole part, `**`.
//!
//! Unlike patterns of outputs, they match names that begin with a dot, such as `.github/x.yml`: what is
//! in a repository is meant.

use glob::MatchOptions;

const OPTIONS: MatchOptions = MatchOptions {
    case_sensitive: true,
    require_literal_separator: true,
    require_literal_leading_dot: false,
};

#[derive(Clone, Debug)]
pub(crate) struct Pattern(glob::Pattern);

impl Pattern {
    /// An error says what is wrong.
    pub(crate) fn parse(written: &str) -> Result<Self, String> {
        if written.is_empty() {
            return Err("expected a name or a pattern such as release/*".to_owned());
        }
        let pattern = glob::Pattern::new(written);
        let pattern = pattern.map_err(|error| format!("invalid pattern: {}", error.msg))?;
        Ok(Self(pattern))
    }

    pub(crate) fn matches(&self, text: &str) -> bool {
        self.0.matches_with(text, OPTIONS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_stay_within_a_part() {
        for (pattern, text, expected) in [
            ("main", "main", true),
            ("main", "main2", false),
            ("release/*", "release/1.2", true),
            ("release/*", "release/1/2", false),
            ("*", "release/1", false),
            ("**", "release/1", true),
            ("src/**/*.rs", "src/a/b/c.rs", true),
            ("src/**/*.rs", "src/c.rs", true),
            ("**/*.md", "README.md", true),
            ("docs/**", "docs/a/b", true),
            ("docs/**", "docs2/a", false),
            (".github/*", ".github/x.yml", true),
            ("**", ".github/x.yml", true),
            ("v[0-9]*", "v1.2", true),
            ("資?", "資料", true),
        ] {
            let found = Pattern::parse(pattern).unwrap().matches(text);
            assert_eq!(found, expected, "{pattern} {text}");
        }
        for bad in ["", "a**", "[", "***"] {
            assert!(Pattern::parse(bad).is_err(), "{bad}");
        }
    }
}
