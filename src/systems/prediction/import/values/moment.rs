//! Days with a time, and the numbers by which spreadsheets count days.

use chrono::{Days, NaiveDate, NaiveDateTime, NaiveTime};

use super::date::WrittenDate;
use super::fold::{is_space, nfkc, without_marks};

/// Seconds of a day.
const DAY: f64 = 86_400.0;

/// The last day that spreadsheets know, 9999-12-31.
const SERIAL_MAX: f64 = 2_958_466.0;

/// A day with its time, if one is written. An offset from UTC is dropped: the time stays what a clock
/// there shows.
pub(crate) fn parse_datetime(text: &str) -> Option<(WrittenDate, Option<(NaiveTime, bool)>)> {
    let normal = nfkc(without_marks(text));
    let (date, time) = split(&normal);
    let date = WrittenDate::parse(date)?;
    let time = match time {
        Some(time) => Some(parse_time(time)?),
        None => None,
    };
    Some((date, time))
}

/// A day and its time as one moment; 24:00 is the next day's first.
pub(crate) fn at(day: NaiveDate, time: Option<(NaiveTime, bool)>) -> Option<NaiveDateTime> {
    let (time, is_next_day) = time.unwrap_or_default();
    let day = if is_next_day { day.succ_opt()? } else { day };
    Some(day.and_time(time))
}

/// Cuts in front of the hour.
fn split(text: &str) -> (&str, Option<&str>) {
    let mark = text.find("午前").or_else(|| text.find("午後"));
    let Some(colon) = text.find(':').or_else(|| text.find('時')) else {
        return (text, None);
    };
    let hour = text[..colon]
        .trim_end_matches(is_space)
        .trim_end_matches(|c: char| c.is_ascii_digit())
        .len();
    let (date, time) = text.split_at(mark.unwrap_or(hour).min(hour));
    let date = date.trim_end_matches(is_space);
    let without_letter = date.strip_suffix(['T', 't']);
    let date = without_letter.filter(|date| date.ends_with(|c: char| c.is_ascii_digit()));
    (
        date.unwrap_or(&text[..mark.unwrap_or(hour).min(hour)]),
        Some(time),
    )
}

/// `9:05`, `09:05:30.5`, `9時5分`, `午後3時`, `10:00:00+09:00`; whether it is the end of the day.
fn parse_time(text: &str) -> Option<(NaiveTime, bool)> {
    let text: String = text.chars().filter(|c| !is_space(*c)).collect();
    let (shift, text) = match (text.strip_prefix("午後"), text.strip_prefix("午前")) {
        (Some(text), _) => (Some(12), text),
        (_, Some(text)) => (Some(0), text),
        _ => (None, text.as_str()),
    };
    let text = text.strip_suffix(['Z', 'z']).unwrap_or(text);
    let text = match text.rfind(['+', '-']) {
        Some(offset) if is_offset(&text[offset + 1..]) => &text[..offset],
        _ => text,
    };
    let spelled = text.replace(['時', '分', '秒'], ":");
    let mut parts = spelled.trim_end_matches(':').split(':');
    let hour = whole(parts.next()?, 2)?;
    let minute = parts.next().map_or(Some(0), |part| whole(part, 2))?;
    let (second, nanos) = parts.next().map_or(Some((0, 0)), seconds)?;
    if parts.next().is_some() {
        return None;
    }
    let hour = match shift {
        Some(_) if hour > 12 => return None,
        Some(shift) => hour % 12 + shift,
        None => hour,
    };
    if (hour, minute, second) == (24, 0, 0) {
        return Some((NaiveTime::MIN, true));
    }
    NaiveTime::from_hms_nano_opt(hour, minute, second, nanos).map(|time| (time, false))
}

fn is_offset(text: &str) -> bool {
    let digits = text.replacen(':', "", 1);
    matches!(digits.len(), 2 | 4) && digits.bytes().all(|byte| byte.is_ascii_digit())
}

fn whole(text: &str, digits_max: usize) -> Option<u32> {
    let is_number = text.len() <= digits_max && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().ok())?
}

fn seconds(text: &str) -> Option<(u32, u32)> {
    let Some((second, fraction)) = text.split_once('.') else {
        return Some((whole(text, 2)?, 0));
    };
    let nanos = whole(&format!("{fraction:0<9}"), 9)?;
    Some((whole(second, 2)?, nanos))
}

/// The moment of a cell that holds a date: days since the end of 1899, or since the beginning of 1904,
/// with the time as their fraction. `None` of the day that was not, 1900-02-29, and of times alone.
pub(crate) fn of_serial(serial: f64, is_1904: bool) -> Option<NaiveDateTime> {
    if !(0.0..SERIAL_MAX).contains(&serial) {
        return None;
    }
    let days = serial.floor();
    let whole = days as u64;
    let (epoch, whole) = match (is_1904, whole) {
        (true, _) => (NaiveDate::from_ymd_opt(1904, 1, 1)?, whole),
        (false, 0 | 60) => return None,
        (false, 1..60) => (NaiveDate::from_ymd_opt(1899, 12, 31)?, whole),
        (false, _) => (NaiveDate::from_ymd_opt(1899, 12, 30)?, whole),
    };
    // To the millisecond: a double has no more for days of this century.
    let millis = ((serial - days) * DAY * 1000.0).round() as u64;
    let start = epoch
        .checked_add_days(Days::new(whole))?
        .and_time(NaiveTime::MIN);
    start.checked_add_signed(chrono::TimeDelta::milliseconds(i64::try_from(millis).ok()?))
}

/// A time or a duration as a text: `10:30`, `26:15:30`.
pub(crate) fn clock(days: f64) -> String {
    let seconds = (days.abs() * DAY).round() as u64;
    let sign = if days < 0.0 { "-" } else { "" };
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if seconds == 0 {
        format!("{sign}{hours}:{minutes:02}")
    } else {
        format!("{sign}{hours}:{minutes:02}:{seconds:02}")
    }
}
