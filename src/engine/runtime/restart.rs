//! When to try again and when to give up: pure decisions.
//!
//! Three different things are decided here. A *retry* follows an attempt at a batch that
//! failed: [`after_attempt`]. A *wait* follows an outage: the same pauses, without an end. A
//! *restart* follows the death of an actor: [`Intensity`].

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

/// Growing pauses between attempts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backoff {
    pub first: Duration,
    pub longest: Duration,
}

impl Backoff {
    /// The pause after so many failures in a row, doubling up to the longest. `spread` (any
    /// number that differs from job to job) shortens it by up to a quarter, so that many jobs
    /// that failed together do not come back together.
    pub fn pause(&self, failures: u32, spread: u64) -> Duration {
        let doublings = failures.saturating_sub(1).min(31);
        let pause = self.first.saturating_mul(1 << doublings).min(self.longest);
        let quarter = pause / 4;
        pause - quarter.mul_f64((spread % 1000) as f64 / 1000.0)
    }
}

/// What the end of an attempt means for its batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Try again after the pause; `counted` tells failures from outages.
    Again {
        counted: bool,
        after: Duration,
    },
    GiveUp,
}

/// How an attempt went wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// An error or a panic that may not come again.
    Failure,
    /// A database is away.
    Outage,
    /// Trying again cannot help.
    Final,
}

/// Decides what follows a failed attempt; the counts do not yet include it.
pub fn after_attempt(
    trouble: Trouble,
    (failures, outages): (u32, u32),
    attempts_max: u32,
    backoff: Backoff,
    spread: u64,
) -> Verdict {
    match trouble {
        Trouble::Final => Verdict::GiveUp,
        Trouble::Failure if failures + 1 >= attempts_max => Verdict::GiveUp,
        Trouble::Failure => Verdict::Again {
            counted: true,
            after: backoff.pause(failures + 1, spread),
        },
        Trouble::Outage => Verdict::Again {
            counted: false,
            after: backoff.pause(outages + 1, spread),
        },
    }
}

/// How often an actor may die: at most so many times within a period.
#[derive(Clone, Debug)]
pub struct Intensity {
    deaths_max: usize,
    period: Duration,
    deaths: VecDeque<Instant>,
}

impl Intensity {
    pub fn new(deaths_max: usize, period: Duration) -> Self {
        Self {
            deaths_max,
            period,
            deaths: VecDeque::new(),
        }
    }

    /// Counts a death; `false` when it is one too many.
    pub fn allows(&mut self, now: Instant) -> bool {
        while self
            .deaths
            .front()
            .is_some_and(|death| now.duration_since(*death) > self.period)
        {
            self.deaths.pop_front();
        }
        self.deaths.push_back(now);
        self.deaths.len() <= self.deaths_max
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BACKOFF: Backoff = Backoff {
        first: Duration::from_millis(500),
        longest: Duration::from_secs(30),
    };

    #[test]
    fn pauses_double_up_to_the_longest() {
        let pauses: Vec<u128> = [0, 1, 2, 3, 6, 7, 8, 200]
            .map(|n| BACKOFF.pause(n, 0).as_millis())
            .to_vec();
        assert_eq!(
            pauses,
            [500, 500, 1000, 2000, 16_000, 30_000, 30_000, 30_000]
        );
    }

    #[test]
    fn the_spread_shortens_a_pause_by_a_quarter_at_most() {
        for spread in [0, 1, 500, 999, 12_345] {
            let pause = BACKOFF.pause(2, spread).as_millis();
            assert!((750..=1000).contains(&pause), "{pause}");
        }
    }

    #[test]
    fn what_follows_an_attempt() {
        use Trouble::{Failure, Final, Outage};
        let again = |counted, ms| Verdict::Again {
            counted,
            after: Duration::from_millis(ms),
        };
        for (trouble, counts, expected) in [
            (Failure, (0, 0), again(true, 500)),
            (Failure, (1, 0), again(true, 1000)),
            (Failure, (2, 0), Verdict::GiveUp),
            (Failure, (9, 0), Verdict::GiveUp),
            (Final, (0, 0), Verdict::GiveUp),
            (Outage, (0, 0), again(false, 500)),
            (Outage, (2, 0), again(false, 500)),
            (Outage, (0, 500), again(false, 30_000)),
        ] {
            assert_eq!(
                after_attempt(trouble, counts, 3, BACKOFF, 0),
                expected,
                "{trouble:?}"
            );
        }
    }

    #[test]
    fn an_actor_may_die_so_often_within_a_period() {
        let start = Instant::now();
        let mut intensity = Intensity::new(2, Duration::from_secs(10));
        let at = |seconds| start + Duration::from_secs(seconds);
        assert!(intensity.allows(at(0)));
        assert!(intensity.allows(at(5)));
        assert!(!intensity.allows(at(9)));
        assert!(intensity.allows(at(30)));
    }
}
