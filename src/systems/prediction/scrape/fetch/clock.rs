//! The clock that pauses are kept by.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use crate::clock;

/// Tells the time and waits. Tests have one of their own.
pub(crate) trait Clock: Send + Sync + 'static {
    /// Microseconds by a clock that nobody sets, for durations.
    fn steady_micros(&self) -> i64;

    /// Microseconds since 1970, for people.
    fn wall_micros(&self) -> i64;

    fn sleep(&self, time: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>>;
}

/// That of the machine.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SystemClock;

impl Clock for SystemClock {
    fn steady_micros(&self) -> i64 {
        clock::steady::now_micros()
    }

    fn wall_micros(&self) -> i64 {
        clock::now_micros()
    }

    fn sleep(&self, time: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(tokio::time::sleep(time))
    }
}

/// A time as microseconds.
pub(super) fn micros(time: Duration) -> i64 {
    i64::try_from(time.as_micros()).unwrap_or(i64::MAX)
}
