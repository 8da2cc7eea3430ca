//! How long a stage of the work takes, for the figures of a task and for its spans.

use std::time::{Duration, Instant, SystemTime};

/// When something began and how long it took.
#[derive(Clone, Copy, Debug)]
pub(super) struct Timed {
    pub(super) began: SystemTime,
    pub(super) took: Duration,
}

/// What goes on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stage(SystemTime, Instant);

impl Stage {
    pub(super) fn begin() -> Self {
        Self(SystemTime::now(), Instant::now())
    }

    pub(super) fn end(self) -> Timed {
        Timed {
            began: self.0,
            took: self.1.elapsed(),
        }
    }
}
