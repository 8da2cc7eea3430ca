//! Holds calls back while too many of the last ones failed. Pure.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

use crate::systems::briefs::adapter::Breaker as Settings;

/// What becomes of the next call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Go,
    /// It goes alone: its answer decides.
    Probe,
    /// Until then nothing goes; `None`: until the call that goes alone has ended.
    Wait(Option<Instant>),
    /// There has been no good answer for too long.
    GiveUp,
}

#[derive(Debug)]
pub(super) struct Breaker {
    settings: Settings,
    /// Whether each of the last calls failed.
    last: VecDeque<bool>,
    failed: usize,
    state: State,
    /// When it opened, since the last good answer.
    since: Option<Instant>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Closed,
    Open {
        until: Instant,
    },
    /// One call is on its way.
    Probing,
}

impl Breaker {
    pub fn new(settings: &Settings) -> Self {
        Self {
            settings: settings.clone(),
            last: VecDeque::new(),
            failed: 0,
            state: State::Closed,
            since: None,
        }
    }

    /// Looks at the next call without letting it go.
    pub fn look(&self, now: Instant) -> Verdict {
        let given_up = self
            .since
            .is_some_and(|since| now >= since + self.settings.give_up);
        match self.state {
            State::Closed => Verdict::Go,
            _ if given_up => Verdict::GiveUp,
            State::Open { until } if now >= until => Verdict::Probe,
            State::Open { until } => Verdict::Wait(Some(until)),
            State::Probing => Verdict::Wait(self.since.map(|since| since + self.settings.give_up)),
        }
    }

    /// A call goes alone.
    pub fn begin_probe(&mut self) {
        self.state = State::Probing;
    }

    /// The call that went alone has ended without an answer: another one may go.
    pub fn drop_probe(&mut self, now: Instant) {
        if self.state == State::Probing {
            self.state = State::Open { until: now };
        }
    }

    pub fn good(&mut self) {
        if self.state != State::Closed {
            self.last.clear();
            self.failed = 0;
            self.state = State::Closed;
        }
        self.since = None;
        self.note(false);
    }

    /// The answer says nothing of whether the platform works.
    pub fn neutral(&mut self, now: Instant) {
        self.drop_probe(now);
    }

    pub fn bad(&mut self, now: Instant) {
        match self.state {
            State::Probing => self.open(now),
            // Calls that were on their way when it opened say nothing new.
            State::Open { .. } => {}
            State::Closed => {
                self.note(true);
                let most = self.settings.open_at.0 * f64::from(self.settings.of);
                if self.failed as f64 >= most.max(1.0) {
                    self.open(now);
                }
            }
        }
    }

    /// Those who have waited have given up, or nobody has waited: whoever comes next waits as long.
    pub fn forgive(&mut self, now: Instant) {
        if self.state != State::Closed {
            self.since = Some(now);
        }
    }

    pub fn name(&self, now: Instant) -> &'static str {
        match self.state {
            State::Closed => "closed",
            State::Open { until } if now < until => "open",
            State::Open { .. } | State::Probing => "half_open",
        }
    }

    fn open(&mut self, now: Instant) {
        let cool = self.settings.cool.max(Duration::from_millis(1));
        self.state = State::Open { until: now + cool };
        self.since.get_or_insert(now);
    }

    fn note(&mut self, is_failed: bool) {
        self.last.push_back(is_failed);
        self.failed += usize::from(is_failed);
        if self.last.len() > self.settings.of.max(1) as usize {
            let oldest = self.last.pop_front();
            self.failed -= usize::from(oldest == Some(true));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::systems::briefs::adapter::Share;

    fn breaker() -> (Breaker, Instant) {
        let settings = Settings {
            open_at: Share(0.5),
            of: 4,
            cool: Duration::from_secs(2),
            give_up: Duration::from_secs(60),
        };
        (Breaker::new(&settings), Instant::now())
    }

    #[tokio::test(start_paused = true)]
    async fn it_opens_at_its_share_of_the_last_calls() {
        let (mut breaker, now) = breaker();
        for _ in 0..9 {
            breaker.good();
        }
        breaker.bad(now);
        breaker.good();
        breaker.good();
        breaker.good();
        breaker.bad(now);
        assert_eq!(breaker.look(now), Verdict::Go);
        breaker.bad(now);
        let until = now + Duration::from_secs(2);
        assert_eq!(breaker.look(now), Verdict::Wait(Some(until)));
        assert_eq!(breaker.name(now), "open");
        assert_eq!(breaker.look(until), Verdict::Probe);
        assert_eq!(breaker.name(until), "half_open");
    }

    #[tokio::test(start_paused = true)]
    async fn one_call_decides_whether_it_closes() {
        let (mut breaker, mut now) = breaker();
        breaker.bad(now);
        breaker.bad(now);
        for _ in 0..20 {
            now += Duration::from_secs(2);
            assert_eq!(breaker.look(now), Verdict::Probe);
            breaker.begin_probe();
            assert!(matches!(breaker.look(now), Verdict::Wait(_)));
            breaker.bad(now);
        }
        now += Duration::from_secs(2);
        breaker.begin_probe();
        breaker.drop_probe(now);
        assert_eq!(breaker.look(now), Verdict::Probe);
        breaker.begin_probe();
        breaker.good();
        assert_eq!(breaker.look(now), Verdict::Go);
        breaker.bad(now);
        assert_eq!(breaker.look(now), Verdict::Go);
    }

    #[tokio::test(start_paused = true)]
    async fn it_gives_up_without_a_good_answer_and_forgives() {
        let (mut breaker, now) = breaker();
        breaker.bad(now);
        breaker.bad(now);
        let later = now + Duration::from_secs(60);
        assert_eq!(breaker.look(later), Verdict::GiveUp);
        breaker.forgive(later);
        assert_eq!(breaker.look(later), Verdict::Probe);
    }
}
