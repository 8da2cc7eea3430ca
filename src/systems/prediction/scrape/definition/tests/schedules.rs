//! Schedules: defaults, times, faults.

use std::time::Duration;

use chrono::NaiveDate;

use super::super::schedule::Schedule;
use super::super::schedule::{WrittenSchedule, read};
use crate::engine::triggers::catchup::Catchup;
use crate::engine::triggers::overlap::Overlap;

fn written(text: &str) -> WrittenSchedule {
    let root = crate::yaml::parse(text).unwrap();
    crate::yaml::read(&root).unwrap()
}

fn schedule(text: &str) -> Schedule {
    read(&written(text)).unwrap()
}

#[test]
fn defaults_are_those_of_triggers() {
    let schedule = schedule("cron: 30 6 * * *");
    assert_eq!(schedule.zone, chrono_tz::UTC);
    assert_eq!(schedule.rule.catchup, Catchup::Last);
    assert_eq!(schedule.rule.window, Duration::from_secs(7 * 86_400));
    assert_eq!(schedule.rule.max, 10);
    assert_eq!(schedule.overlap, Overlap::Queue);
    assert_eq!(schedule.jitter, None);
    assert!(!schedule.is_paused);
}

#[test]
fn times_and_days_are_those_of_the_zone() {
    let schedule = schedule("{cron: '30 6 * * *', timezone: Asia/Tokyo, jitter: 10m}");
    // 2026-11-30 00:00 UTC is 09:00 in Tokyo.
    let midnight = 1_795_996_800_000_000;
    let next = schedule
        .cron
        .instants_after(midnight)
        .take(2)
        .collect::<Vec<_>>();
    assert_eq!(
        next,
        [midnight + 77_400_000_000, midnight + 163_800_000_000]
    );
    let day = |micros| schedule.day(micros);
    assert_eq!(
        day(midnight + 53_999_000_000),
        NaiveDate::from_ymd_opt(2026, 11, 30).unwrap()
    );
    assert_eq!(
        day(midnight + 54_000_000_000),
        NaiveDate::from_ymd_opt(2026, 12, 1).unwrap()
    );
}

#[test]
fn all_faults_are_found_with_their_keys() {
    let text = "{cron: '61 25 * * *', timezone: Mars, jitter: 2d, catchup: some, window: x, max: 0, overlap: drop}";
    let faults = read(&written(text)).unwrap_err();
    let keys: Vec<&str> = faults.iter().map(|fault| fault.0).collect();
    assert_eq!(
        keys,
        [
            "timezone", "cron", "cron", "catchup", "overlap", "window", "jitter", "max"
        ]
    );
    assert!(
        faults[1].1.starts_with("in `61 25 * * *`: the minute `61`"),
        "{faults:?}"
    );
}

#[test]
fn a_pattern_that_never_fires_is_refused() {
    for text in ["0 3 30 2 *", "0 3 31 4,6 *"] {
        let faults = read(&written(&format!("cron: {text}"))).unwrap_err();
        assert_eq!(faults.len(), 1, "{faults:?}");
        assert_eq!(faults[0].0, "cron");
    }
    assert!(read(&written("cron: 0 3 29 2 *")).is_ok());
}
