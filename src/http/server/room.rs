//! The open connections, and room for new ones.
//!
//! A connection that finds no room becomes a spare one: health is answered on it, and anything else when
//! it has got the place of a connection that makes room.

use std::collections::{HashMap, HashSet};
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::net::TcpStream;
use tokio::sync::Notify;

use super::Link;

/// How long a spare connection waits for one that makes room for it.
const PATIENCE: Duration = Duration::from_secs(1);
/// Connections that are open besides those that may be: for health, however many others there are.
const SPARES: usize = 32;

/// All connections that are open.
pub(super) struct Room {
    most: usize,
    links: Mutex<Links>,
    has_left: Notify,
}

#[derive(Default)]
struct Links {
    open: HashMap<u64, Arc<Link>>,
    last: u64,
    /// Those without a place.
    spares: usize,
    /// Those that have been asked to close.
    leaving: HashSet<u64>,
}

/// The place of one connection; dropping it gives it up.
pub(super) struct Place {
    no: u64,
    room: Arc<Room>,
}

impl Links {
    fn has_place(&self, most: usize) -> bool {
        self.open.len() - self.spares < most
    }

    /// Asks up to `most` connections to close of which nothing is being served; those that have waited
    /// longest first.
    fn close(&mut self, most: usize) {
        let now = Instant::now();
        let open = self.open.iter();
        let mut idle: Vec<_> = open
            .filter(|(no, _)| !self.leaving.contains(no))
            .filter_map(|(no, link)| Some((link.worth(now)?, *no)))
            .collect();
        let most = most.min(idle.len());
        if most == 0 {
            return;
        }
        idle.select_nth_unstable_by_key(most - 1, |(worth, _)| *worth);
        for (_, no) in &idle[..most] {
            self.open[no].ask_to_close();
            self.leaving.insert(*no);
        }
    }
}

impl Room {
    pub(super) fn new(most: usize) -> Self {
        Self {
            most,
            links: Mutex::default(),
            has_left: Notify::new(),
        }
    }

    fn links(&self) -> MutexGuard<'_, Links> {
        self.links.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets a connection in; if there is no room, others are asked to make it. Fails if there are
    /// enough spare ones, too.
    pub(super) fn enter(
        self: &Arc<Self>,
        stream: TcpStream,
    ) -> Result<(Arc<Link>, Place), TcpStream> {
        let mut links = self.links();
        let is_spare = !links.has_place(self.most);
        if is_spare && links.leaving.len() <= links.spares {
            // Several at once: a look at all of them is not needed for each new one.
            links.close(self.most / 32 + 1);
        }
        if links.open.len() >= self.most + SPARES {
            return Err(stream);
        }
        let link = Arc::new(Link::new(stream, is_spare));
        links.last += 1;
        let no = links.last;
        links.spares += usize::from(is_spare);
        links.open.insert(no, Arc::clone(&link));
        let room = Arc::clone(self);
        Ok((link, Place { no, room }))
    }

    /// Asks up to `most` connections to close.
    pub(super) fn close(&self, most: usize) {
        self.links().close(most);
    }

    /// Waits until one of those that were asked to close has done so; says whether one has.
    pub(super) async fn one_leaves(&self) -> bool {
        let mut has_left = pin!(self.has_left.notified());
        has_left.as_mut().enable();
        let is_full = {
            let links = self.links();
            links.open.len() >= self.most + SPARES
        };
        !is_full || tokio::time::timeout(PATIENCE, has_left).await.is_ok()
    }

    /// Gives a spare connection the place of one that makes room. Says whether there was one in time.
    pub(super) async fn has_place_for(&self, link: &Link) -> bool {
        let place = async {
            loop {
                let mut has_left = pin!(self.has_left.notified());
                has_left.as_mut().enable();
                if let Some(is_given) = self.is_given_place(link) {
                    return is_given;
                }
                has_left.await;
            }
        };
        let given = tokio::time::timeout(PATIENCE, place).await;
        given.unwrap_or(false)
    }

    /// `None`: others are about to leave.
    fn is_given_place(&self, link: &Link) -> Option<bool> {
        let mut links = self.links();
        if !link.is_spare() {
            return Some(true);
        }
        if links.has_place(self.most) {
            links.spares -= 1;
            link.has_got_place();
            return Some(true);
        }
        if links.leaving.is_empty() {
            links.close(self.most / 32 + 1);
        }
        links.leaving.is_empty().then_some(false)
    }

    /// Waits until the last one has been closed.
    pub(super) async fn is_empty(&self) {
        loop {
            let mut has_left = pin!(self.has_left.notified());
            has_left.as_mut().enable();
            if self.links().open.is_empty() {
                return;
            }
            has_left.await;
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut links = self.room.links();
        if let Some(link) = links.open.remove(&self.no) {
            links.spares -= usize::from(link.is_spare());
            links.leaving.remove(&self.no);
        }
        drop(links);
        self.room.has_left.notify_waiters();
    }
}
