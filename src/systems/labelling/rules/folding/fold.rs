//! Folds texts and keywords to the form in which they are compared.
//!
//! ```text
//! original ──drop what is not seen, NFKC──► ──han──► what patterns see ──lower case──► folded
//! ```

use std::ops::Range;

use super::han::han;
use super::shift::shift;
use crate::systems::labelling::label::rules::{Normalize, has_no_case, is_nfkc_surely, nfkc};
use crate::systems::labelling::rules::set::{RuleSet, Variants};

/// How a set wants its texts folded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Folding {
    pub nfkc: bool,
    pub han: bool,
    pub lower: bool,
}

/// A text in its folded form, in buffers that are used again.
#[derive(Debug, Default)]
pub struct FoldedText {
    folded: String,
    normalised: String,
    before_case: String,
    seen_by_patterns: Seen,
    /// Whether positions may differ from those of the original.
    pub is_shifted: bool,
    /// Whether they may differ from those in what patterns see.
    pub is_case_shifted: bool,
}

/// Where what patterns see is kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Seen {
    #[default]
    Original,
    Normalised,
    BeforeCase,
    Folded,
}

/// By the first byte of a character: whether it may have another case. Most texts are made of
/// others: small letters, ideographs, Hangul.
const CHANGING: [bool; 256] = {
    let mut changing = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        changing[byte] = matches!(byte, 0x41..=0x5a | 0xc2..=0xe2 | 0xea | 0xee..=0xff);
        byte += 1;
    }
    changing
};

/// The same if ideographs change too.
const ALL_CHANGE: [bool; 256] = {
    let mut changing = CHANGING;
    let mut byte = 0xe3;
    while byte <= 0xe9 {
        changing[byte] = true;
        byte += 1;
    }
    changing
};

fn next_changing(bytes: &[u8], changing: &[bool; 256]) -> Option<usize> {
    bytes.iter().position(|byte| changing[usize::from(*byte)])
}

/// A buffer longer than this is not kept for the next text.
const KEPT_BYTES: usize = 1 << 20;

impl Folding {
    pub fn of(set: &RuleSet) -> Self {
        Self {
            nfkc: set.normalize == Normalize::Nfkc,
            han: set.variants == Variants::Han,
            lower: !set.case_sensitive,
        }
    }

    /// The folded form of a keyword.
    pub fn keyword(self, text: &str) -> String {
        let mut folded = FoldedText::default();
        folded.fold(self, text);
        folded.folded
    }

    #[inline]
    pub(super) fn variant(self, c: char) -> char {
        if self.han { han(c) } else { c }
    }

    #[inline]
    pub(super) fn case(self, c: char) -> char {
        if self.lower { first_lower(c) } else { c }
    }
}

impl FoldedText {
    /// Replaces what is held by the folded form of a text.
    pub fn fold(&mut self, folding: Folding, text: &str) {
        self.clear();
        let mut from = text;
        if folding.nfkc && !is_nfkc_surely(text) {
            self.normalised.extend(nfkc(text));
            from = &self.normalised;
            self.is_shifted = true;
            self.seen_by_patterns = Seen::Normalised;
        }
        if folding.han {
            // Without it patterns see what is there already.
            self.seen_by_patterns = match folding.lower {
                true => Seen::BeforeCase,
                false => Seen::Folded,
            };
        }
        let changing = if folding.han { &ALL_CHANGE } else { &CHANGING };
        self.folded.reserve(from.len());
        let (mut unchanged, mut place) = (0, 0);
        while let Some(step) = next_changing(&from.as_bytes()[place..], changing) {
            place += step;
            let Some(c) = from[place..].chars().next() else {
                break;
            };
            let start = place;
            place += c.len_utf8();
            let variant = folding.variant(c);
            let folded = folding.case(variant);
            if folded == c {
                continue;
            }
            self.folded.push_str(&from[unchanged..start]);
            self.folded.push(folded);
            if folding.han && folding.lower {
                self.before_case.push_str(&from[unchanged..start]);
                self.before_case.push(variant);
            }
            unchanged = place;
            self.is_shifted |= folded.len_utf8() != c.len_utf8();
            self.is_case_shifted |= folded.len_utf8() != variant.len_utf8();
        }
        self.folded.push_str(&from[unchanged..]);
        if folding.han && folding.lower {
            self.before_case.push_str(&from[unchanged..]);
        }
    }

    pub fn text(&self) -> &str {
        &self.folded
    }

    /// What patterns see of `original`, of which this is the folded form, perhaps cut.
    pub fn before_case<'t>(&'t self, original: &'t str) -> &'t str {
        match self.seen_by_patterns {
            Seen::Original => original,
            Seen::Normalised => &self.normalised,
            Seen::BeforeCase => &self.before_case,
            Seen::Folded => &self.folded,
        }
    }

    /// Cuts parts out, which are in order and apart; those in `feeds`, by their numbers, leave a line
    /// feed.
    pub fn cut(&mut self, original: &str, spans: &[Range<usize>], feeds: &Range<usize>) {
        if self.seen_by_patterns != Seen::Folded {
            let seen = self.before_case(original);
            self.before_case = match self.is_case_shifted {
                true => {
                    let mut shifted = spans.to_vec();
                    shift(&mut shifted, &self.folded, seen);
                    without(seen, &shifted, feeds)
                }
                false => without(seen, spans, feeds),
            };
            self.seen_by_patterns = Seen::BeforeCase;
        }
        self.folded = without(&self.folded, spans, feeds);
    }

    fn clear(&mut self) {
        for buffer in [
            &mut self.folded,
            &mut self.normalised,
            &mut self.before_case,
        ] {
            buffer.clear();
            buffer.shrink_to(KEPT_BYTES);
        }
        self.seen_by_patterns = Seen::Original;
        self.is_shifted = false;
        self.is_case_shifted = false;
    }
}

fn without(text: &str, spans: &[Range<usize>], feeds: &Range<usize>) -> String {
    let mut left = String::with_capacity(text.len());
    let mut copied = 0;
    for (number, span) in spans.iter().enumerate() {
        left.push_str(&text[copied..span.start]);
        if feeds.contains(&number) {
            left.push('\n');
        }
        copied = span.end;
    }
    left.push_str(&text[copied..]);
    left
}

/// The first character of the lower case, and the same of all small sigmas.
#[inline]
pub fn first_lower(c: char) -> char {
    if c.is_ascii() {
        return c.to_ascii_lowercase();
    }
    if has_no_case(c) {
        return c;
    }
    match c {
        'ς' => 'σ',
        _ => c.to_lowercase().next().unwrap_or(c),
    }
}
