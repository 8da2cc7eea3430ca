//! How many messages of each service are with the client at once.
//!
//! No more than the broker takes at present: what the client has cannot be overtaken by what is more
//! urgent. A window begins with one message and grows by each that the broker takes, so that it doubles
//! in the time that an answer takes.

use std::collections::HashMap;
use std::time::Duration;

use tokio::time::Instant;
use tracing::{info, warn};

/// The most; in a few milliseconds the broker takes them all.
pub(super) const LARGEST: usize = 300;

const SMALLEST: usize = 1;

/// A window that was not used for so long says nothing about the present.
const STALE: Duration = Duration::from_secs(1);

/// How often it is tried whether the broker takes messages of a service again.
const TRY_EVERY: Duration = Duration::from_millis(500);

/// By service.
#[derive(Debug, Default)]
pub(super) struct Windows(HashMap<String, Window>);

#[derive(Debug)]
struct Window {
    size: usize,
    changed_at: Instant,
    /// When the next message may be tried of a service whose topic is missing or may not be written:
    /// its tasks wait until an operator has changed that, and other services do not.
    try_at: Option<Instant>,
}

impl Default for Window {
    fn default() -> Self {
        Self {
            size: SMALLEST,
            changed_at: Instant::now(),
            try_at: None,
        }
    }
}

impl Windows {
    /// How many messages of a service may be with the client, which has so many of them.
    pub(super) fn size(&mut self, service: &str, in_flight: usize) -> usize {
        let window = self.0.entry(service.to_owned()).or_default();
        if in_flight == 0 && window.changed_at.elapsed() > STALE {
            window.size = SMALLEST;
        }
        match window.try_at {
            None => window.size,
            Some(try_at) if try_at > Instant::now() => 0,
            Some(_) => SMALLEST,
        }
    }

    /// The broker cannot be reached.
    pub(super) fn close(&mut self) {
        for window in self.0.values_mut() {
            window.size = SMALLEST;
        }
    }

    /// A message was not taken.
    pub(super) fn refused(&mut self, service: &str, reason: &str) {
        let window = self.0.entry(service.to_owned()).or_default();
        window.size = SMALLEST;
        if window.try_at.replace(Instant::now() + TRY_EVERY).is_none() {
            warn!(service, reason, "messages of a service are not sent yet");
        }
    }

    /// A message was taken.
    pub(super) fn taken(&mut self, service: &str) {
        let window = self.0.entry(service.to_owned()).or_default();
        window.size = (window.size + 1).min(LARGEST);
        window.changed_at = Instant::now();
        if window.try_at.take().is_some() {
            info!(service, "messages of a service are sent again");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_window_grows_by_what_is_taken_and_closes() {
        let mut windows = Windows::default();
        assert_eq!(windows.size("a", 0), 1);
        for _ in 0..LARGEST * 2 {
            windows.taken("a");
        }
        assert_eq!(windows.size("a", 0), LARGEST);
        windows.refused("a", "why");
        assert_eq!((windows.size("a", 0), windows.size("b", 0)), (0, 1));
        tokio::time::advance(TRY_EVERY).await;
        assert_eq!(windows.size("a", 0), 1);
        windows.taken("a");
        assert_eq!(windows.size("a", 0), 2);
        tokio::time::advance(STALE * 2).await;
        assert_eq!((windows.size("a", 1), windows.size("a", 0)), (2, 1));
        windows.taken("a");
        windows.close();
        assert_eq!(windows.size("a", 0), 1);
    }
}
