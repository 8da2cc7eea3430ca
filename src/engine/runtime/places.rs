//! How many jobs this process could begin at once, and who has spoken for a place.
//!
//! A job that is submitted while a place is free is stored as claimed: one transaction instead of
//! two, and nobody has to look for it. Places are only offered while no job waits in the store, so
//! that none is overtaken.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// The places of one process.
#[derive(Debug, Default)]
pub(super) struct Places(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    /// What the job supervisor has to offer, those spoken for included.
    free: u64,
    /// Spoken for by submissions that it has not heard of yet.
    reserved: u64,
}

impl Places {
    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The supervisor has looked: nothing waits, and so many jobs more could run.
    pub(super) fn offer(&self, free: u64) {
        self.known().free = free;
    }

    /// Something waits: it goes first.
    pub(super) fn close(&self) {
        self.offer(0);
    }

    pub(super) fn reserved(&self) -> u64 {
        self.known().reserved
    }

    /// Speaks for a place if there is one.
    pub(super) fn reserve(&self) -> bool {
        let mut known = self.known();
        let is_free = known.reserved < known.free;
        known.reserved += u64::from(is_free);
        is_free
    }

    /// The place is given back.
    pub(super) fn give_back(&self) {
        let mut known = self.known();
        known.reserved = known.reserved.saturating_sub(1);
    }

    /// A job has the place: it is not free any more.
    pub(super) fn take(&self) {
        let mut known = self.known();
        known.reserved = known.reserved.saturating_sub(1);
        known.free = known.free.saturating_sub(1);
    }

    /// A new supervisor begins: it hears of none of those before.
    pub(super) fn clear(&self) {
        *self.known() = Known::default();
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
        places.give_back();
        assert!(places.reserve());
        places.take();
        assert!(!places.reserve(), "one has a job, the other is spoken for");
        places.close();
        places.give_back();
        assert!(!places.reserve());
        places.clear();
        places.give_back();
        assert_eq!(places.reserved(), 0);
    }
}
