//! One row of a table while it is looked at.

use std::borrow::Cow;

use smallvec::SmallVec;

/// A row that takes part: nothing in it is NULL that may not be, and its time is in the range.
#[derive(Clone, Copy, Debug)]
pub struct Row<'a> {
    /// As it is published: in the zone of the source, in one form.
    pub time: &'a str,
    /// In the order of the wanted columns; of NULL an empty text.
    pub cells: &'a [Cow<'a, str>],
    pub nulls: Nulls,
}

/// Which cells of a row are NULL, by their place; the places from 63 on are one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Nulls(u64);

impl Nulls {
    pub(super) fn add(&mut self, place: usize) {
        self.0 |= 1 << place.min(63);
    }

    fn has(self, place: usize) -> bool {
        self.0 & 1 << place.min(63) != 0
    }

    pub(super) fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub(super) fn count(self) -> usize {
        self.0.count_ones() as usize
    }

    /// Whether none of them stands before this place.
    pub(super) fn is_behind(self, place: usize) -> bool {
        self.is_empty() || self.0.trailing_zeros() as usize >= place
    }
}

impl<'a> Row<'a> {
    /// The cell at a place; `None`: it is NULL.
    pub fn cell(&self, place: usize) -> Option<&'a str> {
        let cell = self.cells.get(place)?;
        (!self.nulls.has(place)).then_some(&**cell)
    }
}

/// Cells of a row; as many as most tables are read by cost no allocation.
pub(super) type RowCells<'a> = SmallVec<[Cow<'a, str>; 8]>;

/// Bytes as text. Valid text is borrowed, however long it is, and checked by the faster of the two
/// ways; what is not UTF-8 keeps its place with U+FFFD, so that no row is lost to it.
pub(super) fn lossy(bytes: &[u8]) -> Cow<'_, str> {
    match str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => String::from_utf8_lossy(bytes),
    }
}
