//! The forms in which a time may be written.
//!
//! Every row of a table passes through here, so the usual 19-byte form has a path of its own; the
//! other forms are taken apart piece by piece.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::{
    LocalTime, MICROS_PER_SECOND, Moment, MomentError, MomentText, SECONDS_PER_DAY, Zone,
    checked_days,
};

/// A time as it was written: what the clock showed, and how far that was from UTC if it says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Written {
    /// Microseconds since the start of 1970, by the clock that was read.
    pub(super) local: i64,
    pub(super) offset_micros: Option<i64>,
    /// Whether it was written as it is published.
    pub(super) is_plain: bool,
    is_day: bool,
}

impl Written {
    /// Reads `YYYY-MM-DD` or `YYYY/MM/DD`, then optionally `T`, `t` or blanks, `HH:MM`, `:SS`, a
    /// fraction of the second, and `Z`, `z`, `±hh:mm`, `±hhmm` or `±hh`, with blanks around.
    /// Digits past the microsecond are dropped. `None` if it is none of these or not in the
    /// calendar.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        if let Ok(plain) = bytes.try_into()
            && let Some(local) = parse_plain(plain)
        {
            return Some(Self {
                local,
                offset_micros: None,
                is_plain: bytes[10] == b' ',
                is_day: false,
            });
        }
        parse_any_form(without_blanks(bytes))
    }

    /// The moment that is meant, if times without an offset are those of this zone.
    pub fn in_zone(self, zone: Zone) -> Option<Moment> {
        match self.offset_micros {
            Some(offset) => Moment::from_micros(self.local - offset),
            None => zone.moment_of(self.local),
        }
    }

    /// Whether only a day was written.
    pub fn is_day(self) -> bool {
        self.is_day
    }
}

/// In one of the forms that are read.
impl fmt::Display for Written {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(LocalTime::at(self.local).text(&mut MomentText::default()))?;
        let Some(offset) = self.offset_micros else {
            return Ok(());
        };
        let sign = if offset < 0 { '-' } else { '+' };
        let minutes = offset.abs() / (60 * MICROS_PER_SECOND);
        write!(formatter, "{sign}{:02}:{:02}", minutes / 60, minutes % 60)
    }
}

impl TryFrom<String> for Written {
    type Error = MomentError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Written> for String {
    fn from(written: Written) -> Self {
        written.to_string()
    }
}

impl FromStr for Written {
    type Err = MomentError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text).ok_or_else(|| MomentError(text.to_owned()))
    }
}

fn without_blanks(text: &[u8]) -> &[u8] {
    let is_blank = |byte: &u8| matches!(byte, b' ' | b'\t');
    let start = text.iter().take_while(|byte| is_blank(byte)).count();
    let text = &text[start..];
    let end = text.iter().rev().take_while(|byte| is_blank(byte)).count();
    &text[..text.len() - end]
}

/// Reads exactly `YYYY-MM-DD HH:MM:SS`, ` ` or `T` between, eight bytes at a time, which is several
/// times faster than byte by byte.
fn parse_plain(text: &[u8; 19]) -> Option<i64> {
    let (date, day_and_time) = text.split_first_chunk::<8>()?;
    let ([ten_days, days, separator], time) = day_and_time.split_first_chunk::<3>()?;
    if *separator != b' ' && *separator != b'T' {
        return None;
    }
    let date = pairs_of_digits(date, b"0000-00-")?;
    let time = pairs_of_digits(time.try_into().ok()?, b"00:00:00")?;
    // The pair of digits that begins at a place of the eight bytes.
    let pair = |pairs: u64, place: u32| (pairs >> (8 * place)) as u32 & 0xFF;
    let year = pair(date, 0) * 100 + pair(date, 2);
    let days = checked_days(year, pair(date, 5), two_digits([*ten_days, *days])?)?;
    let seconds = seconds_of_day(pair(time, 0), pair(time, 3), pair(time, 6))?;
    Some((i64::from(days) * SECONDS_PER_DAY + i64::from(seconds)) * MICROS_PER_SECOND)
}

