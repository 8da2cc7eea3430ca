//! How long a platform that asks for patience is left alone. Pure.

use std::time::Duration;

use tokio::time::Instant;

/// A platform that wants more patience than this is looked at again all the same.
const LONGEST: Duration = Duration::from_secs(86_400);

#[derive(Debug)]
pub(super) struct Patience {
    until: Option<Instant>,
    /// How often in a row it asked without saying for how long.
    times: u32,
    backoff: (Duration, Duration),
}

impl Patience {
    pub fn new(backoff: (Duration, Duration)) -> Self {
        Self {
            until: None,
            times: 0,
            backoff,
        }
    }

    /// When the pause ends, if it has not.
    pub fn until(&self, now: Instant) -> Option<Instant> {
        self.until.filter(|until| *until > now)
    }

    pub fn good(&mut self) {
        self.times = 0;
    }

    /// It asked for a pause, in the answer to a call that began at this moment. Returns whether that is news: calls
    /// that were on their way together say the same.
    pub fn ask(&mut self, asked: Option<Duration>, began: Instant, now: Instant) -> bool {
        let (first, longest) = self.backoff;
        let is_news = self.until.is_none_or(|until| began >= until);
        let pause = match asked {
            Some(asked) => asked.min(LONGEST),
            None => {
                self.times += u32::from(is_news || self.times == 0);
                let doublings = self.times.saturating_sub(1).min(31);
                first.saturating_mul(1 << doublings).min(longest)
            }
        };
        if asked.is_none() && !is_news {
            return false;
        }
        let until = now + pause;
        self.until = Some(self.until.map_or(until, |before| before.max(until)));
        is_news
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn it_waits_as_long_as_it_is_asked_to_or_longer_each_time() {
        let ms = Duration::from_millis;
        let mut patience = Patience::new((ms(500), ms(8_000)));
        let now = Instant::now();
        assert_eq!(patience.until(now), None);
        assert!(patience.ask(Some(ms(3_000)), now, now));
        assert!(!patience.ask(Some(ms(1_000)), now, now));
        assert_eq!(patience.until(now), Some(now + ms(3_000)));
        let mut now = now + ms(3_000);
        assert_eq!(patience.until(now), None);
        for expected in [500, 1_000, 2_000, 4_000, 8_000, 8_000] {
            assert!(patience.ask(None, now, now));
            // Another one that was on its way with it.
            assert!(!patience.ask(None, now - ms(1), now + ms(1)));
            assert_eq!(patience.until(now), Some(now + ms(expected)));
            now += ms(expected);
        }
        patience.good();
        patience.ask(None, now, now);
        assert_eq!(patience.until(now), Some(now + ms(500)));
    }
}
