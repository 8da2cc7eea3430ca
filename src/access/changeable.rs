//! Settings that may change while the program runs.

use std::sync::{Arc, PoisonError, RwLock};

/// A value that all parts of the program share; clones see what is set in any of them.
#[derive(Debug, Default)]
pub struct Changeable<T>(Arc<RwLock<Arc<T>>>);

impl<T> Changeable<T> {
    pub fn new(value: T) -> Self {
        Self(Arc::new(RwLock::new(Arc::new(value))))
    }

    pub fn get(&self) -> Arc<T> {
        let value = self.0.read().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&value)
    }

    pub fn set(&self, value: T) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(value);
    }
}

impl<T> Clone for Changeable<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}
