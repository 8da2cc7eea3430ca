//! Compared with a walk over all minutes of real time.

mod checked;

use std::collections::BTreeSet;

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, Offset, TimeDelta, TimeZone, Timelike};
use chrono_tz::{TZ_VARIANTS, Tz};

use super::{Cron, faults};

const MINUTE: i64 = 60_000_000;

/// The five fields as sets, read by other code than the program's.
struct Naive {
    minutes: BTreeSet<u32>,
    hours: BTreeSet<u32>,
    days: BTreeSet<u32>,
    months: BTreeSet<u32>,
    weekdays: BTreeSet<u32>,
    any_day: bool,
    any_weekday: bool,
    fixed: bool,
}

impl Naive {
    fn read(text: &str) -> Self {
        let fields: Vec<&str> = text.split(' ').collect();
        let words = |field: &str| {
            let names = [
                "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
            ];
            let days = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
            let mut field = field.to_lowercase().replace("-sun", "-7");
            for (index, name) in names.iter().enumerate() {
                field = field.replace(name, &(index + 1).to_string());
            }
            for (index, name) in days.iter().enumerate() {
                field = field.replace(name, &index.to_string());
            }
            field
        };
        let set = |field: &str, least: u32, most: u32| -> BTreeSet<u32> {
            let field = words(field);
            let is_in = |number: &u32, part: &str| {
                let (range, step) = part.split_once('/').unwrap_or((part, "1"));
                let (first, last) = match range.split_once('-') {
                    _ if range == "*" => (least, most),
                    Some((first, last)) => (first.parse().unwrap(), last.parse().unwrap()),
                    None if part.contains('/') => (range.parse().unwrap(), most),
                    None => (range.parse().unwrap(), range.parse().unwrap()),
                };
                (first..=last).contains(number)
                    && (number - first).is_multiple_of(step.parse().unwrap())
            };
            let all = least..=most;
            all.filter(|number| field.split(',').any(|part| is_in(number, part)))
                .collect()
        };
        let weekdays = set(fields[4], 0, 7);
        Self {
            minutes: set(fields[0], 0, 59),
            hours: set(fields[1], 0, 23),
            days: set(fields[2], 1, 31),
            months: set(fields[3], 1, 12),
            weekdays: weekdays.into_iter().map(|day| day % 7).collect(),
            any_day: fields[2] == "*",
            any_weekday: fields[4] == "*",
            fixed: !fields[0].starts_with('*') && !fields[1].starts_with('*'),
        }
    }

    fn matches(&self, wall: NaiveDateTime) -> bool {
        let day = self.days.contains(&wall.day());
        let weekday = self
            .weekdays
            .contains(&wall.weekday().num_days_from_sunday());
        let date = match (self.any_day, self.any_weekday) {
            (false, false) => day || weekday,
            _ => day && weekday,
        };
        date && self.months.contains(&wall.month())
            && self.hours.contains(&wall.hour())
            && self.minutes.contains(&wall.minute())
    }

    /// All fires of these minutes, found by walking through them.
    fn fires(&self, zone: Tz, first: i64, minutes: i64) -> Vec<i64> {
        let mut fires = Vec::new();
        let wall_at = |micros: i64| {
            let utc = DateTime::from_timestamp_micros(micros).unwrap().naive_utc();
            let offset = zone.offset_from_utc_datetime(&utc).fix().local_minus_utc();
            utc + TimeDelta::seconds(offset.into())
        };
        // Two days before, so that what comes the second time is known.
        let begin = first - 2 * 1440 * MINUTE;
        let mut highest = wall_at(begin);
        for minute in 1.. {
            let now = begin + minute * MINUTE;
            if now > first + minutes * MINUTE {
                break;
            }
            let wall = wall_at(now);
            let fires_now = if self.fixed {
                // All that the wall clock shows or skips now for the first time.
                let mut passed = highest + TimeDelta::minutes(1);
                let mut any = false;
                while passed <= wall {
                    any |= self.matches(passed);
                    passed += TimeDelta::minutes(1);
                }
                any
            } else {
                self.matches(wall)
            };
            highest = highest.max(wall);
            if fires_now && now > first {
                fires.push(now);
            }
        }
        fires
    }
}

