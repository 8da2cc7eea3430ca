//! Times of calls: `YYYY-MM-DD HH:MM:SS` in the time zone of the settings.

use chrono::{DateTime, NaiveDateTime, TimeZone};
use chrono_tz::Tz;

pub(crate) const TIME_FORMAT: &str = "%Y-%m-%d %H:%M:%S";

/// Years beyond these are mistakes, and some databases do not know them.
const YEARS: std::ops::Range<i64> = 0..4_102_444_800_000_000;

/// A time in microseconds since 1970; `None` if it is none.
pub(crate) fn read_time(text: &str, zone: Tz) -> Option<i64> {
    // The library takes one digit where two are written.
    let has_its_length = text.len() == "2026-11-01 00:00:00".len();
    let local = NaiveDateTime::parse_from_str(text, TIME_FORMAT).ok()?;
    let micros = zone
        .from_local_datetime(&local)
        .earliest()?
        .timestamp_micros();
    (has_its_length && YEARS.contains(&micros)).then_some(micros)
}

/// A time as callers read it.
pub(crate) fn shown_time(micros: i64, zone: Tz) -> String {
    let moment = DateTime::from_timestamp_micros(micros).unwrap_or_default();
    let local = moment.with_timezone(&zone);
    local.format(TIME_FORMAT).to_string()
}
