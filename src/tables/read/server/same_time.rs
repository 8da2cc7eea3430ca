//! Rows of one time on their way into a slice.

use std::mem;

use super::packed::{PackedRow, named};
use crate::tables::read::row::lossy;
use crate::tables::read::slice::SliceLimits;
use crate::tables::read::unreadable::Unreadable;

/// Rows that are handed out together, because they share a time and have no order.
#[derive(Default)]
pub(super) struct SameTimeRows {
    /// As packed; the time of all.
    pub(super) time: Vec<u8>,
    pub(super) rows: u32,
    pub(super) bytes: Vec<u8>,
    /// Whether no more rows belong to it.
    pub(super) is_whole: bool,
    /// Rows whose time cannot be read that came before it, and behind it.
    pub(super) unreadable: Unreadable,
    pub(super) unreadable_behind: Unreadable,
}

impl SameTimeRows {
    pub(super) fn push(&mut self, row: &PackedRow<'_>) {
        self.rows += 1;
        self.bytes.extend_from_slice(row.bytes);
    }

    /// Counts a row that came behind it.
    pub(super) fn count_unreadable(&mut self, row: &PackedRow<'_>) {
        let name = || (lossy(row.key).into_owned(), named(row.time));
        self.unreadable_behind.count(name);
    }

    pub(super) fn clear(&mut self) {
        *self = Self {
            time: mem::take(&mut self.time),
            bytes: mem::take(&mut self.bytes),
            unreadable: mem::take(&mut self.unreadable_behind),
            ..Self::default()
        };
        self.time.clear();
        self.bytes.clear();
        // What a huge row took is not kept.
        self.bytes.shrink_to(1 << 20);
    }

    /// A single row is always handed out, however large.
    pub(super) fn exceeds(&self, limits: SliceLimits) -> bool {
        self.rows > 1 && (self.rows > limits.rows || self.bytes.len() > limits.bytes)
    }
}
