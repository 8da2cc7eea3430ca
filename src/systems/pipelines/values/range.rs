//! Ranges `A..B` of values, both ends included.

use std::fmt;

use chrono::{Datelike, Months, NaiveDateTime, TimeDelta};

use super::ParamValue;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum RangeFault {
    /// The end comes before the beginning.
    Backwards,
    /// More values than `most`.
    TooMany { most: usize },
    /// The type has no order that can be counted: texts, booleans.
    NotARange,
}

impl fmt::Display for RangeFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Backwards => f.write_str("the range ends before it begins"),
            Self::TooMany { most } => write!(f, "the range has more than {most} values"),
            Self::NotARange => {
                f.write_str("only int, date, month, hour and minute have ranges of two such values")
            }
        }
    }
}

/// All values from `first` to `last`, at most `most`; counted before any is made.
pub(crate) fn range(
    first: &ParamValue,
    last: &ParamValue,
    most: usize,
) -> Result<Vec<ParamValue>, RangeFault> {
    let count = count(first, last)?;
    (0..bounded(count, most)?)
        .map(|index| nth(first, index).ok_or(RangeFault::TooMany { most }))
        .collect()
}

/// How many values there are from `first` to `last`; zero or less if backwards.
fn count(first: &ParamValue, last: &ParamValue) -> Result<i128, RangeFault> {
    let steps = match (first, last) {
        (ParamValue::Int(first), ParamValue::Int(last)) => i128::from(*last) - i128::from(*first),
        (ParamValue::Date(first), ParamValue::Date(last)) => {
            i128::from((*last - *first).num_days())
        }
        (ParamValue::Month(first), ParamValue::Month(last)) => {
            let month =
                |day: &chrono::NaiveDate| i128::from(day.year()) * 12 + i128::from(day.month0());
            month(last) - month(first)
        }
        (ParamValue::Hour(first), ParamValue::Hour(last)) => {
            i128::from((*last - *first).num_hours())
        }
        (ParamValue::Minute(first), ParamValue::Minute(last)) => {
            i128::from((*last - *first).num_minutes())
        }
        _ => return Err(RangeFault::NotARange),
    };
    Ok(steps + 1)
}

fn bounded(count: i128, most: usize) -> Result<u32, RangeFault> {
    if count < 1 {
        return Err(RangeFault::Backwards);
    }
    if usize::try_from(count).map_or(true, |count| count > most) {
        return Err(RangeFault::TooMany { most });
    }
    u32::try_from(count).map_err(|_| RangeFault::TooMany { most })
}

fn nth(first: &ParamValue, index: u32) -> Option<ParamValue> {
    let after = |moment: &NaiveDateTime, step: TimeDelta| {
        moment.checked_add_signed(step.checked_mul(i32::try_from(index).ok()?)?)
    };
    match first {
        ParamValue::Int(first) => first.checked_add(i64::from(index)).map(ParamValue::Int),
        ParamValue::Date(first) => first
            .checked_add_days(chrono::Days::new(u64::from(index)))
            .map(ParamValue::Date),
        ParamValue::Month(first) => first
            .checked_add_months(Months::new(index))
            .map(ParamValue::Month),
        ParamValue::Hour(first) => after(first, TimeDelta::hours(1)).map(ParamValue::Hour),
        ParamValue::Minute(first) => after(first, TimeDelta::minutes(1)).map(ParamValue::Minute),
        ParamValue::Text(_) | ParamValue::Bool(_) => None,
    }
}
