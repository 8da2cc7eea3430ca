//! What is checked is what is used.

use chrono::DateTime;
use chrono_tz::Tz;

use super::{Naive, at, check};
use crate::engine::triggers::cron::{Cron, faults};

#[test]
fn what_is_checked_is_what_is_used() {
    let mut state = 7_u64;
    let mut random = |most: u64| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (state >> 33) % most
    };
    let fields = [(0, 59), (0, 23), (1, 31), (1, 12), (0, 7)];
    let (mut good, mut walked) = (0, 0);
    for _ in 0..3_000 {
        let mut parts = Vec::new();
        for (least, most) in fields {
            let mut elements = Vec::new();
            for _ in 0..=random(3) {
                let first = least + random(most - least + 1);
                let last = first + random(most - first + 1);
                let step = 1 + random(most);
                elements.push(match random(7) {
                    0 | 1 => "*".to_owned(),
                    2 => format!("*/{step}"),
                    3 => format!("{first}-{last}"),
                    4 => format!("{first}-{last}/{step}"),
                    5 => format!("{first}/{step}"),
                    _ => first.to_string(),
                });
            }
            parts.push(elements.join(","));
        }
        let text = parts.join(" ");
        if !faults(&text).is_empty() {
            continue;
        }
        good += 1;
        let cron = Cron::parse(&text, Tz::UTC).unwrap();
        let naive = Naive::read(&text);
        let mut now = at("2027-02-27T22:00:00Z");
        for _ in 0..20 {
            now = cron.next_after(now).unwrap();
            let wall = DateTime::from_timestamp_micros(now).unwrap().naive_utc();
            assert!(naive.matches(wall), "{text} at {wall}");
        }
        if good % 50 == 0 {
            check(&text, Tz::UTC, at("2027-02-27T22:00:00Z"), 4 * 1440);
            walked += 1;
        }
    }
    assert!(good > 2_500 && walked > 40, "{good} {walked}");
}

#[test]
fn names_are_those_of_months_and_days() {
    for (one, other) in [
        ("0 0 * jan-mar mon-fri", "0 0 * 1-3 1-5"),
        ("0 0 * DEC Sat-Sun", "0 0 * 12 6-7"),
        ("0 0 * * fri-sun", "0 0 * * 5,6,0"),
    ] {
        let next = |text| -> Vec<i64> {
            Cron::parse(text, Tz::UTC)
                .unwrap()
                .instants_after(0)
                .take(100)
                .collect()
        };
        assert_eq!(next(one), next(other), "{one}");
    }
    for text in [
        "0 0 * * mon-sunday",
        "0 0 L * *",
        "@daily",
        "0 0 ? * *",
        "0 0 * * 5#2",
        "0 0 * * +1",
    ] {
        assert!(Cron::parse(text, Tz::UTC).is_err(), "{text}");
    }
}
