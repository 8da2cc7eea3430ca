//! The open connections, and room for new ones.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::net::TcpStream;
use tokio::sync::Notify;

use super::Link;

/// How long a new connection waits for one that makes room for it.
const PATIENCE: Duration = Duration::from_secs(1);

/// All connections that are open.
#[derive(Default)]
pub(super) struct Room {
    links: Mutex<Links>,
    has_left: Notify,
}

#[derive(Default)]
struct Links {
    open: HashMap<u64, Arc<Link>>,
    last: u64,
}

/// The place of one connection; dropping it gives it up.
pub(super) struct Place {
    no: u64,
    room: Arc<Room>,
}

impl Room {
    fn links(&self) -> MutexGuard<'_, Links> {
        self.links.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn enter(self: &Arc<Self>, stream: TcpStream) -> (Arc<Link>, Place) {
        let link = Arc::new(Link::new(stream));
        let mut links = self.links();
        links.last += 1;
        let no = links.last;
        links.open.insert(no, Arc::clone(&link));
        let room = Arc::clone(self);
        (link, Place { no, room })
    }

    fn len(&self) -> usize {
        self.links().open.len()
    }

    /// Closes up to `most` connections of which nothing is being served; those that have waited longest
    /// first. Says how many there were.
    pub(super) fn close(&self, most: usize) -> usize {
        let now = Instant::now();
        let links = self.links();
        let open = links.open.values();
        let mut idle: Vec<_> = open
            .filter_map(|link| Some((link.worth(now)?, link)))
            .collect();
        let most = most.min(idle.len());
        if most == 0 {
            return 0;
        }
        idle.select_nth_unstable_by_key(most - 1, |(worth, _)| *worth);
        for (_, link) in &idle[..most] {
            link.closing.notify_one();
        }
        most
    }

    /// Waits until there are fewer than `most` connections, for which others are closed. Says whether
    /// that could be done.
    pub(super) async fn has_place(&self, most: usize) -> bool {
        if self.len() < most {
            return true;
        }
        // Several at once: a look at all of them is not needed for each new one.
        if self.close(most / 32 + 1) == 0 {
            return false;
        }
        let fewer = async {
            while self.len() >= most {
                self.has_left.notified().await;
            }
        };
        tokio::time::timeout(PATIENCE, fewer).await.is_ok()
    }

    /// Waits until the last one has been closed.
    pub(super) async fn is_empty(&self) {
        while self.len() > 0 {
            self.has_left.notified().await;
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.room.links().open.remove(&self.no);
        self.room.has_left.notify_one();
    }
}