fn check(text: &str, zone: Tz, first: i64, minutes: i64) -> usize {
    let cron = Cron::parse(text, zone).unwrap();
    let last = first + minutes * MINUTE;
    let found: Vec<i64> = cron
        .instants_after(first)
        .take_while(|at| *at <= last)
        .collect();
    let expected = Naive::read(text).fires(zone, first, minutes);
    let show = |at: &i64| {
        DateTime::from_timestamp_micros(*at)
            .unwrap()
            .with_timezone(&zone)
    };
    if found != expected {
        let odd = |one: &[i64], other: &[i64]| -> Vec<_> {
            one.iter()
                .filter(|at| !other.contains(at))
                .map(show)
                .take(5)
                .collect()
        };
        panic!(
            "`{text}` in {zone}: only found {:?}; only expected {:?}",
            odd(&found, &expected),
            odd(&expected, &found)
        );
    }
    found.len()
}

const EXPRESSIONS: [&str; 24] = [
    "* * * * *",
    "*/5 * * * *",
    "0 * * * *",
    "30 * * * *",
    "*/20 1,2 * * *",
    "* 0 * * *",
    "15 */2 * * *",
    "5/10 */3 * * sun",
    "0 0 * * *",
    "30 0 * * *",
    "0 1 * * *",
    "30 1 * * *",
    "15,45 1 * * *",
    "0 2 * * *",
    "30 2 * * *",
    "0,30 2 * * *",
    "0-59 2 * * *",
    "10-50/20 0-3 * * *",
    "0 3 * * *",
    "59 23 * * *",
    "0 0,12 1 * *",
    "30 2 * mar,oct sun",
    "0 0 13 * fri",
    "0 4 31 dec sat-sun",
];

fn at(text: &str) -> i64 {
    text.parse::<DateTime<chrono::Utc>>()
        .unwrap()
        .timestamp_micros()
}

/// Around each change of clocks of these years, all expressions.
fn check_changes(zone: Tz, years: std::ops::Range<i32>) -> usize {
    let offset = |micros: i64| {
        let utc = DateTime::from_timestamp_micros(micros).unwrap().naive_utc();
        zone.offset_from_utc_datetime(&utc).fix().local_minus_utc()
    };
    let day = 1440 * MINUTE;
    let midnight = |year| {
        NaiveDate::from_ymd_opt(year, 1, 1)
            .unwrap()
            .and_hms_opt(0, 0, 0)
            .unwrap()
    };
    let first = midnight(years.start).and_utc().timestamp_micros();
    let last = midnight(years.end).and_utc().timestamp_micros();
    let mut changes = 0;
    let mut now = first;
    while now < last {
        let (before, behind) = (offset(now), offset(now + day));
        if before != behind && before % 60 == 0 && behind % 60 == 0 {
            for text in EXPRESSIONS {
                check(text, zone, now - day, 4 * 1440);
            }
            changes += 1;
        }
        now += day;
    }
    changes
}

#[test]
fn fires_are_those_of_a_walk_through_all_minutes_of_real_time() {
    for (zone, years) in [
        (Tz::Europe__Paris, 2026..2028),
        (Tz::America__New_York, 2026..2028),
        (Tz::Europe__Dublin, 2026..2028),
        (Tz::Australia__Lord_Howe, 2026..2028),
        (Tz::Asia__Beirut, 2026..2028),
        (Tz::America__Asuncion, 2022..2025),
        (Tz::America__Havana, 2026..2027),
        (Tz::Africa__Casablanca, 2026..2027),
        (Tz::Antarctica__Troll, 2026..2027),
        (Tz::America__Nuuk, 2022..2025),
    ] {
        assert!(check_changes(zone, years) >= 2, "{zone}");
    }
    // A day that did not exist, and clocks that were moved by half an hour for good.
    assert!(check_changes(Tz::Pacific__Apia, 2011..2012) >= 3);
    assert!(check_changes(Tz::Asia__Pyongyang, 2015..2019) >= 2);
    assert!(check_changes(Tz::Pacific__Kwajalein, 1993..1994) >= 1);
}

