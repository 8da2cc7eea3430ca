//! Which of the instants that have come fire: those that are on time, and of those that nobody ran,
//! because no process was there, what the rule says.

use std::time::Duration;

use super::timing::{Instant, Timing, micros};

/// What becomes of instants that nobody ran.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Catchup {
    None,
    /// The last of them fires.
    Last,
    /// They fire, the oldest first.
    All,
}

/// The rule of one trigger.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    pub catchup: Catchup,
    /// How far back.
    pub window: Duration,
    /// Of more than these only the last fire.
    pub max: u32,
}

/// An instant that is late by less is on time: so long it may take until another process
/// has the duty of one that died.
pub(crate) const ON_TIME: Duration = Duration::from_secs(30);

/// A clock that is set back by more was wrong before: what was considered then lies in the future.
const WRONG_CLOCK: Duration = Duration::from_secs(86_400);

/// What is to be done at a moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Due {
    /// In order.
    pub(crate) fires: Vec<Instant>,
    /// Instants up to this one have fired or have been passed over.
    pub(crate) considered: i64,
    /// Instants at which nobody was there, whether they fire now or not.
    pub(crate) missed: Option<Missed>,
}

/// Instants that came while no process was there to fire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Missed {
    /// No more than [`MISSED_MAX`] are counted.
    pub(crate) count: usize,
    pub(crate) first_at: i64,
}

/// Months of minutes are not counted for a sentence.
pub(crate) const MISSED_MAX: usize = 1_000;

/// Decides about all instants behind `considered` that are due.
pub(crate) fn due(timing: &Timing, rule: &Rule, considered: i64, now: i64) -> Due {
    let considered = match considered.saturating_sub(now) {
        ahead if ahead > micros(WRONG_CLOCK) => now,
        _ => considered,
    };
    let on_time = now.saturating_sub(micros(ON_TIME));
    let window = now.saturating_sub(micros(rule.window));
    let wanted = match rule.catchup {
        Catchup::None => 0,
        Catchup::Last => 1,
        Catchup::All => rule.max as usize,
    };
    let instants = newest(timing, considered, window.min(on_time), now, wanted);
    let may_fire = |instant: &&Instant| instant.due >= on_time || instant.at >= window;
    let punctual = instants
        .iter()
        .rev()
        .take_while(|instant| instant.due >= on_time);
    let count = wanted.max(punctual.count());
    let mut fires: Vec<Instant> = instants
        .iter()
        .rev()
        .take(count)
        .filter(may_fire)
        .copied()
        .collect();
    fires.reverse();
    Due {
        fires,
        considered: instants.last().map_or(considered, |instant| instant.at),
        missed: missed(timing, considered, on_time),
    }
}

/// Instants behind `considered` that were due before this moment.
fn missed(timing: &Timing, considered: i64, on_time: i64) -> Option<Missed> {
    let late = timing.after(considered);
    let mut late = late.take_while(|instant| instant.due < on_time);
    let first_at = late.next()?.at;
    let count = 1 + late.take(MISSED_MAX - 1).count();
    Some(Missed { count, first_at })
}

