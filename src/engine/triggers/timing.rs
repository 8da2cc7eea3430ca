//! When a trigger's instants are due: `jitter` moves each of them by its own part of a length of time.

use std::time::Duration;

use xxhash_rust::xxh3::xxh3_64;

use super::cron::Cron;

/// Longer, a trigger of every minute would be delayed by less all the same, and thousands of its instants
/// would be looked at each time.
pub(crate) const JITTER_MAX: Duration = Duration::from_secs(86_400);

/// An instant of a trigger and when it is due, both in microseconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Instant {
    /// What the expression says. It identifies the fire.
    pub(crate) at: i64,
    /// The same, or a little later, but before the next instant.
    pub(crate) due: i64,
}

/// The instants of one trigger.
#[derive(Clone, Debug)]
pub(crate) struct Timing {
    /// Of triggers with the same expression each has other delays.
    trigger: String,
    cron: Cron,
    jitter_micros: i64,
}

impl Timing {
    pub(crate) fn new(trigger: &str, cron: Cron, jitter: Option<Duration>) -> Self {
        Self {
            trigger: trigger.to_owned(),
            cron,
            jitter_micros: jitter.map_or(0, micros),
        }
    }

    /// All instants later than this one, in order. Their due times have the same order.
    pub(crate) fn after(&self, at: i64) -> impl Iterator<Item = Instant> {
        self.cron.instants_after(at).map(|at| self.instant(at))
    }

    /// All instants that are due later than this, in order.
    pub(crate) fn due_after(&self, now: i64) -> impl Iterator<Item = Instant> {
        let from = now.saturating_sub(self.jitter_micros);
        self.after(from)
            .skip_while(move |instant| instant.due <= now)
    }

    /// The first of them.
    pub(crate) fn next_due(&self, now: i64) -> Option<Instant> {
        self.due_after(now).next()
    }

    /// How long an instant may be before its due time.
    pub(crate) fn longest_delay(&self) -> i64 {
        self.jitter_micros
    }

    fn instant(&self, at: i64) -> Instant {
        Instant {
            at,
            due: at + self.delay(at),
        }
    }

    /// The same in each process: it depends on the trigger and the instant alone.
    fn delay(&self, at: i64) -> i64 {
        if self.jitter_micros == 0 {
            return 0;
        }
        let next = self.cron.next_after(at).unwrap_or(i64::MAX);
        // Less than this, so that an instant is never due after the next one.
        let room = self.jitter_micros.min(next - at);
        let bytes: Vec<u8> = [self.trigger.as_bytes(), b"\0", &at.to_le_bytes()].concat();
        let share = (u128::from(xxh3_64(&bytes)) * u128::from(room.unsigned_abs())) >> 64;
        i64::try_from(share).unwrap_or(0)
    }
}

pub(super) fn micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use chrono_tz::Tz;

    use super::*;

    fn timing(trigger: &str, cron: &str, jitter: u64) -> Timing {
        let cron = Cron::parse(cron, Tz::Europe__Paris).unwrap();
        Timing::new(trigger, cron, Some(Duration::from_secs(jitter)))
    }

    #[test]
    fn jitter_depends_on_the_trigger_and_the_instant_alone() {
        let due = |trigger| -> Vec<Instant> {
            timing(trigger, "*/5 * * * *", 120)
                .after(0)
                .take(100)
                .collect()
        };
        assert_eq!(due("a"), due("a"));
        let (a, b) = (due("a"), due("b"));
        let same = a.iter().zip(&b).filter(|(a, b)| a.due == b.due).count();
        assert_eq!(same, 0);
    }

    #[test]
    fn jitter_never_makes_a_fire_early_and_keeps_the_order() {
        for (cron, jitter) in [
            ("* * * * *", 3600),
            ("0 3 * * *", 600),
            ("*/30 * * * *", 86_400),
        ] {
            let timing = timing("t", cron, jitter);
            let instants: Vec<Instant> = timing.after(1_700_000_000_000_000).take(2_000).collect();
            for pair in instants.windows(2) {
                assert!(pair[0].due >= pair[0].at, "{pair:?}");
                assert!(pair[0].due < pair[0].at + jitter as i64 * 1_000_000);
                assert!(pair[0].due < pair[1].at, "{pair:?}");
            }
            let late = instants.iter().filter(|instant| instant.due > instant.at);
            assert!(late.count() > 1_990);
        }
    }

    #[test]
    fn the_next_one_is_found_also_between_an_instant_and_its_due_time() {
        let timing = timing("t", "0 3 * * *", 3600);
        let first = timing.after(1_700_000_000_000_000).next().unwrap();
        assert_eq!(timing.next_due(first.at), Some(first));
        assert_eq!(timing.next_due(first.due - 1), Some(first));
        assert!(timing.next_due(first.due).unwrap().at > first.at);
    }
}
