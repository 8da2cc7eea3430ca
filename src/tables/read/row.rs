//! One row of a table while it is looked at.

use std::borrow::Cow;

use smallvec::SmallVec;

/// A row that takes part: nothing in it is NULL and its time is in the range.
#[derive(Clone, Copy, Debug)]
pub struct Row<'a> {
    /// As it is published: in the zone of the source, in one form.
    pub time: &'a str,
    /// In the order of the wanted columns.
    pub cells: &'a [Cow<'a, str>],
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
