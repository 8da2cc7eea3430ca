//! The types of columns that hold times.

/// How a server keeps times.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TimeKind {
    /// Without a time zone: taken for UTC.
    Stamp,
    /// Points in time, whatever zone they are shown in.
    Zoned,
    Day,
    /// Whatever stands there, in the order of its collation. Times differ in digits first, so
    /// that every collation has them in an order of their own that will do.
    Text,
}
