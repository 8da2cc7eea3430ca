//! Replaces secrets in a stream by `***`, wherever the writes are cut.
//!
//! Occurrences that overlap are masked as one, so that no part of any of them is shown. Bytes are held
//! back only while they could be the beginning of a secret.

use aho_corasick::{AhoCorasick, AhoCorasickKind, Input, Match, MatchKind, Span, packed};

/// What stands in a log instead of a secret.
pub(crate) const MASK: &[u8] = b"***";

/// Shorter values of secrets are not masked: they would turn up everywhere.
pub(crate) const MASKED_BYTES_MIN: usize = 6;

/// With more bytes of patterns, the faster automaton would take too much memory.
const DFA_BYTES_MAX: usize = 4096;

/// More are ignored: each costs time with every piece.
const PATTERNS_MAX: usize = 2_000;

/// The capacity that the buffer for what is held back keeps.
const HELD_BYTES_KEPT: usize = 64 * 1024;

#[derive(Default)]
pub(crate) struct Masker {
    patterns: Vec<Pattern>,
    search: Option<Search>,
    /// The end of the stream that could be the beginning of a secret.
    held: Vec<u8>,
    /// How many bytes of `held` are behind a mask that has been written already.
    covered: usize,
}

/// Finds the first of the patterns.
enum Search {
    /// Compares many bytes at once; for few patterns, on processors that can.
    Packed(packed::Searcher),
    Automaton(AhoCorasick),
}

struct Pattern {
    bytes: Vec<u8>,
    /// For each length of a prefix, the length of the longest proper prefix that also ends it.
    failure: Vec<u32>,
}

impl Masker {
    /// Masks these values and each of their lines, as far as they are long enough.
    pub(crate) fn new(secrets: &[String]) -> Self {
        let mut masker = Self::default();
        for secret in secrets {
            let lines = secret.lines().map(str::as_bytes);
            for value in std::iter::once(secret.as_bytes()).chain(lines) {
                if value.len() >= MASKED_BYTES_MIN {
                    masker.add_pattern(value);
                }
            }
        }
        masker.rebuild();
        masker
    }

    /// Masks this value from now on, however short it is.
    pub(crate) fn add(&mut self, value: &[u8]) {
        if !value.is_empty() && self.add_pattern(value) {
            self.rebuild();
        }
    }

    /// There is nothing to look for, and nothing is held back.
    pub(crate) fn is_idle(&self) -> bool {
        self.search.is_none() && self.held.is_empty()
    }

    /// Appends to `out` what of the stream is certain after this piece.
    pub(crate) fn push(&mut self, piece: &[u8], out: &mut Vec<u8>) {
        if self.held.is_empty() {
            let hold = self.hold(piece);
            self.covered = self.mask(piece, 0, hold, out);
            self.held.extend_from_slice(&piece[hold..]);
        } else {
            let mut joined = std::mem::take(&mut self.held);
            joined.extend_from_slice(piece);
            let hold = self.hold(&joined);
            self.covered = self.mask(&joined, self.covered, hold, out);
            joined.drain(..hold);
            joined.shrink_to(HELD_BYTES_KEPT);
            self.held = joined;
        }
    }

    /// Masks a text that does not belong to the stream.
    pub(crate) fn mask_whole(&self, text: &[u8]) -> Vec<u8> {
        let mut masked = Vec::with_capacity(text.len());
        self.mask(text, 0, text.len(), &mut masked);
        masked
    }

    /// The stream ends here: nothing is open any more.
    pub(crate) fn finish(&mut self, out: &mut Vec<u8>) {
        let held = std::mem::take(&mut self.held);
        let covered = std::mem::take(&mut self.covered);
        self.mask(&held, covered, held.len(), out);
    }

    fn add_pattern(&mut self, value: &[u8]) -> bool {
        let is_new = self.patterns.len() < PATTERNS_MAX
            && !self.patterns.iter().any(|pattern| pattern.bytes == value);
        if is_new {
            self.patterns.push(Pattern::new(value));
        }
        is_new
    }

    fn rebuild(&mut self) {
        self.search = Search::new(&self.patterns);
    }

