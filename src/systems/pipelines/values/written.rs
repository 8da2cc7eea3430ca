//! What people type for a parameter: values, lists and ranges of them, and for times also the
//! week, the month or the day that they lie in.

use chrono::{Days, Months, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Weekday};

use super::read::{number, read_date, read_month};
use super::{ParamType, ParamValue, RangeFault, range};

/// What somebody wrote for a parameter: a value, a range `A..B`, or a list of these with commas;
/// at most `most` values. A time may be given by what it lies in: a date by its week `2026-W47` or
/// its month, an hour or a minute also by its day, a minute by its hour. The error says what was
/// expected.
pub(crate) fn written(kind: ParamType, text: &str, most: usize) -> Result<Vec<ParamValue>, String> {
    if matches!(kind, ParamType::String | ParamType::Choice) {
        return listed(text, most, |part| kind.read(part));
    }
    let mut values = Vec::new();
    for part in text.split(',') {
        let room = most - values.len();
        values.extend(
            written_part(kind, part, room).map_err(|problem| match problem {
                Problem::Reading(expected) => expected,
                Problem::Range(RangeFault::TooMany { .. }) => too_many(most),
                Problem::Range(fault) => fault.to_string(),
            })?,
        );
    }
    Ok(values)
}

/// What somebody wrote for a text: the whole is one value if it may be, else it is a list with
/// commas. Texts have no ranges.
pub(crate) fn written_text(
    text: &str,
    most: usize,
    read: impl Fn(&str) -> Result<ParamValue, String>,
) -> Result<Vec<ParamValue>, String> {
    if let Ok(value) = read(text) {
        return Ok(vec![value]);
    }
    listed(text, most, read)
}

fn listed(
    text: &str,
    most: usize,
    read: impl Fn(&str) -> Result<ParamValue, String>,
) -> Result<Vec<ParamValue>, String> {
    if text.split(',').take(most.saturating_add(1)).count() > most {
        return Err(too_many(most));
    }
    text.split(',').map(read).collect()
}

fn too_many(most: usize) -> String {
    format!("expected at most {most} values")
}

enum Problem {
    Reading(String),
    Range(RangeFault),
}

fn written_part(kind: ParamType, part: &str, most: usize) -> Result<Vec<ParamValue>, Problem> {
    if most == 0 {
        return Err(Problem::Range(RangeFault::TooMany { most }));
    }
    let (first, last) = match part.split_once("..") {
        None => {
            let (first, last) = ends(kind, part).map_err(Problem::Reading)?;
            if first == last {
                return Ok(vec![first]);
            }
            (first, last)
        }
        Some((from, to)) => {
            let (first, _) = ends(kind, from).map_err(Problem::Reading)?;
            let (_, last) = ends(kind, to).map_err(Problem::Reading)?;
            (first, last)
        }
    };
    range(&first, &last, most).map_err(Problem::Range)
}

/// The first and the last value of what is written: the same one twice for a plain value.
fn ends(kind: ParamType, text: &str) -> Result<(ParamValue, ParamValue), String> {
    let problem = match kind.read(text) {
        Ok(value) => return Ok((value.clone(), value)),
        Err(problem) => problem,
    };
    span(kind, text)
        .and_then(|(from, before)| {
            // A minute is the finest type: the last value of any type begins at or before it.
            let last = before.checked_sub_signed(TimeDelta::minutes(1))?;
            Some((kind.cut(from)?, kind.cut(last)?))
        })
        .ok_or(problem)
}

/// The beginning of a period that is longer than the type, and of what follows it.
fn span(kind: ParamType, text: &str) -> Option<(NaiveDateTime, NaiveDateTime)> {
    if !matches!(kind, ParamType::Date | ParamType::Hour | ParamType::Minute) {
        return None;
    }
    let days = |first: NaiveDate, count| {
        let before = first.checked_add_days(Days::new(count))?;
        Some((
            first.and_time(NaiveTime::MIN),
            before.and_time(NaiveTime::MIN),
        ))
    };
    if let Some(first) = read_week(text) {
        return days(first, 7);
    }
    if let Some(first) = read_month(text) {
        let before = first.checked_add_months(Months::new(1))?;
        return Some((
            first.and_time(NaiveTime::MIN),
            before.and_time(NaiveTime::MIN),
        ));
    }
    if kind == ParamType::Date {
        return None;
    }
    if let Some(day) = read_date(text) {
        return days(day, 1);
    }
    match ParamType::Hour.read(text) {
        Ok(ParamValue::Hour(hour)) if kind == ParamType::Minute => {
            Some((hour, hour.checked_add_signed(TimeDelta::hours(1))?))
        }
        _ => None,
    }
}

/// The Monday of `2026-W47`.
fn read_week(text: &str) -> Option<NaiveDate> {
    let (year, week) = text.split_once("-W")?;
    let year = i32::try_from(number(year, 4)?).ok()?;
    NaiveDate::from_isoywd_opt(year, number(week, 2)?, Weekday::Mon)
}
