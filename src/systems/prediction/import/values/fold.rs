//! Texts of cells in the forms in which they are stored and compared.

use std::borrow::Cow;

use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfkc_quick};

/// A number in a circle, which is a mark of a footnote more often than a number.
pub(crate) fn is_circled(character: char) -> bool {
    matches!(character,
        '\u{2460}'..='\u{2473}' // ① to ⑳
        | '\u{24EA}'..='\u{24FE}' // ⓪, ⓫ to ⓴, ⓵ to ⓾
        | '\u{2776}'..='\u{2793}' // ❶ to ➓
        | '\u{3248}'..='\u{324F}' // ㉈ to ㉏
        | '\u{3251}'..='\u{325F}' // ㉑ to ㉟
        | '\u{32B1}'..='\u{32BF}') // ㊱ to ㊿
}

/// White space, and what is as invisible where pages and editors leave it.
pub(crate) fn is_space(character: char) -> bool {
    character.is_whitespace() || matches!(character, '\u{200B}' | '\u{FEFF}')
}

/// The form in which names are compared: NFKC, without white space and circled numbers. A text of
/// nothing but circled numbers keeps them.
pub(crate) fn fold(text: &str) -> String {
    let is_marked = text.chars().any(is_circled);
    if is_marked && text.chars().any(|c| !is_circled(c) && !is_space(c)) {
        let unmarked = text.chars().filter(|c| !is_circled(*c));
        return unmarked.nfkc().filter(|c| !is_space(*c)).collect();
    }
    if text.is_ascii() && !text.contains(is_space) {
        return text.to_owned();
    }
    text.nfkc().filter(|c| !is_space(*c)).collect()
}

/// NFKC.
pub(crate) fn nfkc(text: &str) -> Cow<'_, str> {
    // Most texts are of characters that stay as they are beside each other: a look at tables for each
    // of them would take twice the time.
    let is_normal = text.chars().all(is_stable);
    if is_normal || is_nfkc_quick(text.chars()) == IsNormalized::Yes {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.nfkc().collect())
}

/// ASCII, kana and the ideographs of old, none of which NFKC changes.
fn is_stable(character: char) -> bool {
    matches!(character,
        '\0'..='\x7F'
        | '\u{3001}'..='\u{3002}'
        | '\u{3041}'..='\u{3096}'
        | '\u{30A1}'..='\u{30FC}'
        | '\u{4E00}'..='\u{9FFF}')
}

/// Without white space and circled numbers at both ends; of a text of circled numbers alone, those.
pub(crate) fn without_marks(text: &str) -> &str {
    let trimmed = text.trim_matches(is_space);
    if !trimmed.contains(is_circled) {
        return trimmed;
    }
    let unmarked = trimmed.trim_matches(|c| is_circled(c) || is_space(c));
    if unmarked.is_empty() {
        trimmed
    } else {
        unmarked
    }
}

/// A text as it is stored: NFKC, trimmed, runs of white space as one space, without circled numbers at
/// both ends. NULs, which databases refuse, are dropped.
pub(crate) fn clean(text: &str) -> Cow<'_, str> {
    let text = without_marks(text);
    match nfkc(text) {
        Cow::Borrowed(text) if is_tidy(text) => Cow::Borrowed(text),
        text => Cow::Owned(tidied(&text)),
    }
}

fn is_tidy(text: &str) -> bool {
    let mut after_space = true;
    for character in text.chars() {
        let is_here = is_space(character);
        if is_here && (after_space || character != ' ') || character == '\0' {
            return false;
        }
        after_space = is_here;
    }
    !after_space || text.is_empty()
}

fn tidied(text: &str) -> String {
    let mut tidied = String::with_capacity(text.len());
    let mut is_pending = false;
    for character in text.chars().filter(|c| *c != '\0') {
        if is_space(character) {
            is_pending = !tidied.is_empty();
            continue;
        }
        if is_pending {
            tidied.push(' ');
            is_pending = false;
        }
        tidied.push(character);
    }
    tidied
}
