//! Rows that were read, for the next preview after an edit.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use super::bounds::{BYTES_MAX, KEPT_FOR};
use super::room::{Room, Taken};
use crate::systems::labelling::rules::preview::Rows;

/// Rows by what was asked for; clones share them.
#[derive(Clone)]
pub(in crate::systems::labelling) struct KeptRows {
    entries: Arc<Mutex<Entries>>,
    room: Room,
}

/// Those that were read first come first.
type Entries = VecDeque<(String, Arc<RowsRead>)>;

/// What was read.
pub(super) struct RowsRead {
    pub rows: Vec<Rows>,
    /// Rows of the table that were seen for it.
    pub end: ReadEnd,
    read_at: Instant,
    _taken: Taken,
}

/// How reading ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct ReadEnd {
    /// Windows of a sample that were read.
    pub windows: u32,
    /// Whether there was no time, or no room, for all of them.
    pub is_cut: bool,
}

impl Default for KeptRows {
    fn default() -> Self {
        Self {
            entries: Arc::default(),
            room: Room::new(BYTES_MAX),
        }
    }
}

impl KeptRows {
    #[cfg(test)]
    pub(super) fn within(bytes: usize) -> Self {
        Self {
            entries: Arc::default(),
            room: Room::new(bytes),
        }
    }

    /// Room for rows that are about to be read.
    pub(super) fn begin(&self) -> Taken {
        self.room.begin()
    }

    /// Takes so many more bytes; what was kept longest makes room.
    pub(super) fn grow(&self, taken: &mut Taken, bytes: usize) -> bool {
        while !taken.grow(bytes) {
            let oldest = self.entries().pop_front();
            if oldest.is_none() {
                return false;
            }
        }
        true
    }

    pub(super) fn find(&self, key: &str) -> Option<Arc<RowsRead>> {
        self.forget_old();
        let entries = self.entries();
        let found = entries.iter().find(|(kept, _)| kept == key);
        found.map(|(_, read)| Arc::clone(read))
    }

    pub(super) fn keep(&self, key: String, rows: Vec<Rows>, end: ReadEnd, taken: Taken) {
        let read = RowsRead {
            rows,
            end,
            read_at: Instant::now(),
            _taken: taken,
        };
        let mut entries = self.entries();
        entries.retain(|(kept, _)| *kept != key);
        entries.push_back((key, Arc::new(read)));
    }

    /// Drops what was kept for long enough.
    pub(in crate::systems::labelling) fn forget_old(&self) {
        self.entries()
            .retain(|(_, read)| read.read_at.elapsed() < KEPT_FOR);
    }

    fn entries(&self) -> MutexGuard<'_, Entries> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    #[cfg(test)]
    pub(super) fn bytes(&self) -> usize {
        self.room.used()
    }
}
