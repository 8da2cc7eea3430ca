//! How numbers and durations are written: the same in all languages but for the units.

use super::words::Words;

/// Keeps a number and its unit on one line.
const NO_BREAK: char = '\u{a0}';

/// `1,204,476`
pub(crate) fn number(number: u64) -> String {
    let digits = number.to_string();
    let mut shown = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            shown.push(',');
        }
        shown.push(digit);
    }
    shown
}

/// `52.8 %` of a share from 0 to 1.
pub(crate) fn percent(share: f64) -> String {
    format!("{}{NO_BREAK}%", decimal(share * 100.0))
}

/// `1.2 MB`, in steps of a thousand.
pub(crate) fn bytes(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["B", "kB", "MB", "GB", "TB"];
    let (mut size, mut unit) = (bytes as f64, 0);
    while size >= 1_000.0 && unit + 1 < UNITS.len() {
        (size, unit) = (size / 1_000.0, unit + 1);
    }
    format!("{}{NO_BREAK}{}", decimal(size), UNITS[unit])
}

/// With one digit after the point below 100, where it says something.
pub(crate) fn decimal(number: f64) -> String {
    let number = number.max(0.0);
    match number < 100.0 && number.fract() != 0.0 {
        true => format!("{number:.1}"),
        false => self::number(number.round() as u64),
    }
}

/// `0.06 s`, `7.4 s`, `3 min 58 s`, `9 h 41 min`, `3 d 4 h`.
pub(crate) fn duration(words: &Words, micros: i64) -> String {
    let seconds = micros.max(0) as f64 / 1e6;
    let part = |number: String, unit: &str| format!("{number}{NO_BREAK}{}", words.say(unit));
    let whole = seconds.round() as u64;
    let two = |more: u64, large: &str, rest: u64, small: &str| {
        let large = part(number(more), large);
        match rest {
            0 => large,
            rest => format!("{large}{NO_BREAK}{}", part(rest.to_string(), small)),
        }
    };
    match whole {
        _ if seconds < 0.095 => part(format!("{seconds:.2}"), "unit-s"),
        _ if seconds < 9.95 => part(format!("{seconds:.1}"), "unit-s"),
        0..60 => part(whole.to_string(), "unit-s"),
        60..3_600 => two(whole / 60, "unit-min", whole % 60, "unit-s"),
        3_600..86_400 => two(whole / 3_600, "unit-h", whole % 3_600 / 60, "unit-min"),
        _ => two(whole / 86_400, "unit-d", whole % 86_400 / 3_600, "unit-h"),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::ui::words::{Catalogue, Language, OWN};

    #[test]
    fn numbers_have_thousands() {
        for (given, expected) in [
            (0, "0"),
            (999, "999"),
            (1_000, "1,000"),
            (1_234_567, "1,234,567"),
        ] {
            assert_eq!(number(given), expected);
        }
        assert_eq!(bytes(999), "999\u{a0}B");
        assert_eq!(bytes(56_200_000), "56.2\u{a0}MB");
        assert_eq!(percent(0.528), "52.8\u{a0}%");
        assert_eq!(percent(1.0), "100\u{a0}%");
    }

    #[test]
    fn durations_have_the_units_that_matter() {
        let words = Words::new(&Arc::new(Catalogue::of(&[OWN])), Language::English);
        for (seconds, expected) in [
            (0.0, "0.00 s"),
            (0.06, "0.06 s"),
            (7.4, "7.4 s"),
            (59.4, "59 s"),
            (59.6, "1 min"),
            (238.0, "3 min 58 s"),
            (34_860.0, "9 h 41 min"),
            (274_000.0, "3 d 4 h"),
        ] {
            let shown = duration(&words, (seconds * 1e6) as i64);
            assert_eq!(shown.replace('\u{a0}', " "), expected);
        }
    }
}
