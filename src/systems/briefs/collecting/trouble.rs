//! Why something that is on its way has not ended yet.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The last fault of what is tried again and again. Clones share it.
#[derive(Clone, Debug, Default)]
pub(super) struct Trouble(Arc<Mutex<Option<String>>>);

impl Trouble {
    pub fn note(&self, reason: impl Into<String>) {
        *self.lock() = Some(reason.into());
    }

    pub fn clear(&self) {
        *self.lock() = None;
    }

    pub fn now(&self) -> Option<String> {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, Option<String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
