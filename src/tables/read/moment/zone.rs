//! Time zones: what a time without an offset means, and how moments are shown.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, MappedLocalTime, NaiveDateTime, Offset, TimeDelta, TimeZone};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use super::{
    MICROS_PER_DAY, MICROS_PER_SECOND, Moment, MomentText, Written, civil_from_days, write_digits,
};

/// A time zone, by its IANA name; UTC unless it is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Zone(Tz);

/// A name that no time zone has.
#[derive(Debug, thiserror::Error)]
#[error(
    "`{0}` is not a time zone: expected a name such as `UTC`, `Europe/Berlin` or `Asia/Taipei`"
)]
pub struct UnknownZone(String);

/// What the clock of a zone shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::tables::read) struct LocalTime {
    micros: i64,
    /// If the clock was put back and shows this for the second time: the time at which it was.
    put_back_at: Option<i64>,
}

impl Zone {
    pub const UTC: Self = Self(Tz::UTC);

    /// Whether clocks are put back there now and then, so that texts of times are not always in
    /// the order of the times.
    pub fn repeats_hours(self) -> bool {
        self != Self::UTC
    }

    /// What a clock there shows at this moment.
    pub fn shown(self, moment: Moment) -> String {
        let shown = LocalTime::at(self.local(moment).micros);
        shown.text(&mut MomentText::default()).to_owned()
    }

    /// The same as if the clock showed UTC.
    pub(in crate::tables::read) fn clock_at(self, moment: Moment) -> Moment {
        Moment(self.local(moment).micros).clamp(Moment::EARLIEST, Moment::LATEST)
    }

    /// The moment at which a clock there shows this: the first one, where the clock is put back
    /// and shows it twice; where it is put forward and never does, as if it had not been.
    pub(super) fn moment_of(self, local: i64) -> Option<Moment> {
        if self == Self::UTC {
            return Moment::from_micros(local);
        }
        Moment::from_micros(local - self.offset_of(naive(local)?))
    }

    pub(in crate::tables::read) fn local(self, moment: Moment) -> LocalTime {
        if self == Self::UTC {
            return LocalTime::at(moment.0);
        }
        let Some(at) = DateTime::from_timestamp_micros(moment.0) else {
            return LocalTime::at(moment.0);
        };
        let offset = micros(self.0.offset_from_utc_datetime(&at.naive_utc()));
        let local = LocalTime::at(moment.0 + offset);
        let first = naive(local.micros).map(|local| self.offset_of(local));
        let first = first.filter(|&first| first != offset);
        LocalTime {
            put_back_at: first.map(|first| self.put_back_between(moment, first - offset) + first),
            ..local
        }
    }

    /// When the clock was put back that shows the same at a moment and so many microseconds before.
    fn put_back_between(self, moment: Moment, micros_before: i64) -> i64 {
        let offset_at = |micros| {
            let at = DateTime::from_timestamp_micros(micros)?.naive_utc();
            Some(self.0.offset_from_utc_datetime(&at).fix())
        };
        let (mut before, mut after) = (moment.0 - micros_before, moment.0);
        let first = offset_at(before);
        while after - before > 1 {
            let middle = before + (after - before) / 2;
            if offset_at(middle) == first {
                before = middle;
            } else {
                after = middle;
            }
        }
        after
    }

    fn offset_of(self, local: NaiveDateTime) -> i64 {
        match self.0.offset_from_local_datetime(&local) {
            MappedLocalTime::Single(offset) | MappedLocalTime::Ambiguous(offset, _) => {
                micros(offset)
            }
            // A clock is put forward by a few hours at most.
            MappedLocalTime::None => {
                let before = local - TimeDelta::hours(26);
                let before = self.0.offset_from_local_datetime(&before);
                before.earliest().map_or(0, micros)
            }
        }
    }
}

impl Default for Zone {
    fn default() -> Self {
        Self::UTC
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.0.name())
    }
}

impl FromStr for Zone {
    type Err = UnknownZone;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let zone = name.parse().map(Self);
        zone.map_err(|_| UnknownZone(name.to_owned()))
    }
}

impl TryFrom<String> for Zone {
    type Error = UnknownZone;

    fn try_from(name: String) -> Result<Self, Self::Error> {
        name.parse()
    }
}

impl From<Zone> for String {
    fn from(zone: Zone) -> Self {
        zone.to_string()
    }
}

/// Stands before a time that a clock shows for the second time, behind the last time that it showed
/// before it was put back: as text, that sorts behind all that was shown before, and before all
/// that is shown for the first time afterwards.
const MARK: u8 = b'<';

/// A time as it is published, without what marks one that a clock shows for the second time.
pub fn without_mark(text: &str) -> &str {
    text.split_once(char::from(MARK))
        .map_or(text, |(_, time)| time)
}

impl LocalTime {
    pub(in crate::tables::read) fn at(micros: i64) -> Self {
        Self {
            micros,
            put_back_at: None,
        }
    }

