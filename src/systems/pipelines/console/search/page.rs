//! The lines that are kept of all that match.

use std::collections::VecDeque;
use std::ops::Range;

use super::excerpt::Excerpt;

/// Which of the lines that match are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    /// The first.
    Start,
    /// The first of those that begin behind this offset.
    After(u64),
    /// The last of those that begin before this offset.
    Before(u64),
    /// The first of those that begin behind the one offset and before the other.
    Between(u64, u64),
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Wanted {
    pub side: Side,
    /// Lines at most.
    pub limit: usize,
    /// Also the first line that says that something failed.
    pub first_error: bool,
}

/// A line that matches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Hit {
    /// Which of the lines that match it is, from 1 on.
    pub ordinal: u64,
    /// Of the line in the log, from 1 on. `None`: it is behind a gap in which nobody counted.
    pub number: Option<u64>,
    /// Where the line begins, in bytes of the masked stream.
    pub offset: u64,
    pub excerpt: Excerpt,
}

/// What a search has found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Findings {
    /// Lines that match, in the whole log.
    pub total: u64,
    /// In the order of the log.
    pub hits: Vec<Hit>,
    pub first_error: Option<Hit>,
    /// Bytes of the log when the search began; what came later was not searched.
    pub bytes: u64,
    /// What was dropped, and not searched.
    pub gap: Option<Range<u64>>,
}

/// Lines between two gaps, from 0 on.
pub(super) type Stretch = u32;

pub(super) struct Page {
    side: Side,
    limit: usize,
    hits: VecDeque<(Stretch, Hit)>,
}

impl Page {
    pub(super) fn new(wanted: &Wanted) -> Self {
        Self {
            side: wanted.side,
            limit: wanted.limit,
            hits: VecDeque::new(),
        }
    }

    /// Whether a line that begins at one of these offsets may be wanted.
    pub(super) fn wants_some(&self, offsets: Range<u64>) -> bool {
        match self.side {
            Side::Start => !self.is_full(),
            Side::After(after) => !self.is_full() && offsets.end > after,
            Side::Before(before) => offsets.start < before,
            Side::Between(after, before) => {
                !self.is_full() && offsets.end > after && offsets.start < before
            }
        }
    }

    pub(super) fn wants(&self, offset: u64) -> bool {
        let is_early = match self.side {
            Side::After(after) | Side::Between(after, _) => offset <= after,
            Side::Start | Side::Before(_) => false,
        };
        !is_early && self.wants_some(offset..offset + 1)
    }

    /// Nothing more is wanted behind this offset.
    pub(super) fn is_done(&self, offset: u64) -> bool {
        match self.side {
            Side::Start | Side::After(_) => self.is_full(),
            Side::Before(before) => offset >= before,
            Side::Between(_, before) => self.is_full() || offset >= before,
        }
    }

    fn is_full(&self) -> bool {
        self.hits.len() >= self.limit
    }

    pub(super) fn push(&mut self, stretch: Stretch, hit: Hit) {
        if self.limit == 0 {
            return;
        }
        if self.is_full() {
            self.hits.pop_front();
        }
        self.hits.push_back((stretch, hit));
    }

    /// Whether something is kept whose number is known at the end.
    pub(super) fn has_behind_gap(&self) -> bool {
        self.hits.back().is_some_and(|(stretch, _)| *stretch > 0)
    }

    pub(super) fn into_hits(self) -> impl Iterator<Item = (Stretch, Hit)> {
        self.hits.into_iter()
    }
}
