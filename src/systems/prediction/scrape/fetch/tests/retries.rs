//! When a request is tried again.

use std::time::Duration;

use super::super::retry::pause;
use crate::fetch::guarded::retry_after;
use crate::systems::prediction::scrape::definition::Retry;

#[test]
fn retry_after_is_seconds_or_a_date() {
    // 2024-06-01 00:00:00.
    let now = 1_717_200_000_000_000;
    for (text, expected) in [
        ("0", Some(0)),
        ("1", Some(1)),
        (" 120 ", Some(120)),
        ("Sat, 01 Jun 2024 00:00:30 GMT", Some(30)),
        ("Sat, 01 Jun 2024 01:00:00 GMT", Some(3_600)),
        // It is over.
        ("Fri, 31 May 2024 23:59:59 GMT", Some(0)),
        ("99999999999999999999999", Some(u64::MAX)),
        ("", None),
        ("-1", None),
        ("1.5", None),
        ("soon", None),
    ] {
        let expected = expected.map(Duration::from_secs);
        assert_eq!(retry_after(text, now), expected, "{text}");
    }
}

#[test]
fn pauses_double_and_what_the_site_asks_for_wins() {
    let retry = Retry {
        tries: 5,
        first: Duration::from_secs(2),
        longest: Duration::from_secs(10),
    };
    let pauses: Vec<_> = (1..=5)
        .map(|failures| pause(&retry, failures, None))
        .collect();
    let seconds = |seconds| Some(Duration::from_secs(seconds));
    assert_eq!(
        pauses,
        [seconds(2), seconds(4), seconds(8), seconds(10), None]
    );
    assert_eq!(pause(&retry, 1, seconds(0)), seconds(0));
    assert_eq!(pause(&retry, 1, seconds(3_600)), seconds(3_600));
    assert_eq!(pause(&retry, 1, seconds(86_401)), None);
    assert_eq!(pause(&retry, 5, seconds(1)), None);
}
