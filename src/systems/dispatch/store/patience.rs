//! How long a service's tasks are waited for.

use crate::clock;

/// How patient a service is. Times in microseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// From when a message was sent to the first report.
    pub waiting: Option<i64>,
    /// Between two reports.
    pub running: Option<i64>,
    /// Attempts that are made without being asked after one that failed.
    pub retries: i32,
    /// Before the first of them; doubled for each that follows.
    pub backoff: i64,
    /// For how long the last report of an attempt is a repetition if it comes again, though the next
    /// attempt waits.
    pub repeat: i64,
    /// Nobody sends its messages: waiting begins with the task.
    pub pulled: bool,
}

impl Patience {
    /// Of a service that nothing is known of any more.
    pub const NONE: Self = Self {
        waiting: None,
        running: None,
        retries: 0,
        backoff: 0,
        repeat: 60_000_000,
        pulled: false,
    };

    /// For a lease that has lapsed after a sign of life: its worker has ended. Others get the task at
    /// once, a few times, even where failures are not retried.
    pub(super) fn with_leases(&self) -> Self {
        const LAPSES: i32 = 5;
        Self {
            retries: self.retries.max(LAPSES),
            backoff: 0,
            ..*self
        }
    }

    /// When an attempt without a report has failed. Where messages are sent, that counts
    /// from the sending.
    pub fn first_deadline(&self, not_before_at: i64) -> Option<i64> {
        let waiting = self.waiting.filter(|_| self.pulled)?;
        Some(not_before_at.max(clock::steady::now_micros()) + waiting)
    }

    pub(super) fn next_deadline(&self) -> Option<i64> {
        self.running
            .map(|running| clock::steady::now_micros() + running)
    }

    /// Before the next attempt: doubles with each failure, up to an hour or what the first is.
    pub(super) fn pause(&self, failures: i32) -> i64 {
        const LONGEST: i64 = 3_600_000_000;
        let factor = 2_i64.saturating_pow(failures.unsigned_abs());
        let pause = self.backoff.saturating_mul(factor);
        pause.min(LONGEST.max(self.backoff))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_an_hour() {
        let patience = |backoff| Patience {
            backoff,
            ..Patience::NONE
        };
        let pauses = [0, 1, 2, 40, 63, 70].map(|failures| patience(1_000_000).pause(failures));
        assert_eq!(
            pauses,
            [
                1_000_000,
                2_000_000,
                4_000_000,
                3_600_000_000,
                3_600_000_000,
                3_600_000_000
            ]
        );
        assert_eq!(patience(0).pause(5), 0);
    }
}
