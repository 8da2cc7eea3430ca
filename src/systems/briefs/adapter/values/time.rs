//! Times as platforms write them, as microseconds since 1970.

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, NaiveTime, TimeZone};
use chrono_tz::Tz;
use unicode_normalization::UnicodeNormalization;

use super::time_zh;

/// How times of a field are read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum TimeReader {
    UnixSeconds,
    UnixMilliseconds,
    /// ISO 8601, or `YYYY-MM-DD HH:MM[:SS]`; with a format, as that says.
    Written {
        format: Option<String>,
    },
    /// As people say it: `5分钟前`, `昨天 12:30`.
    Chinese,
}

/// Why a value is no time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TimeFault;

/// The years in which articles are written. Milliseconds that are read as seconds lie far behind them.
const YEARS: std::ops::RangeInclusive<i32> = 1970..=2200;

impl TimeReader {
    /// Reads a text or the text of a number. `now` is the time of the answer, in microseconds.
    pub fn read(&self, text: &str, zone: Tz, now: i64) -> Result<i64, TimeFault> {
        let text: String = text.nfkc().collect();
        let text = text.trim();
        let micros = match self {
            Self::UnixSeconds => unix(text, 1_000_000),
            Self::UnixMilliseconds => unix(text, 1_000),
            Self::Written { format: None } => written(text, zone),
            Self::Written {
                format: Some(format),
            } => formatted(text, format, zone),
            Self::Chinese => {
                let now = DateTime::from_timestamp_micros(now).ok_or(TimeFault)?;
                time_zh::read(text, zone, now.with_timezone(&zone)).or_else(|| written(text, zone))
            }
        };
        let micros = micros.ok_or(TimeFault)?;
        let moment = DateTime::from_timestamp_micros(micros).ok_or(TimeFault)?;
        YEARS
            .contains(&moment.year())
            .then_some(micros)
            .ok_or(TimeFault)
    }
}

fn unix(text: &str, factor: i64) -> Option<i64> {
    if let Ok(whole) = text.parse::<i64>() {
        return whole.checked_mul(factor);
    }
    let micros = text.parse::<f64>().ok()? * factor as f64;
    (micros.abs() < 1e17).then_some(micros as i64)
}

fn written(text: &str, zone: Tz) -> Option<i64> {
    if let Ok(moment) = DateTime::parse_from_rfc3339(text) {
        return Some(moment.timestamp_micros());
    }
    if let Ok(moment) = DateTime::parse_from_rfc2822(text) {
        return Some(moment.timestamp_micros());
    }
    for format in [
        "%Y-%m-%dT%H:%M:%S%.f%z",
        "%Y-%m-%d %H:%M:%S%.f%z",
        "%Y-%m-%d %H:%M:%S%.f %z",
    ] {
        if let Ok(moment) = DateTime::parse_from_str(text, format) {
            return Some(moment.timestamp_micros());
        }
    }
    let plain = text.replace('/', "-").replacen('T', " ", 1);
    for format in ["%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%d %H:%M"] {
        if let Ok(local) = NaiveDateTime::parse_from_str(&plain, format) {
            return in_zone(local, zone);
        }
    }
    let day = NaiveDate::parse_from_str(&plain, "%Y-%m-%d").ok()?;
    in_zone(day.and_time(NaiveTime::MIN), zone)
}

fn formatted(text: &str, format: &str, zone: Tz) -> Option<i64> {
    if let Ok(moment) = DateTime::parse_from_str(text, format) {
        return Some(moment.timestamp_micros());
    }
    if let Ok(local) = NaiveDateTime::parse_from_str(text, format) {
        return in_zone(local, zone);
    }
    let day = NaiveDate::parse_from_str(text, format).ok()?;
    in_zone(day.and_time(NaiveTime::MIN), zone)
}

/// The moment of a local time. Of two the first; one that clocks skip is that of an hour later.
pub(super) fn in_zone(local: NaiveDateTime, zone: Tz) -> Option<i64> {
    let found = zone.from_local_datetime(&local).earliest();
    let found = found.or_else(|| {
        let later = local.checked_add_signed(chrono::Duration::hours(1))?;
        zone.from_local_datetime(&later).earliest()
    });
    found.map(|moment| moment.timestamp_micros())
}
