//! How many jobs this process could begin at once, and who has spoken for a place.
//!
//! A job that is submitted while a place is free is stored as claimed: one transaction instead of
//! two, and nobody has to look for it. Places are only offered while no job waits in the store, so
//! that none is overtaken.

use std::sync::atomic::{AtomicU64, Ordering};

/// The places of one process.
#[derive(Debug, Default)]
pub(super) struct Places {
    /// What the job supervisor has to offer.
    free: AtomicU64,
    /// Spoken for by submissions that it has not heard of yet.
    reserved: AtomicU64,
}

impl Places {
    /// The supervisor has looked: nothing waits, and it could begin so many.
    pub(super) fn offer(&self, free: u64) {
        self.free.store(free, Ordering::Release);
    }

    /// Something waits: it goes first.
    pub(super) fn close(&self) {
        self.offer(0);
    }

    pub(super) fn reserved(&self) -> u64 {
        self.reserved.load(Ordering::Acquire)
    }

    /// Speaks for a place if there is one.
    pub(super) fn reserve(&self) -> bool {
        let free = self.free.load(Ordering::Acquire);
        let reserve = |reserved| (reserved < free).then_some(reserved + 1);
        self.reserved
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, reserve)
            .is_ok()
    }

    /// The place is taken by a job, or given back.
    pub(super) fn settle(&self) {
        let settle = |reserved: u64| reserved.checked_sub(1);
        self.reserved
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, settle)
            .ok();
    }

    /// A new supervisor begins: it hears of none of those before.
    pub(super) fn clear(&self) {
        self.close();
        self.reserved.store(0, Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_places_are_spoken_for_than_are_free() {
        let places = Places::default();
        assert!(!places.reserve());
        places.offer(2);
        assert!(places.reserve() && places.reserve() && !places.reserve());
        places.settle();
        assert!(places.reserve());
        places.close();
        places.settle();
        assert!(!places.reserve());
        places.clear();
        places.settle();
        assert_eq!(places.reserved(), 0);
    }
}
