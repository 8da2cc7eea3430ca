//! Values of columns, and their types.

use chrono::{NaiveDate, NaiveDateTime};
use serde::{Deserialize, Serialize, Serializer};

/// The type of a column.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Kind {
    #[default]
    Text,
    /// A text as it stands in its cell.
    Raw,
    Number,
    Integer,
    Boolean,
    Date,
    Month,
    Year,
    Datetime,
}

/// A value of a row. As JSON a date is `2020-04-01`, a month `2020-04`, a moment
/// `2020-04-01T09:00:00`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    Null,
    Text(String),
    Number(f64),
    /// Also a year.
    Integer(i64),
    Boolean(bool),
    Date(NaiveDate),
    Month {
        year: i32,
        month: u32,
    },
    Datetime(NaiveDateTime),
}

impl Kind {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Raw => "raw",
            Self::Number => "number",
            Self::Integer => "integer",
            Self::Boolean => "boolean",
            Self::Date => "date",
            Self::Month => "month",
            Self::Year => "year",
            Self::Datetime => "datetime",
        }
    }

    pub const fn is_text(self) -> bool {
        matches!(self, Self::Text | Self::Raw)
    }

    /// Whether its values can be added up, so that a merged one counts once.
    pub const fn is_number(self) -> bool {
        matches!(self, Self::Number | Self::Integer)
    }
}

impl Value {
    pub const fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }
}

/// As it is written in CSV; nothing of NULL.
impl std::fmt::Display for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Null => Ok(()),
            Self::Text(text) => f.write_str(text),
            Self::Number(number) => number.fmt(f),
            Self::Integer(number) => number.fmt(f),
            Self::Boolean(is_true) => is_true.fmt(f),
            Self::Date(day) => day.fmt(f),
            Self::Month { year, month } => write!(f, "{year:04}-{month:02}"),
            Self::Datetime(at) => write!(f, "{}", at.format("%Y-%m-%dT%H:%M:%S%.f")),
        }
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Text(text) => serializer.serialize_str(text),
            Self::Number(number) => serializer.serialize_f64(*number),
            Self::Integer(number) => serializer.serialize_i64(*number),
            Self::Boolean(is_true) => serializer.serialize_bool(*is_true),
            value => serializer.collect_str(value),
        }
    }
}
