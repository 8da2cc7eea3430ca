//! What characters are: never seen, joined to words, lower case.

use std::sync::LazyLock;

use regex_automata::meta::Regex;

/// `Default_Ignorable_Code_Point` of the Unicode character database.
const DEFAULT_IGNORABLE: [(u32, u32); 17] = [
    (0x00AD, 0x00AD),
    (0x034F, 0x034F),
    (0x061C, 0x061C),
    (0x115F, 0x1160),
    (0x17B4, 0x17B5),
    (0x180B, 0x180F),
    (0x200B, 0x200F),
    (0x202A, 0x202E),
    (0x2060, 0x206F),
    (0x3164, 0x3164),
    (0xFE00, 0xFE0F),
    (0xFEFF, 0xFEFF),
    (0xFFA0, 0xFFA0),
    (0xFFF0, 0xFFF8),
    (0x1BCA0, 0x1BCA3),
    (0x1D173, 0x1D17A),
    (0xE0000, 0xE0FFF),
];

/// Scripts whose characters do not join: each is a word of its own.
const WORDS_OF_THEIR_OWN: [(u32, u32); 9] = [
    (0x0E00, 0x0EFF),
    (0x1100, 0x11FF),
    (0x2E80, 0xA4CF),
    (0xA960, 0xA97F),
    (0xAC00, 0xD7FF),
    (0xF900, 0xFAFF),
    (0xFF66, 0xFFDC),
    (0x1B000, 0x1B16F),
    (0x20000, 0x3FFFF),
];

static LETTER_MARK_NUMBER: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"^[\p{L}\p{M}\p{N}]$").expect("a valid expression"));

fn is_among(character: char, ranges: &[(u32, u32)]) -> bool {
    let code = u32::from(character);
    ranges
        .iter()
        .any(|(first, last)| (*first..=*last).contains(&code))
}

pub fn is_default_ignorable(character: char) -> bool {
    is_among(character, &DEFAULT_IGNORABLE)
}

fn is_letter_mark_or_number(character: char) -> bool {
    LETTER_MARK_NUMBER.is_match(character.encode_utf8(&mut [0; 4]).as_bytes())
}

/// Whether it makes one word with such characters beside it.
pub fn joins(character: char) -> bool {
    character == '_'
        || is_letter_mark_or_number(character) && !is_among(character, &WORDS_OF_THEIR_OWN)
}

/// Whether it is a word by itself.
pub fn is_word_of_its_own(character: char) -> bool {
    is_letter_mark_or_number(character) && is_among(character, &WORDS_OF_THEIR_OWN)
}

/// The first character of its lower case, and one sigma for both.
pub fn lowered(character: char) -> char {
    match character.to_lowercase().next() {
        Some('ς') => 'σ',
        Some(lower) => lower,
        None => character,
    }
}