    /// Masks what begins before `hold`. The first `covered` bytes are behind a mask that has been written;
    /// returns how many bytes from `hold` on are behind one now.
    fn mask(&self, text: &[u8], covered: usize, hold: usize, out: &mut Vec<u8>) -> usize {
        let mut shown = self.region_end(text, 0, covered);
        let next = |from: usize| {
            let search = self.search.as_ref()?;
            search
                .first_from(text, from)
                .filter(|found| found.start() < hold)
        };
        while let Some(found) = next(shown) {
            out.extend_from_slice(&text[shown..found.start()]);
            out.extend_from_slice(MASK);
            shown = self.region_end(text, found.start(), found.end());
        }
        if hold > shown {
            out.extend_from_slice(&text[shown..hold]);
        }
        shown.saturating_sub(hold)
    }

    /// The end of a masked region after everything that begins inside it has been added to it.
    fn region_end(&self, text: &[u8], start: usize, mut end: usize) -> usize {
        let mut at = start;
        while at < end {
            for pattern in &self.patterns {
                if at + pattern.bytes.len() > end && text[at..].starts_with(&pattern.bytes) {
                    end = at + pattern.bytes.len();
                }
            }
            at += 1;
        }
        end
    }

    /// Where in the text a secret could begin whose end has not been seen; what is from there on is held
    /// back, also secrets in it: they could be a part of that one.
    fn hold(&self, text: &[u8]) -> usize {
        let open = |pattern: &Pattern| pattern.open_suffix(text);
        text.len() - self.patterns.iter().map(open).max().unwrap_or(0)
    }
}

impl Search {
    /// `None`: there is nothing to look for.
    fn new(patterns: &[Pattern]) -> Option<Self> {
        if patterns.is_empty() {
            return None;
        }
        let values = || patterns.iter().map(|pattern| &pattern.bytes);
        let mut builder = packed::Config::new()
            .match_kind(packed::MatchKind::LeftmostLongest)
            .builder();
        if let Some(searcher) = builder.extend(values()).build() {
            return Some(Self::Packed(searcher));
        }
        let bytes: usize = values().map(Vec::len).sum();
        let kind = if bytes <= DFA_BYTES_MAX {
            AhoCorasickKind::DFA
        } else {
            AhoCorasickKind::ContiguousNFA
        };
        let automaton = AhoCorasick::builder()
            .match_kind(MatchKind::LeftmostLongest)
            .kind(Some(kind))
            .build(values());
        automaton.ok().map(Self::Automaton)
    }

    fn first_from(&self, text: &[u8], from: usize) -> Option<Match> {
        let span = Span::from(from..text.len());
        match self {
            Self::Packed(searcher) => searcher.find_in(text, span),
            Self::Automaton(automaton) => automaton.find(Input::new(text).span(span)),
        }
    }
}

impl Pattern {
    fn new(value: &[u8]) -> Self {
        let mut failure = vec![0_u32; value.len()];
        let mut length = 0_usize;
        for at in 1..value.len() {
            while length > 0 && value[at] != value[length] {
                length = failure[length - 1] as usize;
            }
            if value[at] == value[length] {
                length += 1;
            }
            failure[at] = u32::try_from(length).unwrap_or(u32::MAX);
        }
        Self {
            bytes: value.to_vec(),
            failure,
        }
    }

    /// The length of the longest end of the text with which this secret could begin.
    fn open_suffix(&self, text: &[u8]) -> usize {
        let window = self.bytes.len() - 1;
        let mut length = 0;
        for &byte in &text[text.len().saturating_sub(window)..] {
            while length > 0 && byte != self.bytes[length] {
                length = self.failure[length - 1] as usize;
            }
            if byte == self.bytes[length] {
                length += 1;
            }
        }
        length
    }
}

/// Masks a text that is whole, such as an error's message.
pub(crate) fn mask_text(text: &str, secrets: &[String]) -> String {
    let masked = Masker::new(secrets).mask_whole(text.as_bytes());
    String::from_utf8_lossy(&masked).into_owned()
}
