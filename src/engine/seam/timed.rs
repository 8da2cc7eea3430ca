//! How long a stage of the work takes, for the figures of a task and for its spans.

use std::time::{Duration, Instant, SystemTime};

/// When something began and how long it took.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Timed {
    pub(crate) began: SystemTime,
    pub(crate) took: Duration,
}

/// A stage in progress.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stage(SystemTime, Instant);

impl Stage {
    pub(crate) fn begin() -> Self {
        Self(SystemTime::now(), Instant::now())
    }

    pub(crate) fn end(self) -> Timed {
        Timed {
            began: self.0,
            took: self.1.elapsed(),
        }
    }
}
