//! Folds rules and texts to the form in which they are compared.
//!
//! Folding is NFKC without the characters that are not seen, if the set asks for it, then lower-casing exactly as `str::to_lowercase`,
//! unless the set is case sensitive. Texts are folded character by character on their way into the
//! automaton: a text of 50 MB needs no copy.

use std::borrow::Cow;

use super::invisible::{is_invisible, visible};
use super::segment::{is_nfkc_surely, nfkc};
use super::set::{Normalize, RuleSet};
use super::sigma::Context;

/// How a set wants its texts folded.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fold {
    pub nfkc: bool,
    pub lower: bool,
}

impl Fold {
    pub fn of(set: &RuleSet) -> Self {
        Self {
            nfkc: set.normalize == Normalize::Nfkc,
            lower: !set.case_sensitive,
        }
    }

    pub fn case_sensitive(self) -> bool {
        !self.lower
    }

    /// A pattern as it is compiled: without the characters that are not seen, where texts have none.
    pub fn pattern(self, pattern: &str) -> Cow<'_, str> {
        if self.nfkc && pattern.contains(is_invisible) {
            Cow::Owned(visible(pattern).collect())
        } else {
            Cow::Borrowed(pattern)
        }
    }

    /// The folded text of a rule.
    pub fn text(self, text: &str) -> String {
        let normalised = if self.nfkc {
            nfkc(text).collect()
        } else {
            text.to_owned()
        };
        if self.lower {
            normalised.to_lowercase()
        } else {
            normalised
        }
    }

    /// The folding that `text` still needs: most texts are in NFKC already.
    pub fn needed_for(self, text: &str) -> Self {
        Self {
            nfkc: self.nfkc && !is_nfkc_surely(text),
            lower: self.lower,
        }
    }
}

/// Lower-cases a stream of characters as `str::to_lowercase` does a text.
pub(super) struct Lowered<I> {
    chars: I,
    /// The second half of a character that becomes two.
    queued: Option<char>,
    /// Where the context of the next sigma begins: the start, or just after the last one.
    context_start: I,
    since_context_start: usize,
    behind_sigma: bool,
    has_shifted: bool,
}

impl<I: Iterator<Item = char> + Clone> Lowered<I> {
    pub fn new(chars: I) -> Self {
        Self {
            context_start: chars.clone(),
            chars,
            queued: None,
            since_context_start: 0,
            behind_sigma: false,
            has_shifted: false,
        }
    }

    /// Whether a character so far became one of another length: only then do positions change.
    pub fn has_shifted(&self) -> bool {
        self.has_shifted
    }

    #[cold]
    fn lower(&mut self, c: char) -> char {
        if c == 'Σ' {
            return self.lower_sigma();
        }
        let mut lower = c.to_lowercase();
        let first = lower.next().expect("a character has a lower case");
        self.queued = lower.next();
        self.has_shifted |= self.queued.is_some() || first.len_utf8() != c.len_utf8();
        first
    }

    /// Both ways of looking stop at the next sigma, so all sigmas together look at each character
    /// twice at most.
    fn lower_sigma(&mut self) -> char {
        let before = self
            .context_start
            .clone()
            .take(self.since_context_start - 1)
            .map(Context::of)
            .filter(|context| *context != Context::Ignored)
            .last();
        let before_is_cased = before.map_or(self.behind_sigma, |before| before == Context::Cased);
        let is_final = before_is_cased && Context::nearest(self.chars.clone()) != Context::Cased;
        self.context_start = self.chars.clone();
        self.since_context_start = 0;
        self.behind_sigma = true;
        if is_final { 'ς' } else { 'σ' }
    }
}

impl<I: Iterator<Item = char> + Clone> Iterator for Lowered<I> {
    type Item = char;

    #[inline]
    fn next(&mut self) -> Option<char> {
        if let Some(c) = self.queued.take() {
            return Some(c);
        }
        let c = self.chars.next()?;
        self.since_context_start += 1;
        if c.is_ascii() {
            Some(c.to_ascii_lowercase())
        } else if has_no_case(c) {
            Some(c)
        } else {
            Some(self.lower(c))
        }
    }
}

/// How many bytes the lower case of `c` takes; both small sigmas take as many as the capital one.
pub(super) fn lowered_len(c: char) -> usize {
    if c.is_ascii() || has_no_case(c) {
        c.len_utf8()
    } else {
        c.to_lowercase().map(char::len_utf8).sum()
    }
}

/// Whether `c` is outside of ASCII and surely its own lower case: the blocks that make up most of
/// our texts.
#[inline]
pub(in crate::systems::labelling) fn has_no_case(c: char) -> bool {
    matches!(c,
        // Kana, ideographs and the blocks between them; punctuation; Hangul and compatibility
        // forms; emoji.
        '\u{2d30}'..='\u{a63f}' | '\u{2000}'..='\u{2125}' | '\u{ac00}'..='\u{ff20}' | '\u{1ea00}'..)
}
