//! How many calls a second a platform may be asked.

use std::num::NonZeroU32;
use std::time::Duration;

use governor::clock::Clock;
use governor::middleware::NoOpMiddleware;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};
use tokio::time::{Instant, sleep};

/// The clock of the runtime, which tests can turn.
#[derive(Clone)]
pub(super) struct RuntimeClock(Instant);

impl Clock for RuntimeClock {
    type Instant = Duration;

    fn now(&self) -> Duration {
        self.0.elapsed()
    }
}

type Limiter = RateLimiter<NotKeyed, InMemoryState, RuntimeClock, NoOpMiddleware<Duration>>;

pub(super) struct Rate {
    limiter: Option<Limiter>,
    clock: RuntimeClock,
}

/// Timers are not exact: calls of so many seconds may be made at once.
const BURST_SECONDS: f64 = 0.02;

impl Rate {
    pub fn new(calls_per_second: Option<f64>) -> Self {
        let clock = RuntimeClock(Instant::now());
        let limiter = calls_per_second.and_then(|rate| {
            let burst = (rate * BURST_SECONDS).floor().clamp(1.0, 1e6) as u32;
            let quota = Quota::with_period(Duration::from_secs_f64(rate.recip()))?;
            let quota = quota.allow_burst(NonZeroU32::new(burst)?);
            Some(RateLimiter::direct_with_clock(quota, clock.clone()))
        });
        Self { limiter, clock }
    }

    /// Returns once a call may be made, which counts.
    pub async fn wait(&self) {
        let Some(limiter) = &self.limiter else {
            return;
        };
        while let Err(not_yet) = limiter.check() {
            sleep(not_yet.wait_time_from(self.clock.now())).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn calls_keep_to_the_rate() {
        let rate = Rate::new(Some(200.0));
        let begun = Instant::now();
        for _ in 0..401 {
            rate.wait().await;
        }
        let took = begun.elapsed().as_secs_f64();
        assert!((1.95..2.2).contains(&took), "{took}");
        let unlimited = Rate::new(None);
        unlimited.wait().await;
        assert!(begun.elapsed().as_secs_f64() < took + 0.01);
    }
}
