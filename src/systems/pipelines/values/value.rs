//! Values of parameters, and how they are written.

use std::fmt;

use chrono::{Datelike, NaiveDate, NaiveDateTime, NaiveTime, Timelike};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum ParamType {
    String,
    Int,
    Bool,
    Date,
    Month,
    Hour,
    Minute,
    Choice,
}

/// A value. Times are wall-clock times without a zone: every day has 24 hours.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum ParamValue {
    /// Of `string` and `choice`.
    Text(String),
    Int(i64),
    Bool(bool),
    Date(NaiveDate),
    /// Its first day.
    Month(NaiveDate),
    /// Cut to the hour.
    Hour(NaiveDateTime),
    /// Cut to the minute.
    Minute(NaiveDateTime),
}

impl ParamType {
    /// As the type is written in a project file.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::String => "string",
            Self::Int => "int",
            Self::Bool => "bool",
            Self::Date => "date",
            Self::Month => "month",
            Self::Hour => "hour",
            Self::Minute => "minute",
            Self::Choice => "choice",
        }
    }

    pub(crate) fn is_time(self) -> bool {
        matches!(self, Self::Date | Self::Month | Self::Hour | Self::Minute)
    }

    /// Cuts a moment to this type. `None` for types without a time, and outside of the years 1 to
    /// 9999.
    pub(crate) fn cut(self, moment: NaiveDateTime) -> Option<ParamValue> {
        if !(1..=9999).contains(&moment.year()) {
            return None;
        }
        match self {
            Self::Date => Some(ParamValue::Date(moment.date())),
            Self::Month => moment.date().with_day(1).map(ParamValue::Month),
            Self::Hour => moment
                .date()
                .and_hms_opt(moment.hour(), 0, 0)
                .map(ParamValue::Hour),
            Self::Minute => moment
                .date()
                .and_hms_opt(moment.hour(), moment.minute(), 0)
                .map(ParamValue::Minute),
            Self::String | Self::Int | Self::Bool | Self::Choice => None,
        }
    }
}

impl ParamValue {
    /// The type of such a value; `string` for all texts.
    pub(crate) fn kind(&self) -> ParamType {
        match self {
            Self::Text(_) => ParamType::String,
            Self::Int(_) => ParamType::Int,
            Self::Bool(_) => ParamType::Bool,
            Self::Date(_) => ParamType::Date,
            Self::Month(_) => ParamType::Month,
            Self::Hour(_) => ParamType::Hour,
            Self::Minute(_) => ParamType::Minute,
        }
    }

    /// The moment at which a time begins.
    pub(crate) fn moment(&self) -> Option<NaiveDateTime> {
        match self {
            Self::Date(day) | Self::Month(day) => Some(day.and_time(NaiveTime::MIN)),
            Self::Hour(moment) | Self::Minute(moment) => Some(*moment),
            Self::Text(_) | Self::Int(_) | Self::Bool(_) => None,
        }
    }
}

/// As it is written in files, options and identities.
impl fmt::Display for ParamValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Int(number) => write!(f, "{number}"),
            Self::Bool(yes) => write!(f, "{yes}"),
            Self::Date(day) => write_day(f, day),
            Self::Month(day) => write!(f, "{:04}-{:02}", day.year(), day.month()),
            Self::Hour(moment) => {
                write_day(f, &moment.date())?;
                write!(f, "T{:02}", moment.hour())
            }
            Self::Minute(moment) => {
                write_day(f, &moment.date())?;
                write!(f, "T{:02}{:02}", moment.hour(), moment.minute())
            }
        }
    }
}

fn write_day(f: &mut fmt::Formatter<'_>, day: &NaiveDate) -> fmt::Result {
    write!(f, "{:04}-{:02}-{:02}", day.year(), day.month(), day.day())
}
