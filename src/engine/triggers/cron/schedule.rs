//! The instants at which an expression fires.
//!
//! `croner` finds matches on a wall clock that nobody changes; which instants they are is decided here:
//!
//! - A fixed time (neither the minute nor the hour begins with `*`) that is skipped fires when the gap ends,
//!   several of one gap together once. One that comes twice fires the first time.
//! - Otherwise each instant fires at which the wall clock matches, so both of those that come twice
//!   and none that is skipped.

use std::sync::Arc;

use chrono::{DateTime, FixedOffset, MappedLocalTime, NaiveDateTime, Offset, TimeDelta, TimeZone};
use chrono_tz::{GapInfo, Tz};
use croner::parser::{CronParser, Seconds, Year};

use super::fields;

/// Longer than any range of wall-clock times that comes twice. No zone changes its clock twice
/// within it (tested), so that one look at its end finds each change.
const LOOK_AHEAD: TimeDelta = TimeDelta::hours(25);

/// An expression in a time zone.
#[derive(Clone, Debug)]
pub struct Cron {
    /// It is large, and cloned for each look at a list of triggers.
    pattern: Arc<croner::Cron>,
    zone: Tz,
    /// Whether it is a fixed time, see above.
    is_fixed: bool,
}

impl Cron {
    /// All that is wrong with an expression, if it cannot be used.
    pub(crate) fn parse(text: &str, zone: Tz) -> Result<Self, Vec<String>> {
        let plain = fields::plain(text)?;
        let parser = CronParser::builder()
            .seconds(Seconds::Disallowed)
            .year(Year::Disallowed)
            .build();
        let pattern = parser
            .parse(&plain)
            .map_err(|error| vec![error.to_string()])?;
        let mut fields = text.split_whitespace();
        let is_fixed = !fields.by_ref().take(2).any(|field| field.starts_with('*'));
        Ok(Self {
            pattern: Arc::new(pattern),
            zone,
            is_fixed,
        })
    }

    /// The first instant later than this one, both in microseconds since 1970. `None` if it lies
    /// behind all that calendars know.
    pub(crate) fn next_after(&self, micros: i64) -> Option<i64> {
        let after = DateTime::from_timestamp_micros(micros)?.with_timezone(&self.zone);
        let next = if self.is_fixed {
            self.next_fixed(&after)
        } else {
            self.next_real(&after)
        };
        next.map(|instant| instant.timestamp_micros())
    }

    /// All instants later than this one, in order.
    pub(crate) fn instants_after(&self, micros: i64) -> impl Iterator<Item = i64> {
        std::iter::successors(self.next_after(micros), |last| self.next_after(*last))
    }

    fn next_fixed(&self, after: &DateTime<Tz>) -> Option<DateTime<Tz>> {
        let mut wall = after.naive_local();
        loop {
            wall = self.match_behind(wall)?;
            let instant = match self.zone.from_local_datetime(&wall) {
                MappedLocalTime::Single(instant) | MappedLocalTime::Ambiguous(instant, _) => {
                    instant
                }
                MappedLocalTime::None => GapInfo::new(&wall, &self.zone)?.end?,
            };
            // After clocks were put back, matches of the first time lie in the past.
            if instant > *after {
                return Some(instant);
            }
        }
    }

    fn next_real(&self, after: &DateTime<Tz>) -> Option<DateTime<Tz>> {
        let mut wall = self.match_behind(after.naive_local())?;
        let mut least = *after + TimeDelta::microseconds(1);
        if let Some(change) = self.change_after(after) {
            let before_change = change.with_timezone(&offset_of(after)).naive_local();
            if wall >= before_change {
                // The wall clock jumps to where it may have been before.
                wall = self.match_from(change.naive_local())?;
                least = change;
            }
        }
        loop {
            let (first, second) = match self.zone.from_local_datetime(&wall) {
                MappedLocalTime::Single(instant) => (Some(instant), None),
                MappedLocalTime::Ambiguous(first, second) => (Some(first), Some(second)),
                MappedLocalTime::None => (None, None),
            };
            let instants = first.into_iter().chain(second);
            if let Some(instant) = instants.into_iter().find(|instant| *instant >= least) {
                return Some(instant);
            }
            wall = self.match_behind(wall)?;
        }
    }

    /// The first match on the wall clock that is later than this.
    fn match_behind(&self, wall: NaiveDateTime) -> Option<NaiveDateTime> {
        self.pattern.find_next_occurrence(&wall, false).ok()
    }

    fn match_from(&self, wall: NaiveDateTime) -> Option<NaiveDateTime> {
        self.pattern.find_next_occurrence(&wall, true).ok()
    }

    /// When clocks are changed next, if that is soon.
    fn change_after(&self, instant: &DateTime<Tz>) -> Option<DateTime<Tz>> {
        let offset = offset_of(instant);
        let (mut before, mut behind) = (*instant, *instant + LOOK_AHEAD);
        if offset_of(&behind) == offset {
            return None;
        }
        // Changes happen at whole seconds.
        while behind.timestamp() - before.timestamp() > 1 {
            let seconds = (behind.timestamp() - before.timestamp()) / 2;
            let middle = self
                .zone
                .timestamp_opt(before.timestamp() + seconds, 0)
                .single()?;
            if offset_of(&middle) == offset {
                before = middle;
            } else {
                behind = middle;
            }
        }
        self.zone.timestamp_opt(behind.timestamp(), 0).single()
    }
}

fn offset_of(instant: &DateTime<Tz>) -> FixedOffset {
    instant.offset().fix()
}
