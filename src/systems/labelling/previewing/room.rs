//! The bytes that the rows of all previews may take together.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Bytes in use; clones share the count.
#[derive(Clone, Debug)]
pub(super) struct Room {
    used: Arc<AtomicUsize>,
    most: usize,
}

/// Bytes that somebody has; they are free again when it is dropped.
#[derive(Debug)]
pub(super) struct Taken {
    room: Room,
    bytes: usize,
}

impl Room {
    pub fn new(most: usize) -> Self {
        Self {
            used: Arc::default(),
            most,
        }
    }

    /// Nothing yet.
    pub fn begin(&self) -> Taken {
        Taken {
            room: self.clone(),
            bytes: 0,
        }
    }

    #[cfg(test)]
    pub fn used(&self) -> usize {
        self.used.load(Ordering::Relaxed)
    }
}

impl Taken {
    /// Takes so many more bytes, if there are as many.
    pub fn grow(&mut self, bytes: usize) -> bool {
        let grown = |used: usize| {
            let grown = used.checked_add(bytes)?;
            (grown <= self.room.most).then_some(grown)
        };
        let used = &self.room.used;
        let is_grown = used
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, grown)
            .is_ok();
        if is_grown {
            self.bytes += bytes;
        }
        is_grown
    }

    pub fn shrink(&mut self, bytes: usize) {
        let bytes = bytes.min(self.bytes);
        self.bytes -= bytes;
        self.room.used.fetch_sub(bytes, Ordering::Relaxed);
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        self.room.used.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}
