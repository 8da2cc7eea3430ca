//! Times as databases write them: UTC, `YYYY-MM-DD HH:MM:SS`, with a fraction if there is one.

use chrono::{DateTime, NaiveDateTime};

/// Years that all databases know.
const EARLIEST: i64 = -62_135_596_800_000_000;
const LATEST: i64 = 253_402_300_799_999_999;

/// Texts sort as times do.
pub(super) fn written(micros: i64) -> String {
    let micros = micros.clamp(EARLIEST, LATEST);
    let moment = DateTime::from_timestamp_micros(micros).unwrap_or_default();
    let format = match micros.rem_euclid(1_000_000) {
        0 => "%Y-%m-%d %H:%M:%S",
        _ => "%Y-%m-%d %H:%M:%S%.6f",
    };
    moment.naive_utc().format(format).to_string()
}

pub(super) fn read(text: &str) -> Option<i64> {
    let time = NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S%.f").ok()?;
    Some(time.and_utc().timestamp_micros())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_they_were_written() {
        for (micros, text) in [
            (0, "1970-01-01 00:00:00"),
            (1_767_225_600_500_000, "2026-01-01 00:00:00.500000"),
            (-1, "1969-12-31 23:59:59.999999"),
        ] {
            assert_eq!(written(micros), text);
            assert_eq!(read(text), Some(micros));
        }
        assert_eq!(read("2026-01-01 00:00:00.5"), Some(1_767_225_600_500_000));
        assert_eq!(read("2026-01-01"), None);
        assert_eq!(read(&written(i64::MIN)), Some(EARLIEST));
        assert_eq!(read(&written(i64::MAX)), Some(LATEST));
    }
}
