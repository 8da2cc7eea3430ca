//! Distinguishes a final sigma from others: the only case in which lower-casing depends on neighbours.
//!
//! `Σ` becomes `ς` at the end of a word and `σ` elsewhere. The standard library decides that on a
//! whole `&str`; we need the same answer on a stream of characters, so that a text of any size can
//! be folded without a copy of it. Its tables are private, but two short probes show the
//! class of a character.

/// What a character means to the sigma before or after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Context {
    /// A letter with case: the word continues.
    Cased,
    /// Skipped, like an apostrophe or an accent.
    Ignored,
    Other,
}

impl Context {
    pub fn of(c: char) -> Self {
        match c {
            'a'..='z' | 'A'..='Z' | 'α'..='ώ' | 'Α'..='Ρ' | 'Σ'..='Ϋ' => Self::Cased,
            // Ideographs, and the white space and digits between them.
            '\t'..='&' | '0'..='9' | '\u{4e00}'..='\u{9fff}' | '\u{ac00}'..='\u{d7a3}' => {
                Self::Other
            }
            _ => Self::probe(c),
        }
    }

    /// Asks the standard library, which folds `cΣ` and `aΣ` with `c` in between.
    pub fn probe(c: char) -> Self {
        let is_final = |text: String| text.to_lowercase().ends_with('ς');
        if is_final(format!("{c}Σ")) {
            Self::Cased
        } else if is_final(format!("a{c}Σ")) {
            Self::Ignored
        } else {
            Self::Other
        }
    }

    /// The context a sigma sees on one side, whose characters come nearest first.
    pub fn nearest(chars: impl Iterator<Item = char>) -> Self {
        chars
            .map(Self::of)
            .find(|context| *context != Self::Ignored)
            .unwrap_or(Self::Other)
    }
}
