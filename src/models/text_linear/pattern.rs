//! `token_pattern`: what a word is, in the syntax of Python's `re`.

mod translate;

use regex_automata::meta::Regex;
use regex_automata::util::captures::Captures;

use crate::models::refusal::Refusal;
use crate::text::is_word_character;

/// What TfidfVectorizer takes for a word unless it is told otherwise.
pub(super) const DEFAULT_PATTERN: &str = r"(?u)\b\w\w+\b";

pub(super) enum TokenPattern {
    /// Whole runs of characters of words, of at least so many.
    Runs(usize),
    Other(Box<Other>),
}

pub(super) struct Other {
    regex: Regex,
    /// The group that is the word: the only one, or all of the match.
    group: usize,
}

impl TokenPattern {
    pub fn new(pattern: &str) -> Result<Self, Refusal> {
        if let Some(shortest) = run(pattern) {
            return Ok(Self::Runs(shortest));
        }
        let refusal = |reason: String| {
            Refusal::new(format!(
                "token_pattern: {pattern:?} {reason}; expected the default {DEFAULT_PATTERN:?}, or a pattern without that"
            ))
        };
        let translated = translate::translated(pattern).map_err(refusal)?;
        let regex = Regex::builder()
            .configure(Regex::config().nfa_size_limit(Some(10 << 20)))
            .build(&translated)
            .map_err(|_| refusal("is too large, or not a pattern".to_owned()))?;
        let group = match regex.captures_len() {
            1 => 0,
            2 => 1,
            _ => return Err(refusal("has several groups".to_owned())),
        };
        Ok(Self::Other(Box::new(Other { regex, group })))
    }

    /// Gives `take` each word of a text, as `findall` does.
    pub fn tokens<'t>(&self, text: &'t str, take: impl FnMut(&'t str)) {
        match self {
            Self::Runs(shortest) => runs(text, *shortest, take),
            Self::Other(other) => other.tokens(text, take),
        }
    }
}

impl Other {
    fn tokens<'t>(&self, text: &'t str, mut take: impl FnMut(&'t str)) {
        if self.group == 0 {
            for found in self.regex.find_iter(text) {
                take(&text[found.range()]);
            }
            return;
        }
        let groups: Vec<Captures> = self.regex.captures_iter(text).collect();
        for captures in groups {
            // A group that took no part is an empty text.
            let span = captures.get_group(self.group);
            take(span.map_or("", |span| &text[span.range()]));
        }
    }
}

/// The shortest run of `\w` that a pattern takes, if it takes whole runs.
fn run(pattern: &str) -> Option<usize> {
    let pattern = pattern.strip_prefix("(?u)").unwrap_or(pattern);
    let inner = pattern.strip_prefix(r"\b").unwrap_or(pattern);
    let inner = inner.strip_suffix(r"\b").unwrap_or(inner);
    // From its start a run is taken to its end, with or without `\b`.
    if let Some(count) = inner
        .strip_prefix(r"\w{")
        .and_then(|rest| rest.strip_suffix(",}"))
    {
        return count.parse().ok().filter(|count| *count > 0);
    }
    let words = inner.strip_suffix('+')?;
    let count = words.len() / 2;
    (count > 0 && words == r"\w".repeat(count)).then_some(count)
}

fn runs<'t>(text: &'t str, shortest: usize, mut take: impl FnMut(&'t str)) {
    let runs = text.split(|character| !is_word_character(character));
    let is_long = |run: &&str| run.chars().nth(shortest - 1).is_some();
    runs.filter(is_long).for_each(&mut take);
}
