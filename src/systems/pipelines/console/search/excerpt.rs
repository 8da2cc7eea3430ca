//! What of a line is shown.

use std::ops::Range;

/// Characters before a match that begins far behind the beginning of its line.
const BEFORE_CHARS_MAX: usize = 200;
const MATCH_CHARS_MAX: usize = 500;
const AFTER_CHARS_MAX: usize = 300;
/// The longest character, or what is shown of a byte that is none.
const CHAR_BYTES_MAX: usize = 4;

/// A line with its first match, or what is around the match of a long one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Excerpt {
    pub text: String,
    /// Characters of the text that matched.
    pub matched: Range<usize>,
    /// The line is longer.
    pub is_cut: bool,
}

impl Excerpt {
    pub(super) fn of(line: &[u8], matched: Range<usize>) -> Self {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let end = matched.end.min(line.len());
        let start = matched.start.min(end);
        let (before, before_is_cut) = last_chars(&line[..start], BEFORE_CHARS_MAX);
        let (matching, match_is_cut) = first_chars(&line[start..end], MATCH_CHARS_MAX);
        let (after, after_is_cut) = match match_is_cut {
            true => (String::new(), true),
            false => first_chars(&line[end..], AFTER_CHARS_MAX),
        };
        let from = before.chars().count();
        Self {
            matched: from..from + matching.chars().count(),
            text: before + &matching + &after,
            is_cut: before_is_cut || match_is_cut || after_is_cut,
        }
    }
}

fn first_chars(bytes: &[u8], chars_max: usize) -> (String, bool) {
    let some = &bytes[..bytes.len().min((chars_max + 1) * CHAR_BYTES_MAX)];
    let text = String::from_utf8_lossy(some);
    match text.char_indices().nth(chars_max) {
        Some((end, _)) => (text[..end].to_owned(), true),
        None => (text.into_owned(), false),
    }
}

fn last_chars(bytes: &[u8], chars_max: usize) -> (String, bool) {
    let some = &bytes[bytes.len().saturating_sub((chars_max + 1) * CHAR_BYTES_MAX)..];
    let text = String::from_utf8_lossy(some);
    match text.char_indices().nth_back(chars_max - 1) {
        Some((start, _)) if start > 0 => (text[start..].to_owned(), true),
        _ => (text.into_owned(), false),
    }
}
