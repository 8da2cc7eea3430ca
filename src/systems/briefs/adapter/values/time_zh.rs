//! Times as people say them in Chinese, beside the time of the answer that holds them.

use chrono::{DateTime, Datelike, Days, Duration, NaiveDate, NaiveTime};
use chrono_tz::Tz;

use super::time::in_zone;

/// `刚刚`, `30秒前`, `5分钟前`, `3小时前`, `2天前`, `今天|昨天|前天 12:30`, `11-20`, `11月20日 08:00`, with a year or without.
pub(super) fn read(text: &str, zone: Tz, now: DateTime<Tz>) -> Option<i64> {
    if matches!(text, "刚刚" | "刚才" | "现在" | "剛剛") {
        return Some(now.timestamp_micros());
    }
    if let Some(before) = text.strip_suffix('前').and_then(ago) {
        return Some(now.checked_sub_signed(before)?.timestamp_micros());
    }
    let today = now.date_naive();
    for (word, days) in [("今天", 0), ("昨天", 1), ("前天", 2)] {
        if let Some(rest) = text.strip_prefix(word) {
            let day = today.checked_sub_days(Days::new(days))?;
            return in_zone(day.and_time(time(rest)?), zone);
        }
    }
    let (day, rest) = day(text, today)?;
    in_zone(day.and_time(time(rest)?), zone)
}

/// `5分钟`, `半小时`.
fn ago(text: &str) -> Option<Duration> {
    const UNITS: [(&str, i64); 11] = [
        ("秒钟", 1),
        ("秒", 1),
        ("分钟", 60),
        ("分", 60),
        ("个小时", 3_600),
        ("小时", 3_600),
        ("天", 86_400),
        ("周", 7 * 86_400),
        ("星期", 7 * 86_400),
        ("个月", 30 * 86_400),
        ("年", 365 * 86_400),
    ];
    let (number, seconds) = UNITS
        .iter()
        .find_map(|(unit, seconds)| Some((text.strip_suffix(unit)?.trim(), *seconds)))?;
    if number == "半" {
        return Some(Duration::seconds(seconds / 2));
    }
    let number: i64 = number.parse().ok()?;
    Duration::try_seconds(number.checked_mul(seconds)?)
}

/// A day, and what stands behind it. Without a year it is the last such day that is not yet to come.
fn day(text: &str, today: NaiveDate) -> Option<(NaiveDate, &str)> {
    let end = text
        .find(|found: char| {
            !(found.is_ascii_digit() || matches!(found, '-' | '/' | '.' | '年' | '月'))
        })
        .unwrap_or(text.len());
    let (date, rest) = text.split_at(end);
    let rest = rest.strip_prefix(['日', '号']).unwrap_or(rest);
    let parts: Option<Vec<u32>> = date
        .split(['-', '/', '.', '年', '月'])
        .filter(|part| !part.is_empty())
        .map(|part| part.parse().ok())
        .collect();
    let day = match parts?.as_slice() {
        [year, month, day] => {
            let year = i32::try_from(*year).ok()?;
            NaiveDate::from_ymd_opt(if year < 100 { year + 2000 } else { year }, *month, *day)?
        }
        [month, day] => {
            // Clocks differ: a day that has just begun elsewhere is not one of last year.
            let latest = today.checked_add_days(Days::new(1))?;
            (0..=8)
                .filter_map(|back| NaiveDate::from_ymd_opt(latest.year() - back, *month, *day))
                .find(|found| *found <= latest)?
        }
        _ => return None,
    };
    Some((day, rest))
}

/// `12:30`, `12:30:05`, or nothing, which is midnight.
fn time(text: &str) -> Option<NaiveTime> {
    let text = text.trim();
    if text.is_empty() {
        return Some(NaiveTime::MIN);
    }
    let formats = ["%H:%M:%S", "%H:%M"];
    formats
        .iter()
        .find_map(|format| NaiveTime::parse_from_str(text, format).ok())
}
