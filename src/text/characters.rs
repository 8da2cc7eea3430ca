//! What Python takes for white space, for a character of a word, and for a capital.

use std::borrow::Cow;

use icu_properties::CodePointMapData;
use icu_properties::props::GeneralCategory;

/// `\s` of Python's `re`, and where `str.split` splits: Unicode's white space and four separators of ASCII.
pub fn is_space(character: char) -> bool {
    character.is_whitespace() || matches!(character, '\u{1C}'..='\u{1F}')
}

/// `\w` of Python's `re`: letters, digits, other numbers and `_`; no combining marks.
pub fn is_word_character(character: char) -> bool {
    use GeneralCategory as G;
    match character {
        '\0'..='\u{7F}' => character.is_ascii_alphanumeric() || character == '_',
        // Most texts that are not Latin are of these.
        '\u{4E00}'..='\u{9FFF}'
        | '\u{3041}'..='\u{3096}'
        | '\u{30A1}'..='\u{30FA}'
        | '\u{AC00}'..='\u{D7A3}' => true,
        _ => matches!(
            CodePointMapData::<GeneralCategory>::new().get(character),
            G::UppercaseLetter
                | G::LowercaseLetter
                | G::TitlecaseLetter
                | G::ModifierLetter
                | G::OtherLetter
                | G::DecimalNumber
                | G::LetterNumber
                | G::OtherNumber
        ),
    }
}

/// `str.lower` of Python.
pub fn lowercase(text: &str) -> Cow<'_, str> {
    if text.chars().any(may_be_capital) {
        Cow::Owned(text.to_lowercase())
    } else {
        Cow::Borrowed(text)
    }
}

/// Capitals of ASCII, and all of Unicode but the blocks of East Asia, which have none.
fn may_be_capital(character: char) -> bool {
    match character {
        '\0'..='\u{7F}' => character.is_ascii_uppercase(),
        '\u{2E80}'..='\u{A4CF}' | '\u{AC00}'..='\u{D7A3}' | '\u{1F300}'..='\u{1FAFF}' => false,
        _ => true,
    }
}
