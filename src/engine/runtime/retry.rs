//! When a batch is retried and when it is given up: pure decisions.
//!
//! A *retry* follows an attempt at a batch that failed; an outage is waited for with the same
//! pauses, without an end. How often an actor is *restarted* is decided in `intensity`.

use std::time::Duration;

use crate::backoff::Backoff;

/// What the end of an attempt means for its batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Try again after the pause; `counted`: it was a failure, not an outage.
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

#[cfg(test)]
mod tests {
    use super::*;

    const BACKOFF: Backoff = Backoff {
        first: Duration::from_millis(500),
        longest: Duration::from_secs(30),
    };

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
}
