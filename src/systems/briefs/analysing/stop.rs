//! Words that say nothing about what a text is about.

use std::collections::HashSet;
use std::sync::LazyLock;

static WORDS: LazyLock<HashSet<&'static str>> =
    LazyLock::new(|| include_str!("stop_words.txt").split_whitespace().collect());

pub(super) fn is_stop_word(word: &str) -> bool {
    WORDS.contains(word)
}
