//! Buffers that go round between the threads of a batch. What is allocated by one thread and freed
//! by another, slice after slice, leaves holes that nobody fills.

use std::sync::{Arc, Mutex, PoisonError};

/// Empty buffers that have kept their room. Clones share them.
pub(super) struct Buffers<T>(Arc<Mutex<Vec<T>>>);

impl<T> Buffers<T> {
    pub(super) fn take(&self) -> Option<T> {
        self.free().pop()
    }

    /// `buffer` has been emptied.
    pub(super) fn give_back(&self, buffer: T) {
        self.free().push(buffer);
    }

    fn free(&self) -> std::sync::MutexGuard<'_, Vec<T>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> Default for Buffers<T> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<T> Clone for Buffers<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}
