//! The time of day, for people, and the [`steady`] clock, for durations: the one place that asks the
//! operating system for either.

pub mod steady;

use std::fmt::Display;
use std::time::{SystemTime, UNIX_EPOCH};

use chrono::{DateTime, Local, NaiveDate, NaiveTime, SecondsFormat, TimeZone, Utc};

/// Microseconds since 1970, UTC.
pub fn now_micros() -> i64 {
    #[cfg(test)]
    if let Some(micros) = simulated::now_micros() {
        return micros;
    }
    let since_epoch = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    i64::try_from(since_epoch.as_micros()).unwrap_or(i64::MAX)
}

/// `YYYY-MM-DD HH:MM:SS` in the machine's time zone, as people read it in tables.
pub fn local_text(micros: i64) -> String {
    text_in(micros, &Local)
}

/// The same in this time zone.
pub fn text_in(micros: i64, zone: &impl TimeZone<Offset: Display>) -> String {
    at(micros)
        .with_timezone(zone)
        .format("%Y-%m-%d %H:%M:%S")
        .to_string()
}

/// RFC 3339 in UTC with milliseconds, as programs read it.
pub fn rfc3339(micros: i64) -> String {
    at(micros).to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// The same with microseconds.
pub fn rfc3339_micros(micros: i64) -> String {
    at(micros).to_rfc3339_opts(SecondsFormat::Micros, true)
}

/// Microseconds since 1970 of a date, which means its first moment in UTC, or a moment (RFC 3339).
pub fn parse(text: &str) -> Option<i64> {
    let date = || {
        let date = text.parse::<NaiveDate>().ok()?;
        Some(date.and_time(NaiveTime::MIN).and_utc())
    };
    let moment = text.parse::<DateTime<Utc>>().ok().or_else(date)?;
    Some(moment.timestamp_micros())
}

fn at(micros: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_micros(micros).unwrap_or_default()
}

/// Clocks that move with tokio's, for tests that stop that one. Each thread has its own.
#[cfg(test)]
pub mod simulated {
    use std::cell::Cell;
    use std::time::Duration;

    use tokio::time::Instant;

    /// 2026-01-01 00:00:00.
    const BEGINNING_MICROS: i64 = 1_767_225_600_000_000;

    thread_local! {
        static TIME: Cell<Option<(Duration, Option<Instant>)>> = const { Cell::new(None) };
        static WALL_SET_BY: Cell<i64> = const { Cell::new(0) };
    }

    /// The time of day is so many microseconds later than it was at the beginning. The steady clock
    /// knows nothing of it.
    pub fn set_wall(by: i64) {
        WALL_SET_BY.set(by);
    }

    /// It is so long after the beginning, and stays so.
    pub fn stop_at(since: Duration) {
        TIME.set(Some((since, None)));
    }

    /// It is so long after the beginning, and continues with the clock of this runtime.
    pub fn go_on_from(since: Duration) {
        TIME.set(Some((since, Some(Instant::now()))));
    }

    pub fn end() {
        TIME.set(None);
        WALL_SET_BY.set(0);
    }

    pub(super) fn now_micros() -> Option<i64> {
        Some(steady_micros()? + WALL_SET_BY.get())
    }

    pub(super) fn steady_micros() -> Option<i64> {
        let (since, from) = TIME.get()?;
        let since = since + from.map_or(Duration::ZERO, |from| from.elapsed());
        Some(BEGINNING_MICROS + i64::try_from(since.as_micros()).unwrap_or(0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_a_date_or_rfc_3339() {
        for text in [
            "2026-01-01",
            "2026-01-01T00:00:00Z",
            "2026-01-01T01:00:00+01:00",
        ] {
            assert_eq!(parse(text), Some(1_767_225_600_000_000), "{text}");
        }
        for text in ["", "yesterday", "2026-13-01", "2026-01-01 00:00:00 x"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
