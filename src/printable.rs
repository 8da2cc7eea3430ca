//! Texts of strangers, where people read them: on a terminal, in a line of the log.
//!
//! A row, a file name or an answer of a server may hold what a terminal acts on: an escape
//! sequence that repaints the screen, a line break that begins a line of its own, a control that
//! shows the rest of the line backwards. All of that is shown as it would be written in a program,
//! such as `\u{1b}`. JSON is left alone: programs read it.

use std::borrow::Cow;

use unicode_width::UnicodeWidthStr;

/// A text of strangers: it stays on its line.
pub fn printable(text: &str) -> Cow<'_, str> {
    escaped(text, |character| !is_acted_on(character))
}

/// A text of our own, which may have several lines, with texts of strangers in it.
pub fn printable_lines(text: &str) -> Cow<'_, str> {
    escaped(text, |character| {
        character == '\n' || !is_acted_on(character)
    })
}

/// `1 task`, `2 tasks`.
pub fn counted(number: u64, one: &str) -> String {
    match number {
        1 => format!("1 {one}"),
        number => format!("{number} {one}s"),
    }
}

fn escaped(text: &str, is_kept: impl Fn(char) -> bool) -> Cow<'_, str> {
    if text.chars().all(&is_kept) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        match is_kept(character) {
            true => escaped.push(character),
            false => escaped.extend(character.escape_default()),
        }
    }
    Cow::Owned(escaped)
}

/// Controls (C0, C1, DEL), those of the direction of texts, and what breaks lines.
fn is_acted_on(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{061C}'
                | '\u{200E}'
                | '\u{200F}'
                | '\u{2028}'
                | '\u{2029}'
                | '\u{202A}'..='\u{202E}'
                | '\u{2066}'..='\u{2069}'
        )
}

/// The columns of a terminal that a text takes: two for letters such as 媽.
pub fn columns(text: &str) -> usize {
    text.width()
}

/// Filled up with blanks.
pub fn padded(text: &str, wanted: usize) -> String {
    let missing = wanted.saturating_sub(columns(text));
    format!("{text}{}", " ".repeat(missing))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_counted_and_not_letters() {
        for (text, expected) in [
            ("mom", "mom   |"),
            ("媽媽", "媽媽  |"),
            ("ｍｏｍｓ", "ｍｏｍｓ|"),
        ] {
            assert_eq!(padded(text, 6) + "|", expected);
        }
    }

    #[test]
    fn what_a_terminal_acts_on_is_shown_as_it_is_written_in_a_program() {
        for (text, shown) in [
            ("\u{1b}[2J", r"\u{1b}[2J"),
            ("a\r\n\tb", r"a\r\n\tb"),
            ("\u{0}\u{7f}\u{9b}31m", r"\u{0}\u{7f}\u{9b}31m"),
            ("\u{202e}cba\u{202c}", r"\u{202e}cba\u{202c}"),
            (
                "\u{61c}\u{200e}\u{200f}\u{2066}\u{2069}",
                r"\u{61c}\u{200e}\u{200f}\u{2066}\u{2069}",
            ),
            ("a\u{2028}b\u{2029}", r"a\u{2028}b\u{2029}"),
        ] {
            assert_eq!(printable(text), shown);
        }
    }

    #[test]
    fn other_texts_stay_as_they_are() {
        for text in ["", "男性 “拉麵” ﷽", "👩‍👩‍👧 e\u{301}", r"a\nb"] {
            assert!(matches!(printable(text), Cow::Borrowed(same) if same == text));
        }
    }

    #[test]
    fn a_text_of_our_own_keeps_its_lines() {
        assert_eq!(printable_lines("a\nb\u{1b}\r"), "a\nb\\u{1b}\\r");
    }
}
