//! Whether the store works, as far as its calls have found out: shown by `/readyz`, and logged once
//! when it stops working and once when it works again.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;
use tracing::{debug, info, warn};

use super::StoreError;
use crate::telemetry::chain;

/// An outage is over when nothing has failed for so long: a disk that is nearly full takes small
/// transactions and refuses large ones.
const CALM: Duration = Duration::from_secs(1);

/// The same for an outage that begins soon after another one.
const CALM_AFTER_ANOTHER: Duration = Duration::from_secs(5);

/// How soon that is.
const SOON: Duration = Duration::from_secs(60);

/// Clones belong to the same store.
#[derive(Clone, Debug, Default)]
pub struct Health(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    outage: Option<Outage>,
    last_ended_at: Option<Instant>,
}

#[derive(Debug)]
struct Outage {
    began_at: Instant,
    failed_at: Instant,
    failures: u64,
    calm: Duration,
    /// Why the store is not ready; `None`: the last transaction was committed.
    reason: Option<String>,
}

impl Health {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Records an error of the store; returns whether it belongs to an outage. The first one of an
    /// outage is logged.
    pub(super) fn failed(&self, error: &StoreError) -> bool {
        if !error.is_outage() {
            return false;
        }
        let now = Instant::now();
        let mut state = self.state();
        let reason = Some(error.reason());
        if let Some(outage) = &mut state.outage {
            outage.failed_at = now;
            outage.failures += 1;
            outage.reason = reason;
            return true;
        }
        let last = state.last_ended_at;
        let follows_another = last.is_some_and(|ended_at| ended_at.elapsed() < SOON);
        state.outage = Some(Outage {
            began_at: now,
            failed_at: now,
            failures: 1,
            calm: match follows_another {
                true => CALM_AFTER_ANOTHER,
                false => CALM,
            },
            reason,
        });
        drop(state);
        warn!(
            error = chain(error),
            "the engine's database fails; what needs it is tried again"
        );
        true
    }

    /// Logs what an error of the store prevented; during an outage, which has been logged, only
    /// for debugging.
    pub fn warn(&self, error: &StoreError, prevented: &str) {
        if self.failed(error) {
            debug!(error = chain(error), "{prevented}");
        } else {
            warn!(error = chain(error), "{prevented}");
        }
    }

    /// Records that a transaction was committed.
    pub(super) fn committed(&self) {
        let mut state = self.state();
        let Some(outage) = &mut state.outage else {
            return;
        };
        outage.reason = None;
        if outage.failed_at.elapsed() < outage.calm {
            return;
        }
        let (lasted, failures) = (outage.began_at.elapsed(), outage.failures);
        state.outage = None;
        state.last_ended_at = Some(Instant::now());
        drop(state);
        let lasted_s = lasted.as_secs_f64();
        info!("the engine's database works again; it failed {failures} times in {lasted_s:.1} s");
    }

    /// Whether it is to be tried whether the store works.
    pub(super) fn is_in_doubt(&self) -> bool {
        self.state().outage.is_some()
    }

    /// Why the store does not work, in words for callers; `None`: as far as is known, it does.
    pub fn trouble(&self) -> Option<String> {
        self.state().outage.as_ref()?.reason.clone()
    }
}