/// Checks a text against a form in which `0` stands for any digit and everything else for itself.
/// The byte of the result where a pair of digits begins, counted from the lowest, is its value.
fn pairs_of_digits(text: &[u8; 8], form: &[u8; 8]) -> Option<u64> {
    const TOP_BITS: u64 = u64::from_ne_bytes([0x80; 8]);
    // Leaves 0 to 9 in the place of a digit and 0 in that of a sign, if all is well.
    let rest = u64::from_le_bytes(*text) ^ u64::from_le_bytes(*form);
    // Added to these, a byte that is greater than it may be reaches its top bit.
    let margins = form.map(|byte| if byte == b'0' { 0x80 - 10 } else { 0x80 - 1 });
    let beyond = rest | rest.wrapping_add(u64::from_le_bytes(margins));
    (beyond & TOP_BITS == 0).then(|| rest * 10 + (rest >> 8))
}

fn parse_any_form(text: &[u8]) -> Option<Written> {
    let (date, rest) = text.split_first_chunk::<10>()?;
    let mut plain = *b"0000-00-00 00:00:00";
    plain[..10].copy_from_slice(date);
    if (date[4], date[7]) == (b'/', b'/') {
        (plain[4], plain[7]) = (b'-', b'-');
    }
    if rest.is_empty() {
        return Some(Written {
            local: parse_plain(&plain)?,
            offset_micros: None,
            is_plain: false,
            is_day: true,
        });
    }
    let (time, mut rest) = behind_separator(rest)?.split_first_chunk::<5>()?;
    plain[11..16].copy_from_slice(time);
    let mut fraction = 0;
    if let [b':', tens, ones, behind @ ..] = rest {
        (plain[17], plain[18], rest) = (*tens, *ones, behind);
        (fraction, rest) = take_fraction(rest)?;
    }
    Some(Written {
        local: parse_plain(&plain)? + fraction,
        offset_micros: parse_offset(rest)?,
        is_plain: false,
        is_day: false,
    })
}

/// What follows `T`, `t` or blanks.
fn behind_separator(text: &[u8]) -> Option<&[u8]> {
    match text {
        [b'T' | b't', rest @ ..] => Some(rest),
        [b' ' | b'\t', ..] => Some(without_blanks(text)),
        _ => None,
    }
}

/// Takes `.ffffff` off the front, if it is there, as microseconds.
fn take_fraction(text: &[u8]) -> Option<(i64, &[u8])> {
    let [b'.', text @ ..] = text else {
        return Some((0, text));
    };
    let length = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (digits, rest) = text.split_at(length);
    if digits.is_empty() {
        return None;
    }
    let padded = digits
        .iter()
        .copied()
        .chain(std::iter::repeat(b'0'))
        .take(6);
    Some((
        padded.fold(0, |micros, digit| micros * 10 + i64::from(digit - b'0')),
        rest,
    ))
}

/// Reads `Z`, `±hh:mm`, `±hhmm` or `±hh` as microseconds; `Some(None)` if there is nothing.
#[expect(
    clippy::option_option,
    reason = "no offset is not the same as a wrong one"
)]
fn parse_offset(text: &[u8]) -> Option<Option<i64>> {
    let (sign, hours, minutes) = match *text {
        [] => return Some(None),
        [b'Z' | b'z'] => return Some(Some(0)),
        [sign, h, hh] => (sign, [h, hh], [b'0'; 2]),
        [sign, h, hh, b':', m, mm] | [sign, h, hh, m, mm] => (sign, [h, hh], [m, mm]),
        _ => return None,
    };
    let seconds = seconds_of_day(two_digits(hours)?, two_digits(minutes)?, 0)?;
    let micros = i64::from(seconds) * MICROS_PER_SECOND;
    match sign {
        b'+' => Some(Some(micros)),
        b'-' => Some(Some(-micros)),
        _ => None,
    }
}

fn two_digits(text: [u8; 2]) -> Option<u32> {
    let [tens, ones] = text.map(|byte| byte.wrapping_sub(b'0'));
    (tens <= 9 && ones <= 9).then(|| u32::from(tens * 10 + ones))
}

fn seconds_of_day(hour: u32, minute: u32, second: u32) -> Option<u32> {
    (hour < 24 && minute < 60 && second < 60).then_some(hour * 3600 + minute * 60 + second)
}
