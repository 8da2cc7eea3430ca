//! Words of Chinese texts, as jieba for Python cuts them with its default dictionary and its model of unknown words.

use std::sync::{Arc, LazyLock};

use jieba_rs::Jieba;

/// The dictionary is read once in a process, when the first text is cut: it takes a moment and some memory.
static JIEBA: LazyLock<Jieba> = LazyLock::new(Jieba::new);

/// A dictionary. Clones share it, and so do all that know no words of their own.
#[derive(Clone, Debug, Default)]
pub struct Dictionary(Option<Arc<Jieba>>);

impl Dictionary {
    /// The default dictionary with words that it may lack, each as frequent as it has to be to stay whole. It takes
    /// some 25 MB and a moment.
    pub fn with(words: &[String]) -> Self {
        if words.is_empty() {
            return Self::default();
        }
        let mut jieba = JIEBA.clone();
        for word in words {
            jieba.add_word(word, None, None);
        }
        Self(Some(Arc::new(jieba)))
    }

    /// Gives `take` each word of a text: all of the text, white space and punctuation included.
    pub fn words<'t>(&self, text: &'t str, take: impl FnMut(&'t str)) {
        cut(self.0.as_deref().unwrap_or(&JIEBA), text, take);
    }
}

/// The same by the default dictionary.
pub fn words<'t>(text: &'t str, take: impl FnMut(&'t str)) {
    cut(&JIEBA, text, take);
}

fn cut<'t>(jieba: &Jieba, text: &'t str, mut take: impl FnMut(&'t str)) {
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let is_block = is_of_block(first);
        let end = rest.find(|character| is_of_block(character) != is_block);
        let (run, behind) = rest.split_at(end.unwrap_or(rest.len()));
        if is_block {
            for token in jieba.cut(run, true) {
                unknown_words(jieba, token.word, &mut take);
            }
        } else {
            characters(run, &mut take);
        }
        rest = behind;
    }
}

/// Characters that are cut by the dictionary. The library for Rust takes rarer ideographs for such, too.
pub(super) fn is_of_block(character: char) -> bool {
    match character {
        '\u{4E00}'..='\u{9FD5}' => true,
        '+' | '#' | '&' | '.' | '_' | '%' | '-' => true,
        _ => character.is_ascii_alphanumeric(),
    }
}

/// Everything else is a word by itself, but for line breaks of two characters.
fn characters<'t>(run: &'t str, take: &mut impl FnMut(&'t str)) {
    let mut rest = run;
    while let Some(first) = rest.chars().next() {
        let length = if rest.starts_with("\r\n") {
            2
        } else {
            first.len_utf8()
        };
        let (word, behind) = rest.split_at(length);
        take(word);
        rest = behind;
    }
}

/// The library for Rust leaves names such as `a.b-c` in one piece, that for Python only numbers such as `3.14`.
fn unknown_words<'t>(jieba: &Jieba, word: &'t str, take: &mut impl FnMut(&'t str)) {
    let is_joint = |byte: u8| matches!(byte, b'.' | b'_' | b'-');
    let is_joined = word.len() > 1 && word.is_ascii() && word.bytes().any(is_joint);
    if !is_joined || jieba.has_word(word) {
        return take(word);
    }
    let mut rest = word;
    while !rest.is_empty() {
        let (piece, behind) = rest.split_at(number_or_name(rest).max(gap(rest)));
        take(piece);
        rest = behind;
    }
}

/// The length of `[a-zA-Z0-9]+(\.[0-9]+)?%?` at the start of a text of ASCII.
fn number_or_name(text: &str) -> usize {
    let bytes = text.as_bytes();
    let run = |from: usize, is_in: fn(&u8) -> bool| {
        bytes[from..].iter().take_while(|byte| is_in(byte)).count()
    };
    let mut end = run(0, u8::is_ascii_alphanumeric);
    if end == 0 {
        return 0;
    }
    if bytes.get(end) == Some(&b'.') {
        let decimals = run(end + 1, u8::is_ascii_digit);
        end += if decimals > 0 { 1 + decimals } else { 0 };
    }
    end + usize::from(bytes.get(end) == Some(&b'%'))
}

/// The length of what stands before the next letter or digit.
fn gap(text: &str) -> usize {
    let bytes = text.as_bytes();
    bytes
        .iter()
        .take_while(|byte| !byte.is_ascii_alphanumeric())
        .count()
}
