//! Templates of URLs and headers: `{day-1:%Y-%m-%d}`, `{page}`, `{secret:WX}`; `{{` is `{`, `}}` is `}`.

use std::fmt::Write;

use chrono::{Days, Months, NaiveDate};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// A text with places for values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Template {
    pieces: Vec<Piece>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Text(String),
    Day {
        shifts: Vec<(i64, Unit)>,
        /// Checked: every day can be written with it.
        format: Option<String>,
    },
    Page,
    /// The name of a secret.
    Secret(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unit {
    Day,
    Week,
    Month,
}

/// What places are filled with.
pub(crate) struct Values<'v> {
    pub day: NaiveDate,
    pub page: u32,
    /// The value of a secret by its name.
    pub secret: &'v dyn Fn(&str) -> Option<String>,
}

/// Why a template cannot be filled.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum FillError {
    #[error("a day of a template lies beyond the calendar")]
    BeyondCalendar,
    #[error("the secret {name} is not set; expected the variable AUDIENCE_SECRET_{name}")]
    NoSecret { name: String },
}

/// How a value becomes part of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Within {
    /// A secret is escaped, so that it stays in its place.
    Url,
    Header,
}

/// Days and pages that are moved further are mistakes.
const SHIFT_MAX: i64 = 100_000;

/// Everything but the characters that mean nothing in any part of a URL.
pub(crate) const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

const EXPECTED: &str = "expected {day}, {day-1:%Y-%m-%d}, {page} or {secret:NAME}";

impl Template {
    /// Reads a text, or says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut pieces = Vec::new();
        let mut plain = String::new();
        let mut rest = text;
        while let Some(at) = rest.find(['{', '}']) {
            let (before, behind) = rest.split_at(at);
            plain.push_str(before);
            if let Some(behind) = behind.strip_prefix("{{") {
                plain.push('{');
                rest = behind;
            } else if let Some(behind) = behind.strip_prefix("}}") {
                plain.push('}');
                rest = behind;
            } else if let Some(behind) = behind.strip_prefix('{') {
                let Some((inside, behind)) = behind.split_once('}') else {
                    return Err("a `{` without its `}`; write `{{` for one of the text".to_owned());
                };
                if !plain.is_empty() {
                    pieces.push(Piece::Text(std::mem::take(&mut plain)));
                }
                pieces.push(Piece::parse(inside)?);
                rest = behind;
            } else {
                return Err("a `}` without its `{`; write `}}` for one of the text".to_owned());
            }
        }
        plain.push_str(rest);
        if !plain.is_empty() {
            pieces.push(Piece::Text(plain));
        }
        Ok(Self { pieces })
    }

    /// The text before the first place.
    pub fn beginning(&self) -> &str {
        match self.pieces.first() {
            Some(Piece::Text(text)) => text,
            _ => "",
        }
    }

    pub fn has_places(&self) -> bool {
        !matches!(self.pieces.as_slice(), [] | [Piece::Text(_)])
    }

    pub fn uses_page(&self) -> bool {
        self.pieces.contains(&Piece::Page)
    }

    /// The names of its secrets.
    pub fn secrets(&self) -> impl Iterator<Item = &str> {
        self.pieces.iter().filter_map(|piece| match piece {
            Piece::Secret(name) => Some(name.as_str()),
            Piece::Text(_) | Piece::Day { .. } | Piece::Page => None,
        })
    }

    pub fn fill(&self, within: Within, values: &Values<'_>) -> Result<String, FillError> {
        let mut filled = String::new();
        for piece in &self.pieces {
            match piece {
                Piece::Text(text) => filled.push_str(text),
                Piece::Page => filled.push_str(&values.page.to_string()),
                Piece::Day { shifts, format } => {
                    let day = shifted(values.day, shifts).ok_or(FillError::BeyondCalendar)?;
                    let format = format.as_deref().unwrap_or("%Y-%m-%d");
                    let written = write!(filled, "{}", day.format(format));
                    written.map_err(|_| FillError::BeyondCalendar)?;
                }
                Piece::Secret(name) => {
                    let secret = (values.secret)(name).filter(|secret| !secret.is_empty());
                    let secret =
                        secret.ok_or_else(|| FillError::NoSecret { name: name.clone() })?;
                    match within {
                        Within::Url => filled.extend(utf8_percent_encode(&secret, ESCAPED)),
                        Within::Header => filled.push_str(&secret),
                    }
                }
            }
        }
        Ok(filled)
    }
}

