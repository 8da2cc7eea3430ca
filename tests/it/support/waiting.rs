//! Waits for conditions, with growing pauses, so that a waiting test leaves the cores to the programs.

use std::time::{Duration, Instant};

/// A test that waits longer than this for its condition has failed.
pub(crate) const PATIENCE: Duration = Duration::from_secs(120);

/// Short enough to notice what lasts only a moment.
pub(super) const LONGEST_PAUSE: Duration = Duration::from_millis(20);

/// The pauses between looks at one condition.
struct Pauses<'a> {
    condition: &'a str,
    since: Instant,
    next: Duration,
}

impl<'a> Pauses<'a> {
    fn between_looks_at(condition: &'a str) -> Self {
        Self {
            condition,
            since: Instant::now(),
            next: Duration::from_millis(1),
        }
    }

    fn next(&mut self) -> Duration {
        assert!(
            self.since.elapsed() < PATIENCE,
            "waited {} s for this, which did not happen: {}",
            PATIENCE.as_secs(),
            self.condition
        );
        let pause = self.next;
        self.next = (pause * 2).min(LONGEST_PAUSE);
        pause
    }
}

/// Blocks until the condition holds.
pub(crate) fn wait_until(condition: &str, mut holds: impl FnMut() -> bool) {
    let mut pauses = Pauses::between_looks_at(condition);
    while !holds() {
        std::thread::sleep(pauses.next());
    }
}

/// Waits until there is a result.
pub(crate) async fn wait_for<T>(condition: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let mut pauses = Pauses::between_looks_at(condition);
    loop {
        if let Some(found) = look().await {
            return found;
        }
        tokio::time::sleep(pauses.next()).await;
    }
}
