//! Brings a text to NFKC, segment by segment, and drops the characters that are not seen.
//!
//! They are dropped first: one between a letter and its accent would keep the two from becoming one
//! character.
//!
//! A segment is a run of characters that nothing outside of it can change: the NFKC of a text is
//! that of its segments, one after the other. Nearly all of ours are one character long and need no
//! table.

use std::iter::Filter;
use std::str::Chars;

use unicode_normalization::char::{canonical_combining_class, decompose_compatible};
use unicode_normalization::{IsNormalized, Recompositions, UnicodeNormalization, is_nfkc_quick};

use super::invisible::is_invisible;

/// The characters of a text in NFKC; the same as `visible(text).nfkc()`, and several times faster
/// on CJK text.
#[derive(Clone)]
pub(in crate::systems::labelling) struct Nfkc<'t> {
    segment: Option<Recompositions<Visible<'t>>>,
    rest: &'t str,
}

type Visible<'t> = Filter<Chars<'t>, fn(&char) -> bool>;

/// The characters of `text` in NFKC.
pub(in crate::systems::labelling) fn nfkc(text: &str) -> Nfkc<'_> {
    Nfkc {
        segment: None,
        rest: text,
    }
}

/// Whether a text is in NFKC already, with nothing to drop; a `false` may be wrong.
pub(in crate::systems::labelling) fn is_nfkc_surely(text: &str) -> bool {
    text.chars().all(|c| simple_nfkc(c) == Some(c))
        || (is_nfkc_quick(text.chars()) == IsNormalized::Yes && !text.chars().any(is_invisible))
}

/// The segments of a text.
pub(in crate::systems::labelling) fn segments(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let (segment, behind) = rest.split_at(first_segment(rest));
        rest = behind;
        (!segment.is_empty()).then_some(segment)
    })
}

impl Iterator for Nfkc<'_> {
    type Item = char;

    #[inline]
    fn next(&mut self) -> Option<char> {
        // Nothing may be left of a segment.
        loop {
            if let Some(segment) = &mut self.segment {
                if let Some(c) = segment.next() {
                    return Some(c);
                }
                self.segment = None;
            }
            let mut chars = self.rest.chars();
            let c = chars.next()?;
            let behind = chars.as_str();
            if let Some(normalised) = simple_nfkc(c)
                && chars.next().is_none_or(|next| simple_nfkc(next).is_some())
            {
                self.rest = behind;
                return Some(normalised);
            }
            let (segment, behind) = self.rest.split_at(first_segment(self.rest));
            let is_visible: fn(&char) -> bool = |c| !is_invisible(*c);
            self.segment = Some(segment.chars().filter(is_visible).nfkc());
            self.rest = behind;
        }
    }
}

/// The NFKC of a character that begins a segment and becomes one character, if it is in the blocks
/// most of our texts are from.
#[inline]
fn simple_nfkc(c: char) -> Option<char> {
    match c {
        // ASCII, kana with CJK punctuation but for the ideographic space and what joins kana,
        // ideographs, Hangul.
        '\0'..='\u{7f}'
        | '\u{4e00}'..='\u{9fff}'
        | '\u{3001}'..='\u{3029}'
        | '\u{3041}'..='\u{3096}'
        | '\u{30a1}'..='\u{30fe}'
        | '\u{ac00}'..='\u{d7a3}' => Some(c),
        // Full-width forms.
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0),
        _ => None,
    }
}

/// The length of the segment that `text` begins with.
fn first_segment(text: &str) -> usize {
    text.char_indices()
        .skip(1)
        .find(|(_, c)| starts_segment(*c))
        .map_or(text.len(), |(index, _)| index)
}

/// Whether nothing before `c` can change what becomes of it: it begins with a starter that never
/// joins a character before it. What is not seen belongs to the segment before, whose characters
/// may join across it.
fn starts_segment(c: char) -> bool {
    if simple_nfkc(c).is_some() {
        return true;
    }
    if is_invisible(c) {
        return false;
    }
    let mut first = None;
    decompose_compatible(c, |part| {
        first.get_or_insert(part);
    });
    first.is_none_or(|first| {
        canonical_combining_class(first) == 0
            && is_nfkc_quick(std::iter::once(first)) != IsNormalized::Maybe
    })
}
