//! Cuts the texts of articles into words, of which those that a brief names are known ones.

use super::clean::clean;
use crate::systems::briefs::keywords::{Keyword, fold};
use crate::text::Dictionary;

/// Knows the words of the default dictionary and, made with [`Segmenter::new`], those of a brief.
#[derive(Clone, Debug, Default)]
pub(crate) struct Segmenter {
    dictionary: Dictionary,
}

impl Segmenter {
    /// With the terms of keywords, and the words of `briefs.dictionary`.
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
        // How frequent a word has to be depends on those before it.
        own.sort();
        own.dedup();
        Self {
            dictionary: Dictionary::with(&own),
        }
    }

    /// Gives `take` each word of an article, folded, marks and blanks included.
    pub fn words(&self, title: Option<&str>, content: Option<&str>, take: impl FnMut(&str)) {
        self.dictionary.words(&clean(title, content), take);
    }
}

/// Whether a word is counted: two characters or more, one of them a letter.
pub(super) fn is_counted(word: &str) -> bool {
    word.chars().nth(1).is_some() && word.chars().any(char::is_alphabetic)
}