/// At least so many of the last instants that are due, if there are so many, and all that are due
/// at `from` or later.
fn newest(timing: &Timing, considered: i64, from: i64, now: i64, wanted: usize) -> Vec<Instant> {
    let from = from
        .saturating_sub(timing.longest_delay())
        .saturating_sub(1);
    let first = considered.max(from);
    // Months of minutes are not walked through for the last of them.
    let mut length = micros(ON_TIME).saturating_add(timing.longest_delay()) * 2;
    loop {
        let after = first.max(now.saturating_sub(length));
        let instants: Vec<Instant> = timing
            .after(after)
            .take_while(|instant| instant.due <= now)
            .collect();
        if after == first || instants.len() > wanted {
            return instants;
        }
        length = length.saturating_mul(8);
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use chrono_tz::Tz;

    use super::*;
    use crate::engine::triggers::cron::Cron;

    const SECOND: i64 = 1_000_000;
    const HOUR: i64 = 3_600 * SECOND;
    const DAY: i64 = 24 * HOUR;

    fn moment(text: &str) -> i64 {
        DateTime::parse_from_rfc3339(text)
            .unwrap()
            .timestamp_micros()
    }

    fn fires(cron: &str, catchup: Catchup, max: u32, since: &str, now: &str) -> Vec<String> {
        let timing = Timing::new("t", Cron::parse(cron, Tz::UTC).unwrap(), None);
        let rule = Rule {
            catchup,
            window: Duration::from_secs(7 * 86_400),
            max,
        };
        let due = due(&timing, &rule, moment(since), moment(now));
        let text = |instant: &Instant| {
            DateTime::from_timestamp_micros(instant.at)
                .unwrap()
                .format("%dT%H:%M")
                .to_string()
        };
        due.fires.iter().map(text).collect()
    }

    #[test]
    fn three_days_of_downtime_by_each_rule() {
        let (since, now) = ("2026-11-20T12:00:00Z", "2026-11-23T12:34:56Z");
        let daily = |catchup, max| fires("0 3 * * *", catchup, max, since, now);
        assert_eq!(daily(Catchup::None, 10), [""; 0]);
        assert_eq!(daily(Catchup::Last, 10), ["23T03:00"]);
        assert_eq!(
            daily(Catchup::All, 10),
            ["21T03:00", "22T03:00", "23T03:00"]
        );
        assert_eq!(daily(Catchup::All, 2), ["22T03:00", "23T03:00"]);
        let minutely =
            |catchup, max| fires("* * * * *", catchup, max, since, "2026-11-23T12:34:40Z");
        assert_eq!(minutely(Catchup::None, 10), [""; 0]);
        assert_eq!(minutely(Catchup::Last, 10), ["23T12:34"]);
        assert_eq!(
            minutely(Catchup::All, 3),
            ["23T12:32", "23T12:33", "23T12:34"]
        );
        assert_eq!(minutely(Catchup::All, 10_000).len(), 3 * 1440 + 34);
    }

    #[test]
    fn what_is_on_time_fires_by_each_rule() {
        for catchup in [Catchup::None, Catchup::Last, Catchup::All] {
            let (since, now) = ("2026-11-23T02:59:00Z", "2026-11-23T03:00:00Z");
            assert_eq!(
                fires("0 3 * * *", catchup, 10, since, now),
                ["23T03:00"],
                "{catchup:?}"
            );
            let late = "2026-11-23T03:00:29Z";
            assert_eq!(
                fires("0 3 * * *", catchup, 10, since, late),
                ["23T03:00"],
                "{catchup:?}"
            );
            assert_eq!(
                fires("0 3 * * *", catchup, 10, now, late),
                [""; 0],
                "{catchup:?}"
            );
        }
    }

    #[test]
    fn only_the_window_is_looked_at() {
        let timing = Timing::new("t", Cron::parse("0 3 * * *", Tz::UTC).unwrap(), None);
        let now = moment("2026-11-23T12:00:00Z");
        for (catchup, expected) in [(Catchup::None, 0), (Catchup::Last, 1), (Catchup::All, 2)] {
            let rule = Rule {
                catchup,
                window: Duration::from_secs(2 * 86_400),
                max: 10,
            };
            assert_eq!(
                due(&timing, &rule, now - 300 * DAY, now).fires.len(),
                expected
            );
        }
        let rule = Rule {
            catchup: Catchup::All,
            window: Duration::from_secs(3_600),
            max: 10,
        };
        let decided = due(&timing, &rule, now - 300 * DAY, now);
        assert_eq!(decided.fires, []);
    }

    #[test]
    fn each_instant_fires_once_however_the_moments_lie() {
        let cron = Cron::parse("*/7 * * * *", Tz::Europe__Dublin).unwrap();
        let timing = Timing::new("t", cron, Some(Duration::from_secs(200)));
        let rule = Rule {
            catchup: Catchup::All,
            window: Duration::from_secs(86_400),
            max: 1_000,
        };
        let start = moment("2026-10-25T00:00:00Z");
        let expected: Vec<Instant> = timing
            .after(start)
            .take_while(|next| next.due <= start + 5 * HOUR)
            .collect();
        for step in [1, 11, 60, 241, 3_600, 18_000] {
            let (mut considered, mut all) = (start, Vec::new());
            for now in (start..=start + 5 * HOUR).step_by(step * SECOND as usize) {
                let decided = due(&timing, &rule, considered, now);
                assert!(decided.considered >= considered);
                considered = decided.considered;
                all.extend(decided.fires);
            }
            let known = all.iter().zip(&expected);
            assert!(
                known.clone().all(|(fired, expected)| fired == expected),
                "{step}"
            );
            assert!(all.len() >= expected.len() - 9, "{step}: {}", all.len());
        }
    }

    #[test]
    fn a_clock_that_is_set_back_fires_nothing_twice() {
        let (since, now) = ("2026-11-23T03:00:00Z", "2026-11-23T02:30:00Z");
        assert_eq!(fires("0 3 * * *", Catchup::All, 10, since, now), [""; 0]);
        assert_eq!(fires("0 3 * * *", Catchup::All, 10, since, since), [""; 0]);
    }

    #[test]
    fn a_clock_that_was_years_ahead_does_not_keep_a_trigger_from_firing() {
        let timing = Timing::new("t", Cron::parse("0 3 * * *", Tz::UTC).unwrap(), None);
        let rule = Rule {
            catchup: Catchup::Last,
            window: Duration::from_secs(86_400),
            max: 10,
        };
        let now = moment("2026-11-23T02:00:00Z");
        let first = due(&timing, &rule, now + 1_000 * DAY, now);
        assert_eq!(
            first,
            Due {
                fires: Vec::new(),
                considered: now,
                missed: None,
            }
        );
        assert_eq!(
            due(&timing, &rule, first.considered, now + HOUR)
                .fires
                .len(),
            1
        );
    }

    #[test]
    fn instants_at_which_nobody_was_there_are_counted() {
        let timing = Timing::new("t", Cron::parse("0 * * * *", Tz::UTC).unwrap(), None);
        let rule = Rule {
            catchup: Catchup::Last,
            window: Duration::from_secs(86_400),
            max: 10,
        };
        let missed =
            |since: &str, now: &str| due(&timing, &rule, moment(since), moment(now)).missed;
        let (since, first_at) = ("2026-11-23T00:30:00Z", moment("2026-11-23T01:00:00Z"));
        assert_eq!(missed(since, "2026-11-23T01:00:05Z"), None);
        let three = Missed { count: 3, first_at };
        assert_eq!(missed(since, "2026-11-23T03:59:00Z"), Some(three));
        let many = missed(since, "2027-11-23T00:00:00Z").unwrap();
        assert_eq!((many.count, many.first_at), (MISSED_MAX, first_at));
    }

    #[test]
    fn fifty_years_of_minutes_are_not_walked_through() {
        let timing = Timing::new("t", Cron::parse("* * * * *", Tz::UTC).unwrap(), None);
        let rule = Rule {
            catchup: Catchup::All,
            window: Duration::from_secs(51 * 365 * 86_400),
            max: 5,
        };
        // One by one they are 26 million, which take minutes.
        let now = moment("2026-11-23T02:00:40Z");
        assert_eq!(
            due(&timing, &rule, now - 50 * 365 * DAY, now).fires.len(),
            5
        );
    }
}
