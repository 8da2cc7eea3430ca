//! What the client library says of itself, said once.
//!
//! While a broker is away the library tells so several times a second. One warning is enough until
//! it has been silent for a while; messages and answers tell the rest.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use rdkafka::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::ConsumerContext;
use rdkafka::error::KafkaError;
use tracing::{debug, warn};

/// Trouble that is told again after so long without any is a new one.
const SILENCE: Duration = Duration::from_secs(30);

/// Reports trouble of one client.
#[derive(Debug)]
pub(super) struct Quiet {
    /// What the client is for.
    what: &'static str,
    last: Mutex<Option<Instant>>,
}

impl Quiet {
    pub(super) fn about(what: &'static str) -> Self {
        Self {
            what,
            last: Mutex::new(None),
        }
    }

    /// Whether there was no trouble for a while.
    fn is_new(&self) -> bool {
        let now = Instant::now();
        let mut last = self
            .last
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        let before = last.replace(now);
        before.is_none_or(|before| now.duration_since(before) > SILENCE)
    }
}

impl ClientContext for Quiet {
    fn log(&self, _: RDKafkaLogLevel, facility: &str, message: &str) {
        debug!(client = self.what, facility, reason = message, "librdkafka");
    }

    fn error(&self, error: KafkaError, reason: &str) {
        if self.is_new() {
            warn!(client = self.what, %error, reason, "the broker cannot be used; going on trying");
        } else {
            debug!(client = self.what, %error, reason, "the broker cannot be used");
        }
    }
}

impl ConsumerContext for Quiet {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trouble_is_told_once() {
        let quiet = Quiet::about("test");
        assert!(quiet.is_new());
        assert!(!quiet.is_new());
        *quiet.last.lock().unwrap() = Instant::now().checked_sub(SILENCE * 2);
        assert!(quiet.is_new());
    }
}
