//! Pauses between attempts, which grow with each failure.

use std::time::Duration;

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

    /// How many pauses, one after the other, such a time is made of; no more than it takes to reach the
    /// longest.
    pub fn pauses_within(&self, time: Duration) -> u32 {
        let (mut pauses, mut sum) = (0, Duration::ZERO);
        loop {
            let next = self.pause(pauses + 1, 0);
            sum = sum.saturating_add(next);
            if sum > time || pauses >= 31 {
                return pauses;
            }
            pauses += 1;
            if next == self.longest {
                return pauses;
            }
        }
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
    fn a_time_that_has_passed_says_how_many_pauses_there_were() {
        let pauses = [0, 499, 500, 1_499, 1_500, 7_500, 60_000, 9_000_000]
            .map(|millis| BACKOFF.pauses_within(Duration::from_millis(millis)));
        assert_eq!(pauses, [0, 0, 1, 1, 2, 4, 6, 7]);
    }

    #[test]
    fn the_spread_shortens_a_pause_by_a_quarter_at_most() {
        for spread in [0, 1, 500, 999, 12_345] {
            let pause = BACKOFF.pause(2, spread).as_millis();
            assert!((750..=1000).contains(&pause), "{pause}");
        }
    }
}
