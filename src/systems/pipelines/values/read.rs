//! Reads values strictly: there is one way to write each, so that equal values have equal
//! identities.

use std::sync::LazyLock;

use chrono::{Datelike, NaiveDate};
use regex_automata::meta::Regex;
use regex_automata::util::syntax;

use super::{ParamType, ParamValue};

/// What a text may be if its declaration has no pattern: no path, no option, nothing for a shell.
const DEFAULT_PATTERN: &str = "[A-Za-z0-9_][A-Za-z0-9._@=+-]{0,199}";

/// Bytes of a text, whatever its pattern says.
const LONGEST_TEXT: usize = 1024;

static DEFAULT: LazyLock<Regex> =
    LazyLock::new(|| whole_pattern(DEFAULT_PATTERN).expect("the default pattern is valid"));

impl ParamType {
    /// Reads a value; an error says what was expected. Texts have to match [`DEFAULT_PATTERN`].
    pub(crate) fn read(self, text: &str) -> Result<ParamValue, String> {
        match self {
            Self::String => read_text(text, None),
            Self::Choice => read_choice(text),
            Self::Int => read_int(text)
                .map(ParamValue::Int)
                .ok_or_else(|| "expected a whole number, such as 7 or -7".into()),
            Self::Bool => match text {
                "true" => Ok(ParamValue::Bool(true)),
                "false" => Ok(ParamValue::Bool(false)),
                _ => Err("expected true or false".into()),
            },
            Self::Date => read_date(text)
                .map(ParamValue::Date)
                .ok_or_else(|| "expected a date, such as 2026-11-21".into()),
            Self::Month => read_month(text)
                .map(ParamValue::Month)
                .ok_or_else(|| "expected a month, such as 2026-11".into()),
            Self::Hour => {
                read_hour(text).ok_or_else(|| "expected an hour, such as 2026-11-21T05".into())
            }
            Self::Minute => {
                read_minute(text).ok_or_else(|| "expected a minute, such as 2026-11-21T0530".into())
            }
        }
    }
}

/// Compiles a pattern that the whole of a text has to match.
pub(crate) fn whole_pattern(pattern: &str) -> Result<Regex, String> {
    // By itself first: `a)|(b` would be valid between the parentheses.
    syntax::parse(pattern).map_err(|error| error.to_string())?;
    Regex::builder()
        .configure(Regex::config().nfa_size_limit(Some(1 << 20)))
        .build(&format!(r"\A(?:{pattern})\z"))
        .map_err(|error| error.to_string())
}

/// Reads a text; `pattern` is from [`whole_pattern`]. Control characters are never part of a value:
/// it stands in variables, in lists with a line for each, and in paths.
pub(crate) fn read_text(text: &str, pattern: Option<&Regex>) -> Result<ParamValue, String> {
    check_text(text)?;
    match pattern {
        Some(pattern) if !pattern.is_match(text) => Err("does not match its pattern".into()),
        None if !DEFAULT.is_match(text) => {
            Err(format!("expected a text that matches {DEFAULT_PATTERN}"))
        }
        _ => Ok(ParamValue::Text(text.to_owned())),
    }
}

/// Any text of one line: what it may be stands in the declaration's `values`.
fn read_choice(text: &str) -> Result<ParamValue, String> {
    if text.is_empty() {
        return Err("expected one of its values, got an empty text".into());
    }
    check_text(text)?;
    Ok(ParamValue::Text(text.to_owned()))
}

fn check_text(text: &str) -> Result<(), String> {
    if text.len() > LONGEST_TEXT {
        return Err(format!(
            "expected at most {LONGEST_TEXT} bytes, got {}",
            text.len()
        ));
    }
    if text.chars().any(char::is_control) {
        return Err("expected a text of one line without control characters".into());
    }
    Ok(())
}

/// Without a plus sign, leading zeros, or `-0`.
fn read_int(text: &str) -> Option<i64> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let canonical = digits.bytes().all(|byte| byte.is_ascii_digit())
        && (!digits.starts_with('0') || text == "0");
    if canonical { text.parse().ok() } else { None }
}

pub(super) fn read_date(text: &str) -> Option<NaiveDate> {
    let (month, day) = text.split_at_checked(7)?;
    let day = number(day.strip_prefix('-')?, 2)?;
    read_month(month)?.with_day(day)
}

/// The first day of the month.
pub(super) fn read_month(text: &str) -> Option<NaiveDate> {
    let (year, month) = text.split_at_checked(4)?;
    let year = number(year, 4).filter(|year| *year >= 1)?;
    let month = number(month.strip_prefix('-')?, 2)?;
    NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, 1)
}

fn read_hour(text: &str) -> Option<ParamValue> {
    let (date, hour) = text.split_at_checked(10)?;
    let hour = number(hour.strip_prefix('T')?, 2)?;
    read_date(date)?
        .and_hms_opt(hour, 0, 0)
        .map(ParamValue::Hour)
}

fn read_minute(text: &str) -> Option<ParamValue> {
    let (date, time) = text.split_at_checked(10)?;
    let (hour, minute) = time.strip_prefix('T')?.split_at_checked(2)?;
    let (hour, minute) = (number(hour, 2)?, number(minute, 2)?);
    read_date(date)?
        .and_hms_opt(hour, minute, 0)
        .map(ParamValue::Minute)
}

/// A number of exactly this many digits.
pub(super) fn number(text: &str, digits: usize) -> Option<u32> {
    (text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit()))
        .then(|| text.parse().ok())
        .flatten()
}
