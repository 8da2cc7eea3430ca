//! Cuts the texts of a brief into words: those that the brief names stay whole.

use aho_corasick::{AhoCorasick, MatchKind};

use super::clean::clean;
use crate::systems::briefs::keywords::{Keyword, fold};
use crate::text::words;

/// Knows the terms of a brief and the words of `briefs.dictionary`.
#[derive(Clone, Debug)]
pub(crate) struct Segmenter {
    /// `None` if there are no words of the brief's own.
    own: Option<AhoCorasick>,
}

impl Segmenter {
    pub fn new(keywords: &[Keyword], dictionary: &[String]) -> Self {
        let terms = keywords
            .iter()
            .flat_map(|keyword| &keyword.groups)
            .flatten();
        // One of a single character is no word, and one with blanks is more than one.
        let is_word =
            |word: &String| word.chars().count() > 1 && !word.chars().any(char::is_whitespace);
        let mut own: Vec<String> = terms.chain(dictionary).map(|word| fold(word)).collect();
        own.retain(is_word);
        own.sort();
        own.dedup();
        let automaton = (!own.is_empty()).then(|| {
            AhoCorasick::builder()
                .match_kind(MatchKind::LeftmostLongest)
                .build(&own)
        });
        Self {
            own: automaton.and_then(Result::ok),
        }
    }

    /// Gives `take` each word of an article, folded, marks and blanks included.
    pub fn words(&self, title: Option<&str>, content: Option<&str>, mut take: impl FnMut(&str)) {
        let text = clean(title, content);
        let Some(own) = &self.own else {
            return words(&text, take);
        };
        let mut end = 0;
        for found in own.find_iter(&text) {
            if splits_a_word(&text, found.start(), found.end()) {
                continue;
            }
            words(&text[end..found.start()], &mut take);
            take(&text[found.range()]);
            end = found.end();
        }
        words(&text[end..], &mut take);
    }
}

/// `spf` is not a word of `spfx`.
fn splits_a_word(text: &str, start: usize, end: usize) -> bool {
    let is_latin = |found: Option<char>| found.is_some_and(|found| found.is_ascii_alphanumeric());
    let before = text[..start].chars().next_back();
    let (first, last) = (
        text[start..].chars().next(),
        text[..end].chars().next_back(),
    );
    let behind = text[end..].chars().next();
    (is_latin(before) && is_latin(first)) || (is_latin(last) && is_latin(behind))
}

/// Whether a word is counted: two characters or more, one of them a letter.
pub(super) fn is_counted(word: &str) -> bool {
    word.chars().nth(1).is_some() && word.chars().any(char::is_alphabetic)
}
