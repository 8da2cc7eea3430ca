//! Decides, row by row, what takes part in a slice, when the slice is full, and up to which moment
//! a portion is complete. All readers share it, so that they cannot disagree.

use super::completeness::Completeness;
use super::left_out::LeftOut;
use super::moment::{Moment, MomentText, ReadTime, ZoneReader};
use super::portion::{Position, Reached};
use super::row::Row;
use super::source::TableQuery;
use super::unreadable::Unreadable;

/// When a slice ends. A slice scans at least one row, whatever the limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SliceLimits {
    pub rows: u32,
    pub bytes: usize,
}

/// Where a slice ended and what it came across.
#[derive(Clone, Debug, PartialEq)]
pub struct SliceEnd {
    pub position: Position,
    /// Whether the portion has no more rows.
    pub finished: bool,
    /// Every row of this portion that takes part up to and including this moment has been visited;
    /// `None` while that is not known of any moment.
    pub complete_to: Option<Moment>,
    pub rows_scanned: u64,
    /// Of the rows scanned, those whose time cannot be read.
    pub unreadable: Unreadable,
    /// Of the rows scanned, those that are malformed, or have no id.
    pub left_out: LeftOut,
}

/// What becomes of a row by its time.
pub(super) enum Admitted<'t> {
    /// It is in the range; its time as it is published.
    In(&'t str),
    Out,
    Unreadable,
}

/// One slice while it is read.
pub(super) struct OpenSlice<'a> {
    limits: SliceLimits,
    start: Moment,
    end: Moment,
    visit: &'a mut dyn FnMut(Row<'_>) -> usize,
    completeness: &'a mut Completeness,
    zone: ZoneReader,
    rows_scanned: u32,
    unreadable: Unreadable,
    left_out: LeftOut,
    bytes_kept: usize,
}

impl<'a> OpenSlice<'a> {
    pub(super) fn new(
        limits: SliceLimits,
        query: &TableQuery,
        completeness: &'a mut Completeness,
        visit: &'a mut dyn FnMut(Row<'_>) -> usize,
    ) -> Self {
        Self {
            // A slice that cannot hold a row would never end.
            limits: SliceLimits {
                rows: limits.rows.max(1),
                bytes: limits.bytes.max(1),
            },
            start: query.start,
            end: query.end,
            visit,
            completeness,
            zone: ZoneReader::new(query.zone),
            rows_scanned: 0,
            unreadable: Unreadable::default(),
            left_out: LeftOut::default(),
            bytes_kept: 0,
        }
    }

    /// Counts a scanned row that has no time.
    pub(super) fn skip(&mut self) {
        self.rows_scanned += 1;
    }

    /// Counts a scanned row by the text of its time.
    pub(super) fn admit<'t>(&mut self, text: &'t str, room: &'t mut MomentText) -> Admitted<'t> {
        match self.zone.read(text, room) {
            Some(time) => self.admit_time(time),
            None => Admitted::Unreadable,
        }
    }

    /// Counts a scanned row by its moment.
    pub(super) fn admit_moment<'t>(
        &mut self,
        moment: Moment,
        room: &'t mut MomentText,
    ) -> Admitted<'t> {
        match self.zone.show(moment, room) {
            Some(time) => self.admit_time(time),
            None => Admitted::Unreadable,
        }
    }

    fn admit_time<'t>(&mut self, ReadTime { moment, text }: ReadTime<'t>) -> Admitted<'t> {
        match self.admit_at(moment) {
            true => Admitted::In(text),
            false => Admitted::Out,
        }
    }

    /// Counts a scanned row whose time is known, and says whether that is in the range.
    pub(super) fn admit_at(&mut self, moment: Moment) -> bool {
        self.rows_scanned += 1;
        let in_range = self.start <= moment && moment <= self.end;
        if in_range {
            self.completeness.saw(moment);
        }
        in_range
    }

    /// Counts a scanned row whose time cannot be read; `name` is its id and what stands there.
    pub(super) fn count_unreadable(&mut self, name: impl FnOnce() -> (String, String)) {
        self.rows_scanned = self.rows_scanned.saturating_add(1);
        self.unreadable.count(name);
    }

    /// Counts rows that were scanned and whose time cannot be read.
    pub(super) fn add_unreadable(&mut self, rows: Unreadable) {
        let count = u32::try_from(rows.rows).unwrap_or(u32::MAX);
        self.rows_scanned = self.rows_scanned.saturating_add(count);
        self.unreadable.add(rows);
    }

    /// Counts a row as malformed that was scanned; `name` is its id, its time and why.
    pub(super) fn count_malformed(&mut self, name: impl FnOnce() -> (String, String, String)) {
        self.left_out.count(name);
    }

    /// Counts a row that was admitted and would take part if it had an id.
    pub(super) fn count_without_id(&mut self, time: &str) {
        self.left_out.count_without_id(1, time);
    }

    /// Hands out a row that takes part.
    pub(super) fn keep(&mut self, row: Row<'_>) {
        self.bytes_kept = self.bytes_kept.saturating_add((self.visit)(row));
    }

    /// The limits, made such that a slice can hold a row.
    pub(super) fn limits(&self) -> SliceLimits {
        self.limits
    }

    /// Whether nothing was scanned yet, or so many more rows and bytes do no harm.
    pub(super) fn has_room_for(&self, rows: u32, bytes: usize) -> bool {
        let has_room =
            rows <= self.rows_left() && self.bytes_kept.saturating_add(bytes) <= self.limits.bytes;
        self.rows_scanned == 0 || has_room
    }

    pub(super) fn is_full(&self) -> bool {
        self.rows_left() == 0 || self.bytes_kept >= self.limits.bytes
    }

    /// How many more rows this slice may scan.
    pub(super) fn rows_left(&self) -> u32 {
        self.limits.rows.saturating_sub(self.rows_scanned)
    }

    /// Closes the slice; `reached` makes the position out of what is known to be complete.
    pub(super) fn end(
        self,
        finished: bool,
        reached: impl FnOnce(Completeness) -> Reached,
    ) -> SliceEnd {
        SliceEnd {
            position: Position {
                reached: reached(self.completeness.clone()),
            },
            finished,
            complete_to: self.completeness.complete_to(finished),
            rows_scanned: self.rows_scanned.into(),
            unreadable: self.unreadable,
            left_out: self.left_out,
        }
    }
}
