//! Characters that are not seen: Unicode's property `Default_Ignorable_Code_Point`.
//!
//! Those who do not want to be found write them between the characters of a word.

use icu_properties::props::DefaultIgnorableCodePoint;
use icu_properties::{CodePointSetData, CodePointSetDataBorrowed};

const INVISIBLE: CodePointSetDataBorrowed<'static> =
    CodePointSetData::new::<DefaultIgnorableCodePoint>();

pub(in crate::systems::labelling) fn is_invisible(c: char) -> bool {
    // The first of them is the soft hyphen, and between U+3164 and the variation selectors there
    // is none.
    !matches!(c, '\0'..='\u{ac}' | '\u{3165}'..='\u{fdff}') && INVISIBLE.contains(c)
}

/// A text without them.
pub(in crate::systems::labelling) fn visible(text: &str) -> impl Iterator<Item = char> + Clone {
    text.chars().filter(|c| !is_invisible(*c))
}
