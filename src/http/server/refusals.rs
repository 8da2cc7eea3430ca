//! Says in the log that callers are refused, and because of which setting.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use tracing::warn;

/// Refusals are logged no more often.
const EVERY: Duration = Duration::from_secs(60);

/// Those because of one setting.
pub(in crate::http) struct Refusals {
    setting: &'static str,
    counted: Mutex<Counted>,
}

#[derive(Default)]
struct Counted {
    count: u64,
    logged: Option<Instant>,
}

impl Refusals {
    pub fn of(setting: &'static str) -> Self {
        Self {
            setting,
            counted: Mutex::default(),
        }
    }

    pub fn note(&self) {
        let mut counted = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
        counted.count += 1;
        if counted.logged.is_some_and(|last| last.elapsed() < EVERY) {
            return;
        }
        let (refused, setting) = (counted.count, self.setting);
        warn!(
            refused,
            "calls are refused: there are as many as the setting `{setting}` allows"
        );
        *counted = Counted {
            count: 0,
            logged: Some(Instant::now()),
        };
    }
}
