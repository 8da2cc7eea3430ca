//! What compiling a set may cost, and what ends it early.

use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;

use super::error::CompileError;

/// Nobody waits longer for a set, which is written by people.
pub const COMPILE_TIME_MAX: Duration = Duration::from_secs(10);

/// A set of 200,000 rules takes a fifth of it.
pub const COMPILED_BYTES_MAX: usize = 512 << 20;

/// The bounds for one set, and what ends the work on it early.
#[derive(Clone, Debug, Default)]
pub struct Allowance {
    bounds: Option<Bounds>,
    stop: CancellationToken,
}

#[derive(Clone, Copy, Debug)]
struct Bounds {
    begun: Instant,
    time_max: Duration,
    bytes_max: usize,
}

impl Allowance {
    /// For a set of a request; `stop` is cancelled when nobody waits for it any more. Its time
    /// begins now.
    pub fn new(stop: CancellationToken) -> Self {
        Self::of(COMPILE_TIME_MAX, COMPILED_BYTES_MAX, stop)
    }

    /// For a set that was compiled within the bounds before: on a busy machine it may take longer.
    pub fn until(stop: CancellationToken) -> Self {
        Self { bounds: None, stop }
    }

    pub(super) fn of(time_max: Duration, bytes_max: usize, stop: CancellationToken) -> Self {
        let bounds = Bounds {
            begun: Instant::now(),
            time_max,
            bytes_max,
        };
        Self {
            bounds: Some(bounds),
            stop,
        }
    }

    /// Called between the parts of the work that take long.
    pub(super) fn check_time(&self) -> Result<(), CompileError> {
        if self.stop.is_cancelled() {
            return Err(CompileError::Stopped);
        }
        match self.bounds {
            Some(bounds) if bounds.begun.elapsed() >= bounds.time_max => {
                let seconds = bounds.time_max.as_secs();
                Err(CompileError::TooLong { seconds })
            }
            _ => Ok(()),
        }
    }

    /// Fails if what was compiled so far takes too much.
    pub(super) fn check_memory(&self, bytes: usize) -> Result<(), CompileError> {
        match self.bounds {
            Some(bounds) if bytes > bounds.bytes_max => Err(CompileError::TooLarge {
                bytes,
                bytes_max: bounds.bytes_max,
            }),
            _ => Ok(()),
        }
    }
}
