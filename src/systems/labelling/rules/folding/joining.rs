//! Tells which characters make words together.

use icu_properties::CodePointMapData;
use icu_properties::CodePointMapDataBorrowed;
use icu_properties::props::{GeneralCategory, GeneralCategoryGroup};

const CATEGORIES: CodePointMapDataBorrowed<'static, GeneralCategory> =
    CodePointMapData::<GeneralCategory>::new();

const OF_WORDS: [GeneralCategoryGroup; 3] = [
    GeneralCategoryGroup::Letter,
    GeneralCategoryGroup::Mark,
    GeneralCategoryGroup::Number,
];

/// What a character is in words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WordPart {
    /// Makes a word with others like it beside it.
    Joining,
    /// Is a word of its own: of scripts without blanks between words.
    Alone,
    /// Is in no word: a blank, a sign, an emoji.
    None,
}

impl WordPart {
    #[inline]
    pub fn of(c: char) -> Self {
        match c {
            'a'..='z' | 'A'..='Z' | '0'..='9' | '_' => Self::Joining,
            '\0'..='\u{7f}' => Self::None,
            '\u{4e00}'..='\u{9fff}' => Self::Alone,
            _ => Self::by_category(c),
        }
    }

    fn by_category(c: char) -> Self {
        let category = CATEGORIES.get(c);
        if !OF_WORDS.iter().any(|group| group.contains(category)) {
            return Self::None;
        }
        match c {
            '\u{0e00}'..='\u{0eff}'
            | '\u{1100}'..='\u{11ff}'
            | '\u{2e80}'..='\u{a4cf}'
            | '\u{a960}'..='\u{a97f}'
            | '\u{ac00}'..='\u{d7ff}'
            | '\u{f900}'..='\u{faff}'
            | '\u{ff66}'..='\u{ffdc}'
            | '\u{1b000}'..='\u{1b16f}'
            | '\u{20000}'..='\u{3ffff}' => Self::Alone,
            _ => Self::Joining,
        }
    }
}

/// Whether both characters beside a position of a text are joining ones: no word begins or ends
/// there.
#[inline]
pub fn is_inside_word(text: &str, position: usize) -> bool {
    let is_joining = |c: Option<char>| c.is_some_and(|c| WordPart::of(c) == WordPart::Joining);
    let (before, behind) = text.split_at(position);
    is_joining(before.chars().next_back()) && is_joining(behind.chars().next())
}
