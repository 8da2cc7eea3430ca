//! Reads and writes points in time as the text that tables keep them in.
//!
//! Every row of a table passes through `Moment::parse`, so the usual 19-byte form has a path of
//! its own; the other forms are taken apart piece by piece.

#[cfg(test)]
mod tests;

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

const MICROS_PER_SECOND: i64 = 1_000_000;
const SECONDS_PER_DAY: i64 = 86_400;
const MICROS_PER_DAY: i64 = SECONDS_PER_DAY * MICROS_PER_SECOND;

/// A point in time, in microseconds since 1970, UTC without a zone, in the years 0 to 9999.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Moment(i64);

/// Room for a moment as text.
#[derive(Default)]
pub(super) struct MomentText([u8; 26]);

/// A text that names no point in time.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a time: expected `YYYY-MM-DD` or `YYYY-MM-DD HH:MM:SS`")]
pub struct MomentError(String);

impl Moment {
    pub(crate) const EARLIEST: Self = Self(days_from_civil(0, 1, 1) as i64 * MICROS_PER_DAY);
    pub(crate) const LATEST: Self = Self(days_from_civil(10_000, 1, 1) as i64 * MICROS_PER_DAY - 1);

    /// Reads `YYYY-MM-DD`, `YYYY-MM-DD HH:MM[:SS[.ffffff]]`, with ` ` or `T` between and `Z` or
    /// `±hh:mm` behind; digits past the microsecond are dropped. `None` if it is none of these or
    /// not in the calendar.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        if let Ok(plain) = bytes.try_into()
            && let Some(micros) = parse_plain(plain)
        {
            return Some(Self(micros));
        }
        let micros = parse_any_form(bytes)?;
        Self::from_micros(micros)
    }

    /// The moment so many microseconds after the start of 1970; `None` outside the years 0 to 9999.
    pub fn from_micros(micros: i64) -> Option<Self> {
        let moment = Self(micros);
        (Self::EARLIEST..=Self::LATEST)
            .contains(&moment)
            .then_some(moment)
    }

    /// As `Display` shows it, without the machinery of formatting: for use on every row.
    pub(super) fn text(self, room: &mut MomentText) -> &str {
        let (year, month, day) = civil_from_days(self.0.div_euclid(MICROS_PER_DAY));
        let second = self.0.rem_euclid(MICROS_PER_DAY) / MICROS_PER_SECOND;
        let fraction = self.0.rem_euclid(MICROS_PER_SECOND);
        let text = &mut room.0;
        *text = *b"0000-00-00 00:00:00.000000";
        write_digits(&mut text[..4], year);
        write_digits(&mut text[5..7], month);
        write_digits(&mut text[8..10], day);
        write_digits(&mut text[11..13], second / 3600);
        write_digits(&mut text[14..16], second / 60 % 60);
        write_digits(&mut text[17..19], second % 60);
        let mut length = 19;
        if fraction != 0 {
            write_digits(&mut text[20..], fraction);
            length = text.len();
            while text[length - 1] == b'0' {
                length -= 1;
            }
        }
        str::from_utf8(&text[..length]).expect("digits and signs are text")
    }

    /// Microseconds since the start of 1970.
    pub fn micros(self) -> i64 {
        self.0
    }

    /// The same moment with its fraction of a second cut off.
    pub(super) fn whole_second(self) -> Self {
        Self(self.0 - self.0.rem_euclid(MICROS_PER_SECOND))
    }

    /// The day that lies so many days after this moment's, as `YYYY-MM-DD`; `None` outside the
    /// years 0 to 9999.
    pub(super) fn day_after(self, days: i64) -> Option<String> {
        let day = Self::from_micros(self.0.checked_add(days * MICROS_PER_DAY)?)?;
        Some(day.to_string()[..10].to_owned())
    }
}

impl FromStr for Moment {
    type Err = MomentError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text).ok_or_else(|| MomentError(text.to_owned()))
    }
}

impl TryFrom<String> for Moment {
    type Error = MomentError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Moment> for String {
    fn from(moment: Moment) -> Self {
        moment.to_string()
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.text(&mut MomentText::default()))
    }
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

fn parse_any_form(text: &[u8]) -> Option<i64> {
    let (date, rest) = text.split_first_chunk::<10>()?;
    let mut plain = *b"0000-00-00 00:00:00";
    plain[..10].copy_from_slice(date);
    if rest.is_empty() {
        return parse_plain(&plain);
    }
    let (time, mut rest) = rest.split_first_chunk::<6>()?;
    plain[10..16].copy_from_slice(time);
    let mut fraction = 0;
    if let [b':', tens, ones, behind @ ..] = rest {
        (plain[17], plain[18], rest) = (*tens, *ones, behind);
        (fraction, rest) = take_fraction(rest)?;
    }
    let offset_minutes = parse_offset(rest)?;
    Some(parse_plain(&plain)? + fraction - offset_minutes * 60 * MICROS_PER_SECOND)
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

/// Reads `Z` or `±hh:mm` as minutes; nothing is none.
fn parse_offset(text: &[u8]) -> Option<i64> {
    match *text {
        [] | [b'Z'] => Some(0),
        [
            sign @ (b'+' | b'-'),
            ten_hours,
            hours,
            b':',
            ten_minutes,
            minutes,
        ] => {
            let hours = two_digits([ten_hours, hours])?;
            let minutes = two_digits([ten_minutes, minutes])?;
            let minutes = i64::from(seconds_of_day(hours, minutes, 0)? / 60);
            Some(if sign == b'+' { minutes } else { -minutes })
        }
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

/// Writes a number with as many digits as there is room for.
fn write_digits(room: &mut [u8], mut number: i64) {
    for digit in room.iter_mut().rev() {
        *digit = b'0' + (number % 10) as u8;
        number /= 10;
    }
}

/// Days from 1970-01-01 to a date, if there is such a date.
fn checked_days(year: u32, month: u32, day: u32) -> Option<i32> {
    const DAYS_IN_MONTH: [u32; 12] = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let in_month = *DAYS_IN_MONTH.get(month.wrapping_sub(1) as usize)?;
    let in_month = in_month + u32::from(leap && month == 2);
    (1 <= day && day <= in_month).then(|| days_from_civil(year, month, day))
}

/// Days from 1970-01-01 to a date of the Gregorian calendar. Years are counted from March, so that
/// the leap day is the last day of its year, and from 400 years earlier, so that nothing is
/// negative: <https://howardhinnant.github.io/date_algorithms.html>.
const fn days_from_civil(year: u32, month: u32, day: u32) -> i32 {
    let year = year + 400 - (month <= 2) as u32;
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let days = year * 365 + year / 4 - year / 100 + year / 400 + day_of_year;
    days as i32 - (719_468 + 146_097)
}

/// The date so many days after 1970-01-01, the other way round.
fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 {
        month_from_march + 3
    } else {
        month_from_march - 9
    };
    let year = year_of_era + days.div_euclid(146_097) * 400 + i64::from(month <= 2);
    (year, month, day)
}
