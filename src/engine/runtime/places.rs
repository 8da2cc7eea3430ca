//! How many jobs this process could begin at once, and who has spoken for a place.
//!
//! A job that is submitted while a place is free is stored as claimed: one transaction instead of
//! two, and nobody has to look for it. Places are only offered while no job waits in the store, so
//! that none is overtaken.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Urgent jobs that run beyond the places, at most: more of them wait as all others do.
const BEYOND_MAX: u64 = 8;

/// The places of one process.
#[derive(Debug, Default)]
pub(super) struct Places(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    /// What the job supervisor has to offer, those spoken for included.
    free: u64,
    /// Spoken for by submissions that it has not heard of yet.
    reserved: u64,
    /// Urgent jobs for which there was no place: those that the supervisor saw when it looked, and
    /// those that came since.
    beyond: u64,
}

impl Places {
    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The supervisor has looked: nothing waits, and so many jobs run in so many places.
    pub(super) fn offer(&self, places: u64, running: u64) {
        let mut known = self.known();
        known.free = places.saturating_sub(running);
        known.beyond = (running + known.reserved).saturating_sub(places);
    }

    /// Something waits: it goes first.
    pub(super) fn close(&self) {
        self.known().free = 0;
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

    /// Speaks for a place although none is free, unless many have.
    pub(super) fn reserve_beyond(&self) -> bool {
        let mut known = self.known();
        let may_run = known.beyond < BEYOND_MAX;
        known.beyond += u64::from(may_run);
        known.reserved += u64::from(may_run);
        may_run
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
    fn a_few_urgent_jobs_wait_for_no_place() {
        let places = Places::default();
        places.offer(1, 1);
        for _ in 0..BEYOND_MAX {
            assert!(!places.reserve() && places.reserve_beyond());
            places.take();
        }
        assert!(!places.reserve_beyond());
        places.offer(1, BEYOND_MAX);
        assert!(places.reserve_beyond(), "one of them has ended");
        assert_eq!(places.reserved(), 1);
        assert!(!places.reserve_beyond());
    }

    #[test]
    fn no_more_places_are_spoken_for_than_are_free() {
        let places = Places::default();
        assert!(!places.reserve());
        places.offer(3, 1);
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
