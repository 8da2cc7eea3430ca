//! What stands in a cell.

use std::borrow::Cow;

use super::moment;

/// The content of a cell.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Cell<'g> {
    Empty,
    Text(&'g str),
    Number(f64),
    Boolean(bool),
    /// Days by the calendar of its workbook.
    Date {
        serial: f64,
        is_1904: bool,
    },
    /// Days.
    Duration(f64),
    /// The code that is shown, such as `#REF!`.
    Error(&'static str),
    /// A formula whose value was not stored.
    NoValue,
}

impl<'g> Cell<'g> {
    /// Whether nothing but white space is in it.
    pub fn is_blank(&self) -> bool {
        match self {
            Self::Empty => true,
            Self::Text(text) => text.chars().all(super::fold::is_space),
            _ => false,
        }
    }

    /// The cell as a text, as nearly as it is known how it was shown.
    pub fn shown(&self) -> Cow<'g, str> {
        match *self {
            Self::Empty | Self::NoValue => Cow::Borrowed(""),
            Self::Text(text) => Cow::Borrowed(text),
            Self::Number(number) => Cow::Owned(shown_number(number)),
            Self::Boolean(true) => Cow::Borrowed("TRUE"),
            Self::Boolean(false) => Cow::Borrowed("FALSE"),
            Self::Error(code) => Cow::Borrowed(code),
            Self::Duration(days) => Cow::Owned(moment::clock(days)),
            Self::Date { serial, is_1904 } => match moment::of_serial(serial, is_1904) {
                Some(at) if serial.fract() == 0.0 => Cow::Owned(at.date().to_string()),
                Some(at) => Cow::Owned(at.format("%Y-%m-%d %H:%M:%S%.f").to_string()),
                None if (0.0..1.0).contains(&serial) => Cow::Owned(moment::clock(serial)),
                None => Cow::Owned(shown_number(serial)),
            },
        }
    }
}

/// The shortest number that stands for this double, without an exponent where people write none.
fn shown_number(number: f64) -> String {
    match number {
        0.0 => "0".to_owned(),
        number if (1e-9..1e15).contains(&number.abs()) => number.to_string(),
        number => format!("{number:e}"),
    }
}
