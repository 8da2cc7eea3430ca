//! What retries and hedges may cost, as shares of the calls.

use std::time::Duration;

use tokio::time::sleep;
use tower::retry::budget::{Budget, TpsBudget};

use crate::systems::briefs::adapter::{Retry, Share};

/// Retries that are always allowed, a second.
const RETRIES_PER_SECOND: u32 = 10;

/// Calls count for so long.
const COUNTS_FOR: Duration = Duration::from_secs(10);

/// A retry that has no budget looks again after this.
const LOOKS_AGAIN: Duration = Duration::from_millis(100);

pub(super) struct Budgets {
    retries: TpsBudget,
    hedges: TpsBudget,
}

impl Budgets {
    pub fn new(retry: &Retry) -> Self {
        Self {
            retries: budget(RETRIES_PER_SECOND, retry.budget),
            hedges: budget(0, retry.hedges),
        }
    }

    /// A call that is neither a retry nor a hedge.
    pub fn count_call(&self) {
        self.retries.deposit();
        self.hedges.deposit();
    }

    /// Returns once a retry may be made.
    pub async fn wait_for_retry(&self) {
        while !self.retries.withdraw() {
            sleep(LOOKS_AGAIN).await;
        }
    }

    /// Whether a hedge may be made now.
    pub fn take_hedge(&self) -> bool {
        self.hedges.withdraw()
    }
}

/// The budget counts in whole calls for each withdrawal: they are rounded up, so that a share is never exceeded.
fn budget(per_second: u32, Share(share): Share) -> TpsBudget {
    let percent = match share > 0.0 {
        false => 0.0,
        true => (((1.0 / share) - 1e-9).ceil() + 0.25).recip(),
    };
    TpsBudget::new(COUNTS_FOR, per_second, percent as f32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn hedges_never_exceed_their_share() {
        for (share, calls, expected) in [
            (0.15, 700, 100),
            (0.2, 100, 20),
            (1.0, 50, 50),
            (0.0, 100, 0),
            (0.001, 999, 0),
        ] {
            let budgets = Budgets::new(&Retry {
                hedges: Share(share),
                ..Retry::default()
            });
            (0..calls).for_each(|_| budgets.count_call());
            let taken = (0..calls).filter(|_| budgets.take_hedge()).count();
            assert_eq!(taken, expected, "{share}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_retry_without_budget_waits() {
        let budgets = Budgets::new(&Retry {
            budget: Share(0.0),
            ..Retry::default()
        });
        let begun = tokio::time::Instant::now();
        for _ in 0..100 {
            budgets.wait_for_retry().await;
        }
        assert!(begun.elapsed() < Duration::from_secs(1));
        budgets.wait_for_retry().await;
        assert!(begun.elapsed() >= Duration::from_secs(9));
    }
}