#[test]
fn a_whole_year_is_right_whatever_the_expression() {
    for (zone, texts) in [
        (
            Tz::Asia__Taipei,
            ["0 3 * * *", "*/7 3-5 */2 * mon", "0 0 29 2 *"],
        ),
        (
            Tz::Europe__London,
            ["30 1 * * *", "*/30 1 * * sun", "0 0 1,15 * wed"],
        ),
        (
            Tz::America__Sao_Paulo,
            ["0 0 * * *", "* 0 * * 0", "0 12 31 * *"],
        ),
    ] {
        for text in texts {
            check(text, zone, at("2027-06-01T00:00:00Z"), 400 * 1440);
        }
    }
}

#[test]
fn clocks_are_not_changed_twice_within_a_day() {
    let hour = 60 * MINUTE;
    for zone in TZ_VARIANTS {
        let offset = |micros: i64| {
            let utc = DateTime::from_timestamp_micros(micros).unwrap().naive_utc();
            zone.offset_from_utc_datetime(&utc).fix().local_minus_utc()
        };
        let (mut now, end) = (at("1970-01-01T00:00:00Z"), at("2101-01-01T00:00:00Z"));
        let (mut before, mut last) = (offset(now), 0);
        while now < end {
            // Half a day at a time, then its hours.
            let behind = offset(now + 12 * hour);
            if behind != before {
                for hours in 1..=12 {
                    let here = offset(now + hours * hour);
                    if here != before {
                        let change = now + hours * hour;
                        assert!(change - last > 26 * hour, "{zone} at {change}");
                        (before, last) = (here, change);
                    }
                }
            }
            now += 12 * hour;
        }
    }
}

#[test]
fn a_skipped_time_fires_once_when_the_gap_ends() {
    let next = |text: &str, zone, after: &str| {
        let at = Cron::parse(text, zone)
            .unwrap()
            .next_after(at(after))
            .unwrap();
        DateTime::from_timestamp_micros(at).unwrap().to_rfc3339()
    };
    let before = "2026-03-29T00:00:00Z";
    for text in ["30 2 * * *", "0,15,30 2 * * *", "0 2,3 * * *"] {
        assert_eq!(
            next(text, Tz::Europe__Paris, before),
            "2026-03-29T01:00:00+00:00"
        );
        let behind = next(text, Tz::Europe__Paris, "2026-03-29T01:00:00Z");
        assert!(behind.starts_with("2026-03-30T00:"), "{behind}");
    }
    // The day of the week is that of the time that was skipped.
    let apia = next("0 3 30 12 *", Tz::Pacific__Apia, "2011-12-30T05:00:00Z");
    assert_eq!(apia, "2011-12-30T10:00:00+00:00");
}

#[test]
fn rare_dates_are_found_and_those_that_never_come_are_faults() {
    let next = |text: &str, after: &str| {
        let at = Cron::parse(text, Tz::UTC)
            .unwrap()
            .next_after(at(after))
            .unwrap();
        DateTime::from_timestamp_micros(at)
            .unwrap()
            .date_naive()
            .to_string()
    };
    assert_eq!(next("0 0 29 2 *", "2026-11-29T00:00:00Z"), "2028-02-29");
    // Eight years without one.
    assert_eq!(next("0 0 29 2 *", "2097-01-01T00:00:00Z"), "2104-02-29");
    // Either of both, as no field is `*`.
    assert_eq!(next("0 0 29 2 mon", "2027-02-02T00:00:00Z"), "2027-02-08");
    for text in ["0 0 30 2 *", "0 0 31 4,6,9,11 *", "0 0 31 2 *"] {
        assert_eq!(
            faults(text),
            ["this day does not exist in any of these months"],
            "{text}"
        );
    }
    let last = Cron::parse("0 0 1 1 *", Tz::UTC).unwrap();
    assert_eq!(last.next_after(at("9999-01-02T00:00:00Z")), None);
    assert_eq!(last.next_after(i64::MAX), None);
    assert_eq!(last.next_after(i64::MIN), None);
}
