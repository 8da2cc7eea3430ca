//! What waits to be sent, counted: the library drops what finds no room without telling how much.

use std::sync::atomic::{AtomicI64, Ordering};

use super::metrics::metrics;

/// The queue of one signal.
#[derive(Debug)]
pub(super) struct Queue {
    signal: &'static str,
    waiting: AtomicI64,
    room: AtomicI64,
}

pub(super) static SPANS: Queue = Queue::of("traces");
pub(super) static LINES: Queue = Queue::of("logs");

impl Queue {
    const fn of(signal: &'static str) -> Self {
        Self {
            signal,
            waiting: AtomicI64::new(0),
            room: AtomicI64::new(i64::MAX),
        }
    }

    /// As long as that of the library.
    pub(super) fn holds(&self, most: usize) {
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        self.room.store(most, Ordering::Relaxed);
    }

    /// Whether there is room for one more; it then has to be given to the library.
    pub(super) fn enter(&self) -> bool {
        let before = self.waiting.fetch_add(1, Ordering::Relaxed);
        let has_room = before < self.room.load(Ordering::Relaxed);
        if !has_room {
            self.waiting.fetch_sub(1, Ordering::Relaxed);
            metrics().dropped.add(1, &[("signal", self.signal)]);
        }
        has_room
    }

    /// So many were sent, or given up.
    pub(super) fn leave(&self, count: usize, were_sent: bool) {
        let left = i64::try_from(count).unwrap_or(i64::MAX);
        self.waiting.fetch_sub(left, Ordering::Relaxed);
        if !were_sent {
            metrics()
                .dropped
                .add(count as u64, &[("signal", self.signal)]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_finds_no_room_is_refused_until_something_leaves() {
        let queue = Queue::of("traces");
        queue.holds(2);
        assert_eq!(
            [queue.enter(), queue.enter(), queue.enter()],
            [true, true, false]
        );
        queue.leave(1, true);
        assert_eq!([queue.enter(), queue.enter()], [true, false]);
    }
}
