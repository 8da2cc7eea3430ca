//! The time of day: the one place that asks the operating system for it.

use std::time::{SystemTime, UNIX_EPOCH};

use chrono::{DateTime, Local, SecondsFormat, Utc};

/// Microseconds since 1970, UTC.
pub fn now_micros() -> i64 {
    let since_epoch = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    i64::try_from(since_epoch.as_micros()).unwrap_or(i64::MAX)
}

/// `YYYY-MM-DD HH:MM:SS` in the machine's time zone, as people read it in tables.
pub fn local_text(micros: i64) -> String {
    at(micros)
        .with_timezone(&Local)
        .format("%Y-%m-%d %H:%M:%S")
        .to_string()
}

/// RFC 3339 in UTC with milliseconds, as programs read it.
pub fn rfc3339(micros: i64) -> String {
    at(micros).to_rfc3339_opts(SecondsFormat::Millis, true)
}

fn at(micros: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_micros(micros).unwrap_or_default()
}
