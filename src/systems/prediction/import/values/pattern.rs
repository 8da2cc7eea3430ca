//! Regular expressions of mappings.

use std::fmt;

use regex_automata::meta::{BuildError, Config, Regex};
use serde::de::{Deserialize, Deserializer, Error};

use super::fold::{clean, fold};

/// Bytes that one compiled expression may take.
const SIZE_MAX: usize = 1 << 20;

/// A regular expression.
#[derive(Clone)]
pub(crate) struct Pattern {
    text: String,
    regex: Regex,
}

impl Pattern {
    pub fn new(text: &str) -> Result<Self, String> {
        let config = Config::new()
            .nfa_size_limit(Some(SIZE_MAX))
            .onepass_size_limit(Some(SIZE_MAX))
            .hybrid_cache_capacity(SIZE_MAX);
        let regex = Regex::builder().configure(config).build(text);
        let regex = regex.map_err(|error| problem(text, &error))?;
        Ok(Self {
            text: text.to_owned(),
            regex,
        })
    }

    pub fn as_str(&self) -> &str {
        &self.text
    }

    pub fn is_match(&self, text: &str) -> bool {
        self.regex.is_match(text)
    }

    /// Its first group, or all of what it matches.
    pub fn captured<'t>(&self, text: &'t str) -> Option<&'t str> {
        let mut captures = self.regex.create_captures();
        self.regex.captures(text, &mut captures);
        let span = captures.get_group(1).or_else(|| captures.get_group(0))?;
        Some(&text[span.range()])
    }

    /// A text without what it matches.
    pub fn removed_from(&self, text: &str) -> String {
        let mut left = String::with_capacity(text.len());
        let mut from = 0;
        for found in self.regex.find_iter(text) {
            left.push_str(&text[from..found.start()]);
            from = found.end();
        }
        left.push_str(&text[from..]);
        left
    }

    /// Whether the text of a cell matches as it is stored, or without its white space: 合　計.
    pub fn finds(&self, text: &str) -> bool {
        let clean = clean(text);
        self.is_match(&clean) || clean.contains(' ') && self.is_match(&fold(&clean))
    }

    /// What is captured there.
    pub fn found(&self, text: &str) -> Option<String> {
        let clean = clean(text);
        if let Some(found) = self.captured(&clean) {
            return Some(found.to_owned());
        }
        let folded = clean.contains(' ').then(|| fold(&clean))?;
        self.captured(&folded).map(str::to_owned)
    }
}

fn problem(text: &str, error: &BuildError) -> String {
    match error.syntax_error() {
        Some(error) => {
            let last = error.to_string();
            let last = last.lines().last().unwrap_or_default().trim();
            let last = last.strip_prefix("error: ").unwrap_or(last);
            format!("invalid regular expression `{text}`: {last}")
        }
        None => format!("the regular expression `{text}` is too large"),
    }
}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.text.fmt(f)
    }
}

impl<'de> Deserialize<'de> for Pattern {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::new(&text).map_err(D::Error::custom)
    }
}
