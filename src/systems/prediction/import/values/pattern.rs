//! Regular expressions of mappings.

use std::fmt;

use regex_automata::meta::{BuildError, Config, Regex};
use serde::de::{Deserialize, Deserializer, Error};

use super::fold::{clean, fold, nfkc};

/// Bytes that one compiled expression may take.
const SIZE_MAX: usize = 1 << 20;

/// A regular expression. Texts are stored as NFKC, in which `（` is `(`, so that one with such a character
/// would match none: it matches, too, as it is with its characters in that form.
#[derive(Clone)]
pub(crate) struct Pattern {
    text: String,
    regex: Regex,
    folded: Option<Regex>,
}

impl Pattern {
    pub fn new(text: &str) -> Result<Self, String> {
        let config = Config::new()
            .nfa_size_limit(Some(SIZE_MAX))
            .onepass_size_limit(Some(SIZE_MAX))
            .hybrid_cache_capacity(SIZE_MAX);
        let mut builder = Regex::builder();
        builder.configure(config);
        let regex = builder.build(text).map_err(|error| problem(text, &error))?;
        let folded = folded(text).and_then(|folded| builder.build(&folded).ok());
        Ok(Self {
            text: text.to_owned(),
            regex,
            folded,
        })
    }

    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether it has a group whose text can be taken.
    pub fn has_group(&self) -> bool {
        self.regex.captures_len() > 1
    }

    fn forms(&self) -> impl Iterator<Item = &Regex> {
        std::iter::once(&self.regex).chain(&self.folded)
    }

    pub fn is_match(&self, text: &str) -> bool {
        self.forms().any(|regex| regex.is_match(text))
    }

    /// Its first group, or all of what it matches.
    pub fn captured<'t>(&self, text: &'t str) -> Option<&'t str> {
        self.forms().find_map(|regex| {
            let mut captures = regex.create_captures();
            regex.captures(text, &mut captures);
            let span = captures.get_group(1).or_else(|| captures.get_group(0))?;
            Some(&text[span.range()])
        })
    }

    /// A text without what it matches.
    pub fn removed_from(&self, text: &str) -> String {
        let mut left = text.to_owned();
        for regex in self.forms() {
            left = removed(regex, &left);
        }
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

fn removed(regex: &Regex, text: &str) -> String {
    let mut left = String::with_capacity(text.len());
    let mut from = 0;
    for found in regex.find_iter(text) {
        left.push_str(&text[from..found.start()]);
        from = found.end();
    }
    left.push_str(&text[from..]);
    left
}

/// An expression with the characters that NFKC makes another of as that one, which stands for itself;
/// `None` if it has none of them.
fn folded(text: &str) -> Option<String> {
    let mut folded = String::with_capacity(text.len());
    for character in text.chars() {
        let mut bytes = [0; 4];
        let normal = nfkc(character.encode_utf8(&mut bytes));
        let mut characters = normal.chars();
        match (characters.next(), characters.next()) {
            (Some(one), None) if one != character => {
                // `\<` and `\>` would be bounds of a word.
                let is_special = one.is_ascii_punctuation() || one == ' ';
                if is_special && one != '<' && one != '>' {
                    folded.push('\\');
                }
                folded.push(one);
            }
            // What becomes several characters cannot stand in every place of an expression.
            _ => folded.push(character),
        }
    }
    (folded != text).then_some(folded)
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
