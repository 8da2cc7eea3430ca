//! Durations, rates and shares as adapters write them.

use std::time::Duration;

use super::model::Share;

/// A year: more is a mistake.
const DURATION_MAX_MS: u64 = 366 * 86_400_000;

/// `500ms`, `90s`, `5m`, `2h`, `7d`.
pub(super) fn duration(text: &str) -> Option<Duration> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let unit_ms: u64 = match unit {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => return None,
    };
    let ms = number.parse::<u64>().ok()?.checked_mul(unit_ms)?;
    (ms <= DURATION_MAX_MS).then(|| Duration::from_millis(ms))
}

/// `500ms..8s`, the shorter first.
pub(super) fn durations(text: &str) -> Option<(Duration, Duration)> {
    let (first, last) = text.split_once("..")?;
    let (first, last) = (duration(first)?, duration(last)?);
    (first <= last && !last.is_zero()).then_some((first, last))
}

/// `200/s`, `100/m`, `1000/h`, as calls a second.
pub(super) fn rate(text: &str) -> Option<f64> {
    let (number, unit) = text.split_once('/')?;
    let seconds = match unit {
        "s" => 1.0,
        "m" | "min" => 60.0,
        "h" => 3_600.0,
        _ => return None,
    };
    let number: f64 = number.parse().ok()?;
    (number > 0.0 && number <= 1e6).then_some(number / seconds)
}

/// `15%`.
pub(super) fn share(text: &str) -> Option<Share> {
    let number: f64 = text.strip_suffix('%')?.trim().parse().ok()?;
    (0.0..=100.0)
        .contains(&number)
        .then(|| Share(number / 100.0))
}
