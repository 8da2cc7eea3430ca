//! The types of columns that hold times.

/// How a server keeps times.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TimeKind {
    /// Without a time zone: by a clock of the source's zone.
    Stamp,
    /// Points in time, whatever zone they are shown in.
    Zoned,
    Day,
    /// Seconds or milliseconds since 1970.
    Number,
    /// Whatever stands there, in the order of its collation. Times differ in digits first, so
    /// that every collation has them in an order of their own that will do.
    Text,
}

/// Which texts of times a server takes for equal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TextEquality {
    pub(super) ignores_case: bool,
    pub(super) ignores_blanks_behind: bool,
}

impl TextEquality {
    pub(super) const EXACT: Self = Self {
        ignores_case: false,
        ignores_blanks_behind: false,
    };

    pub(super) fn holds(self, one: &[u8], other: &[u8]) -> bool {
        let compared = |text: &[u8]| match self.ignores_blanks_behind {
            true => text.len() - text.iter().rev().take_while(|byte| **byte == b' ').count(),
            false => text.len(),
        };
        let (one, other) = (&one[..compared(one)], &other[..compared(other)]);
        match self.ignores_case {
            true => one.eq_ignore_ascii_case(other),
            false => one == other,
        }
    }
}
