//! Decides, row by row, what takes part in a slice, when the slice is full, and up to which moment
//! a portion is complete. All readers share it, so that they cannot disagree.

use serde::{Deserialize, Serialize};

use super::{Moment, Position, ReadSpec, Row, SliceEnd, SliceLimits, portion::Reached};

/// One slice while it is read.
pub(super) struct Slice<'a> {
    limits: SliceLimits,
    start: Moment,
    end: Moment,
    visit: &'a mut dyn FnMut(Row<'_>) -> usize,
    completeness: &'a mut Completeness,
    rows_scanned: u32,
    rows_undated: u32,
    bytes_kept: usize,
}

impl<'a> Slice<'a> {
    pub(super) fn new(
        limits: SliceLimits,
        spec: &ReadSpec,
        completeness: &'a mut Completeness,
        visit: &'a mut dyn FnMut(Row<'_>) -> usize,
    ) -> Self {
        Self {
            // A slice that cannot hold a row would never end.
            limits: SliceLimits {
                rows: limits.rows.max(1),
                bytes: limits.bytes.max(1),
            },
            start: spec.start,
            end: spec.end,
            visit,
            completeness,
            rows_scanned: 0,
            rows_undated: 0,
            bytes_kept: 0,
        }
    }

    /// Counts a scanned row by its time (`None` is NULL) and gives the time back if it is in the
    /// range.
    pub(super) fn admit<'t>(&mut self, post_time: Option<&'t str>) -> Option<&'t str> {
        let Some(text) = post_time else {
            self.rows_scanned += 1;
            return None;
        };
        let Some(moment) = Moment::parse(text) else {
            self.count_undated(1);
            return None;
        };
        self.admit_at(moment).then_some(text)
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

    /// Counts rows that were scanned and whose time is not one.
    pub(super) fn count_undated(&mut self, rows: u32) {
        self.rows_scanned = self.rows_scanned.saturating_add(rows);
        self.rows_undated = self.rows_undated.saturating_add(rows);
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
            rows_undated: self.rows_undated.into(),
        }
    }
}

/// Knows up to which moment a portion is complete, as long as its rows come in the order of time.
/// Part of a position, because a slice may end in the middle of a moment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Completeness {
    in_order: bool,
    latest: Option<Moment>,
    before_latest: Option<Moment>,
}

impl Completeness {
    /// For rows that come in the order of time until they prove otherwise.
    pub(super) fn of_ordered_rows() -> Self {
        Self {
            in_order: true,
            latest: None,
            before_latest: None,
        }
    }

    /// For rows in any order: nothing is known before the end.
    pub(super) fn of_unordered_rows() -> Self {
        Self {
            in_order: false,
            ..Self::of_ordered_rows()
        }
    }

    fn saw(&mut self, moment: Moment) {
        match self.latest {
            Some(latest) if moment == latest => {}
            Some(latest) if moment < latest => self.in_order = false,
            earlier => {
                self.before_latest = earlier;
                self.latest = Some(moment);
            }
        }
    }

    /// More rows of the latest moment may follow, so that only the one before it is certain.
    fn complete_to(&self, finished: bool) -> Option<Moment> {
        match (finished, self.in_order) {
            (true, _) => self.latest,
            (false, true) => self.before_latest,
            (false, false) => None,
        }
    }
}
