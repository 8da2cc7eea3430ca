//! Points in time, and the text that tables keep them in.
//!
//! ```text
//! text ──► Written ──► in a Zone ──► Moment        what a time means
//! Moment ──► in a Zone ──► LocalTime ──► text      how it is published
//! ```

#[cfg(test)]
mod tests;
mod written;
mod zone;

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

pub use self::written::Written;
pub(super) use self::zone::{LocalTime, ReadTime, ZoneReader};
pub use self::zone::{UnknownZone, Zone, without_mark};

const MICROS_PER_SECOND: i64 = 1_000_000;
const SECONDS_PER_DAY: i64 = 86_400;
const MICROS_PER_DAY: i64 = SECONDS_PER_DAY * MICROS_PER_SECOND;

/// A point in time, in microseconds since 1970, UTC without a zone, in the years 0 to 9999.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Moment(i64);

/// Room for a time as text.
pub(super) struct MomentText([u8; MomentText::BYTES]);

impl MomentText {
    /// The longest time.
    const TIME_BYTES: usize = "YYYY-MM-DD HH:MM:SS.ffffff".len();
    /// Two of them, with a mark between.
    const BYTES: usize = 2 * Self::TIME_BYTES + 1;
}

impl Default for MomentText {
    fn default() -> Self {
        Self([0; Self::BYTES])
    }
}

/// A text that names no point in time.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a time: expected `YYYY-MM-DD` or `YYYY-MM-DD HH:MM:SS`")]
pub struct MomentError(String);

/// From here on a number is milliseconds since 1970, below it seconds.
pub(super) const FIRST_MILLISECONDS: i64 = 100_000_000_000;

impl Moment {
    pub(crate) const EARLIEST: Self = Self(days_from_civil(0, 1, 1) as i64 * MICROS_PER_DAY);
    pub(crate) const LATEST: Self = Self(days_from_civil(10_000, 1, 1) as i64 * MICROS_PER_DAY - 1);

    /// Reads a time of any form that `Written` knows; without an offset it is in UTC.
    pub fn parse(text: &str) -> Option<Self> {
        Written::parse(text)?.in_zone(Zone::UTC)
    }

    /// The moment so many microseconds after the start of 1970; `None` outside the years 0 to 9999.
    pub fn from_micros(micros: i64) -> Option<Self> {
        let moment = Self(micros);
        (Self::EARLIEST..=Self::LATEST)
            .contains(&moment)
            .then_some(moment)
    }

    /// The moment that a whole number of a column of numbers stands for.
    pub(super) fn of_integer(number: i64) -> Option<Self> {
        let unit = if number < FIRST_MILLISECONDS {
            MICROS_PER_SECOND
        } else {
            1_000
        };
        Self::from_micros(number.checked_mul(unit)?)
    }

    /// The same for a number with a fraction.
    pub(super) fn of_real(number: f64) -> Option<Self> {
        let unit = if number < FIRST_MILLISECONDS as f64 {
            MICROS_PER_SECOND as f64
        } else {
            1e3
        };
        let micros = (number * unit).round();
        // Beyond this, and for what is not a number, the conversion would not be exact.
        (micros.abs() < 1e18).then(|| Self::from_micros(micros as i64))?
    }

    /// Microseconds since the start of 1970.
    pub fn micros(self) -> i64 {
        self.0
    }

    /// The same moment with its fraction of a second cut off.
    pub(super) fn whole_second(self) -> Self {
        Self(self.0 - self.0.rem_euclid(MICROS_PER_SECOND))
    }

    /// The moment so many microseconds later, within the years 0 to 9999.
    pub(super) fn moved(self, micros: i64) -> Self {
        Self(self.0.saturating_add(micros)).clamp(Self::EARLIEST, Self::LATEST)
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
        formatter.write_str(LocalTime::at(self.0).text(&mut MomentText::default()))
    }
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
