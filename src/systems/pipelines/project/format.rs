//! Texts with a form of their own: names, durations, sizes.

use std::ops::RangeInclusive;
use std::time::Duration;

use super::shape::Format;

/// Longer ones are slips: ten years.
const DURATION_MAX_MS: u64 = 10 * 366 * 86_400_000;

const UNITS_MS: [(&str, u64); 5] = [
    ("ms", 1),
    ("s", 1_000),
    ("m", 60_000),
    ("h", 3_600_000),
    ("d", 86_400_000),
];

const UNITS_BYTES: [(&str, u64); 5] = [
    ("TiB", 1 << 40),
    ("GiB", 1 << 30),
    ("MiB", 1 << 20),
    ("KiB", 1 << 10),
    ("B", 1),
];

pub(super) const NAME: Format = Format {
    expected: "a letter, then letters, digits or _, all small, 64 at most",
    pattern: "^[a-z][a-z0-9_]{0,63}$",
    accepts: is_name,
};

pub(super) const PROJECT: Format = Format {
    expected: "a letter, then letters, digits or -, all small, 64 at most",
    pattern: "^[a-z][a-z0-9-]{0,63}$",
    accepts: is_project,
};

pub(super) const VARIABLE: Format = Format {
    expected: "a capital letter, then capital letters, digits or _",
    pattern: "^[A-Z][A-Z0-9_]*$",
    accepts: |text| is_word(text, |byte| byte.is_ascii_uppercase(), b'_', usize::MAX),
};

pub(super) const TASK: Format = Format {
    expected: "a task or project/task",
    pattern: "^([a-z][a-z0-9-]{0,63}/)?[a-z][a-z0-9_]{0,63}$",
    accepts: |text| match text.split_once('/') {
        Some((project, task)) => is_project(project) && is_name(task),
        None => is_name(text),
    },
};

pub(super) const DURATION: Format = Format {
    expected: "a duration such as 500ms, 90s, 2h or 7d",
    pattern: "^[0-9]+(ms|s|m|h|d)$",
    accepts: |text| duration(text).is_some(),
};

/// Of something that would happen all the time, or never in time.
pub(super) const SOME_TIME: Format = Format {
    expected: "a duration such as 90s, more than nothing",
    pattern: "^0*[1-9][0-9]*(ms|s|m|h|d)$",
    accepts: |text| duration(text).is_some_and(|duration| !duration.is_zero()),
};

pub(super) const SOME_TIME_OR_NONE: Format = Format {
    expected: "a duration such as 90s, or none",
    pattern: "^(none|0*[1-9][0-9]*(ms|s|m|h|d))$",
    accepts: |text| text == "none" || (SOME_TIME.accepts)(text),
};

pub(super) const DELAY: Format = Format {
    expected: "two durations such as 10s..10m, the shorter one first",
    pattern: "^[0-9]+(ms|s|m|h|d)(\\.\\.[0-9]+(ms|s|m|h|d))?$",
    accepts: |text| durations(text).is_some(),
};

pub(super) const SIZE: Format = Format {
    expected: "a number of bytes, or a size such as 4KiB",
    pattern: "^[0-9]+(B|KiB|MiB|GiB|TiB)?$",
    accepts: |text| size(text).is_some(),
};

/// `500ms`, `90s`, `2h`, `7d`.
pub(crate) fn duration(text: &str) -> Option<Duration> {
    let unit = text.find(|character: char| !character.is_ascii_digit())?;
    let (number, unit) = text.split_at(unit);
    let (_, unit_ms) = UNITS_MS.iter().find(|(name, _)| *name == unit)?;
    let ms = number.parse::<u64>().ok()?.checked_mul(*unit_ms)?;
    (ms <= DURATION_MAX_MS).then(|| Duration::from_millis(ms))
}

/// `10s..10m`; one alone is both.
pub(super) fn durations(text: &str) -> Option<RangeInclusive<Duration>> {
    let (first, last) = text.split_once("..").unwrap_or((text, text));
    let range = duration(first)?..=duration(last)?;
    (!range.is_empty()).then_some(range)
}

/// `4096`, `4KiB`.
pub(crate) fn size(text: &str) -> Option<u64> {
    let unit = text.find(|character: char| !character.is_ascii_digit());
    let (number, unit) = text.split_at(unit.unwrap_or(text.len()));
    let factor = match unit {
        "" => 1,
        unit => UNITS_BYTES.iter().find(|(name, _)| *name == unit)?.1,
    };
    number.parse::<u64>().ok()?.checked_mul(factor)
}

pub(super) fn is_name(text: &str) -> bool {
    is_word(text, |byte| byte.is_ascii_lowercase(), b'_', 64)
}

fn is_project(text: &str) -> bool {
    is_word(text, |byte| byte.is_ascii_lowercase(), b'-', 64)
}

fn is_word(text: &str, is_letter: fn(u8) -> bool, joint: u8, most: usize) -> bool {
    let is_other = |byte: u8| is_letter(byte) || byte.is_ascii_digit() || byte == joint;
    text.len() <= most && text.bytes().next().is_some_and(is_letter) && text.bytes().all(is_other)
}
