//! Services whose messages the broker does not take at the moment.

use std::collections::HashMap;
use std::time::Duration;

use tokio::time::Instant;
use tracing::{info, warn};

use super::WINDOW;

/// How often it is tried whether the broker takes messages again.
const TRY_EVERY: Duration = Duration::from_millis(500);

/// When the next message of a service may be tried. Its topic is missing, or may not be written, until
/// an operator changes that: meanwhile its tasks wait, and other services do not.
#[derive(Debug, Default)]
pub(super) struct Trouble(HashMap<String, Instant>);

impl Trouble {
    /// How many messages of a service may be with the client at once.
    pub(super) fn window(&self, service: &str) -> usize {
        match self.0.get(service) {
            None => WINDOW,
            Some(try_at) if *try_at > Instant::now() => 0,
            Some(_) => 1,
        }
    }

    /// A message was not taken.
    pub(super) fn began(&mut self, service: &str, reason: &str) {
        let try_at = Instant::now() + TRY_EVERY;
        if self.0.insert(service.to_owned(), try_at).is_none() {
            warn!(service, reason, "messages of a service are not sent yet");
        }
    }

    /// A message was taken.
    pub(super) fn is_over(&mut self, service: &str) {
        if self.0.remove(service).is_some() {
            info!(service, "messages of a service are sent again");
        }
    }
}