    /// `YYYY-MM-DD HH:MM:SS`, with a fraction if there is one, and marked if it is shown for the
    /// second time. Texts of one zone sort like their moments.
    pub(in crate::tables::read) fn text(self, room: &mut MomentText) -> &str {
        const AT_MARK: usize = MomentText::TIME_BYTES;
        let text = &mut room.0;
        let length = match self.put_back_at {
            None => write_time(self.micros, text),
            Some(put_back_at) => {
                // A clock is put back at whole seconds, so that this has a fraction.
                write_time(put_back_at - 1, text);
                text[AT_MARK] = MARK;
                AT_MARK + 1 + write_time(self.micros, &mut text[AT_MARK + 1..])
            }
        };
        str::from_utf8(&text[..length]).expect("digits and signs are text")
    }

    /// Whether it lies in the years that can be shown.
    fn is_shown(self) -> bool {
        Moment::from_micros(self.micros).is_some()
    }
}

/// Writes a time to the front, and returns how long it is. Without the machinery of formatting: for
/// use on every row.
fn write_time(micros: i64, room: &mut [u8]) -> usize {
    let (year, month, day) = civil_from_days(micros.div_euclid(MICROS_PER_DAY));
    let second = micros.rem_euclid(MICROS_PER_DAY) / MICROS_PER_SECOND;
    let fraction = micros.rem_euclid(MICROS_PER_SECOND);
    let text = room
        .first_chunk_mut()
        .expect("there is room for a whole time");
    *text = *b"0000-00-00 00:00:00.000000";
    write_digits(&mut text[..4], year);
    write_digits(&mut text[5..7], month);
    write_digits(&mut text[8..10], day);
    write_digits(&mut text[11..13], second / 3600);
    write_digits(&mut text[14..16], second / 60 % 60);
    write_digits(&mut text[17..19], second % 60);
    if fraction == 0 {
        return 19;
    }
    write_digits(&mut text[20..], fraction);
    let zeros = text.iter().rev().take_while(|&&digit| digit == b'0');
    text.len() - zeros.count()
}

/// Reads times of one zone, row after row, and shows them in it.
pub(in crate::tables::read) struct ZoneReader {
    zone: Zone,
    /// A day that has one offset from its beginning to its end, with that.
    even_day: Option<(i64, i64)>,
}

/// A time that was read.
pub(in crate::tables::read) struct ReadTime<'t> {
    pub(in crate::tables::read) moment: Moment,
    /// As it is published.
    pub(in crate::tables::read) text: &'t str,
}

impl ZoneReader {
    pub(in crate::tables::read) fn new(zone: Zone) -> Self {
        Self {
            zone,
            even_day: None,
        }
    }

    /// Reads a text of any form.
    pub(in crate::tables::read) fn read<'t>(
        &mut self,
        text: &'t str,
        room: &'t mut MomentText,
    ) -> Option<ReadTime<'t>> {
        let written = Written::parse(text)?;
        if written.offset_micros.is_some() {
            return self.show(written.in_zone(self.zone)?, room);
        }
        let (moment, local) = self.of_clock(written.local)?;
        let text = if written.is_plain && local.micros == written.local {
            text
        } else {
            local.text(room)
        };
        Some(ReadTime { moment, text })
    }

    /// Reads what a clock of the zone showed.
    pub(in crate::tables::read) fn read_clock<'t>(
        &mut self,
        local: i64,
        room: &'t mut MomentText,
    ) -> Option<ReadTime<'t>> {
        let (moment, local) = self.of_clock(local)?;
        let text = local.text(room);
        Some(ReadTime { moment, text })
    }

    /// Shows a moment.
    pub(in crate::tables::read) fn show<'t>(
        &mut self,
        moment: Moment,
        room: &'t mut MomentText,
    ) -> Option<ReadTime<'t>> {
        let local = self.zone.local(moment);
        local.is_shown().then(|| ReadTime {
            moment,
            text: local.text(room),
        })
    }

    /// The moment of a clock's time, and what the clock shows then, which is another time if it
    /// never showed the one that was written.
    fn of_clock(&mut self, local: i64) -> Option<(Moment, LocalTime)> {
        if self.zone == Zone::UTC {
            return Some((Moment::from_micros(local)?, LocalTime::at(local)));
        }
        let day = local.div_euclid(MICROS_PER_DAY);
        if self.even_day.is_none_or(|(even, _)| even != day) {
            self.even_day = self.zone.offset_of_day(day).map(|offset| (day, offset));
        }
        if let Some((_, offset)) = self.even_day {
            return Some((Moment::from_micros(local - offset)?, LocalTime::at(local)));
        }
        let moment = self.zone.moment_of(local)?;
        let shown = self.zone.local(moment);
        shown.is_shown().then_some((moment, shown))
    }
}

impl Zone {
    /// The offset of a day during which no clock is changed.
    fn offset_of_day(self, day: i64) -> Option<i64> {
        let offset_at = |local| match self.0.offset_from_local_datetime(&naive(local)?) {
            MappedLocalTime::Single(offset) => Some(micros(offset)),
            MappedLocalTime::Ambiguous(..) | MappedLocalTime::None => None,
        };
        let first = offset_at(day * MICROS_PER_DAY)?;
        let last = offset_at((day + 1) * MICROS_PER_DAY - 1)?;
        (first == last).then_some(first)
    }
}

fn naive(local: i64) -> Option<NaiveDateTime> {
    Some(DateTime::from_timestamp_micros(local)?.naive_utc())
}

fn micros(offset: impl Offset) -> i64 {
    i64::from(offset.fix().local_minus_utc()) * MICROS_PER_SECOND
}
