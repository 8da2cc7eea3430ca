//! How often an actor may be restarted: pure.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

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