impl Piece {
    /// What stands between braces.
    fn parse(inside: &str) -> Result<Self, String> {
        let (head, format) = match inside.split_once(':') {
            Some((head, behind)) => (head, Some(behind)),
            None => (inside, None),
        };
        let shifts = head.strip_prefix("day").filter(|shifts| {
            // A longer word is another name.
            shifts.is_empty() || shifts.starts_with(['+', '-'])
        });
        match (head, shifts, format) {
            (_, Some(shifts), format) => {
                if let Some(format) = format {
                    check_format(format)?;
                }
                Ok(Self::Day {
                    shifts: read_shifts(shifts)?,
                    format: format.map(str::to_owned),
                })
            }
            ("page", _, None) => Ok(Self::Page),
            ("secret", _, Some(name)) if is_secret_name(name) => Ok(Self::Secret(name.to_owned())),
            ("secret", _, _) => Err(format!(
                "`{{{inside}}}`: expected {{secret:NAME}} with a name of capital letters, digits and _"
            )),
            _ => Err(format!("`{{{inside}}}`: {EXPECTED}")),
        }
    }
}

/// One that a variable of the environment can have behind its prefix.
fn is_secret_name(name: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
    (1..=64).contains(&name.len()) && name.bytes().all(is_part)
}

/// `-1`, `-1d`, `+2w`, `-1mo`, one behind the other. Without a unit days are meant.
fn read_shifts(text: &str) -> Result<Vec<(i64, Unit)>, String> {
    let fault =
        || format!("`{{day{text}}}`: expected such as {{day-1}}, {{day+2w}} or {{day-1mo}}");
    let mut shifts = Vec::new();
    let mut rest = text;
    while let Some(sign) = rest.chars().next() {
        let sign = match sign {
            '-' => -1,
            '+' => 1,
            _ => return Err(fault()),
        };
        let digits = rest[1..].bytes().take_while(u8::is_ascii_digit).count();
        let (number, behind) = rest[1..].split_at(digits);
        let letters = behind.bytes().take_while(u8::is_ascii_lowercase).count();
        let (unit, behind) = behind.split_at(letters);
        let unit = match unit {
            "" | "d" => Unit::Day,
            "w" => Unit::Week,
            "mo" => Unit::Month,
            _ => return Err(fault()),
        };
        let number = number.parse::<i64>().ok();
        let number = number.filter(|number| *number <= SHIFT_MAX);
        shifts.push((sign * number.ok_or_else(fault)?, unit));
        rest = behind;
    }
    Ok(shifts)
}

/// A day has no hours: a format that asks for some would only fail when it is used.
fn check_format(format: &str) -> Result<(), String> {
    let mut written = String::new();
    let is_good = write!(written, "{}", NaiveDate::MIN.format(format)).is_ok();
    match is_good && !format.is_empty() {
        true => Ok(()),
        false => Err(format!(
            "`{format}` is not a format of days; expected such as %Y-%m-%d"
        )),
    }
}

fn shifted(day: NaiveDate, shifts: &[(i64, Unit)]) -> Option<NaiveDate> {
    shifts.iter().try_fold(day, |day, (number, unit)| {
        let count = number.unsigned_abs();
        let is_later = *number > 0;
        match unit {
            Unit::Month => {
                let months = Months::new(u32::try_from(count).ok()?);
                match is_later {
                    true => day.checked_add_months(months),
                    false => day.checked_sub_months(months),
                }
            }
            Unit::Day | Unit::Week => {
                let days = Days::new(count * if *unit == Unit::Week { 7 } else { 1 });
                match is_later {
                    true => day.checked_add_days(days),
                    false => day.checked_sub_days(days),
                }
            }
        }
    })
}
