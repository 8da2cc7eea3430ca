//! Places for what is served at the same time: each kind has as many as a setting says.
//!
//! A place is kept until the answer has been taken, so that what callers leave untaken does not pile up.
//! Callers that take nothing make room for new ones.

use std::collections::HashMap;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use poem::Response;
use poem::http::StatusCode;
use tokio::sync::Notify;

use super::{Link, Refusals};
use crate::http::error::Failure;

/// How long a new holder waits for one that makes room for it.
const PATIENCE: Duration = Duration::from_secs(1);

/// As many places as there may be of one kind.
pub(in crate::http) struct Places {
    most: usize,
    /// What a caller reads that gets none.
    detail: &'static str,
    /// `None`: the number is fixed.
    refusals: Option<Refusals>,
    holders: Mutex<Holders>,
    has_left: Notify,
}

#[derive(Default)]
struct Holders {
    /// A call that came over no connection has none.
    links: HashMap<u64, Option<Arc<Link>>>,
    last: u64,
}

/// A place; dropping it gives it up.
pub(in crate::http) struct Place {
    no: u64,
    places: Arc<Places>,
}

/// The places that an answer keeps until it has been taken.
#[derive(Clone, Default)]
pub(in crate::http) struct Held(Vec<Arc<Place>>);

impl Places {
    pub fn new(most: usize, setting: Option<&'static str>, detail: &'static str) -> Arc<Self> {
        Arc::new(Self {
            most,
            detail,
            refusals: setting.map(Refusals::of),
            holders: Mutex::default(),
            has_left: Notify::new(),
        })
    }

    fn holders(&self) -> MutexGuard<'_, Holders> {
        self.holders.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn try_take(self: &Arc<Self>, link: Option<&Arc<Link>>) -> Option<Place> {
        let mut holders = self.holders();
        if holders.links.len() >= self.most {
            return None;
        }
        holders.last += 1;
        let no = holders.last;
        holders.links.insert(no, link.cloned());
        let places = Arc::clone(self);
        Some(Place { no, places })
    }

    /// A place for what is served on a connection. If all are taken, callers that take nothing lose
    /// theirs.
    pub async fn take(self: &Arc<Self>, link: Option<&Arc<Link>>) -> Result<Place, Failure> {
        if let Some(place) = self.try_take(link) {
            return Ok(place);
        }
        if self.make_room() {
            let place = async {
                loop {
                    let mut has_left = pin!(self.has_left.notified());
                    has_left.as_mut().enable();
                    if let Some(place) = self.try_take(link) {
                        return place;
                    }
                    has_left.await;
                }
            };
            if let Ok(place) = tokio::time::timeout(PATIENCE, place).await {
                return Ok(place);
            }
        }
        if let Some(refusals) = &self.refusals {
            refusals.note();
        }
        Err(Failure::new(StatusCode::SERVICE_UNAVAILABLE, self.detail).retry_later())
    }

    /// Asks some of those to close that have taken nothing for the longest time; says whether there
    /// are any.
    fn make_room(&self) -> bool {
        let now = Instant::now();
        let holders = self.holders();
        let links = holders.links.values().flatten();
        let mut idle: Vec<_> = links
            .filter_map(|link| Some((link.takes_nothing_since(now)?, link)))
            .collect();
        idle.sort_unstable_by_key(|(since, _)| *since);
        idle.truncate(self.most / 32 + 1);
        for (_, link) in &idle {
            link.ask_to_close();
        }
        !idle.is_empty()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.places.holders().links.remove(&self.no);
        self.places.has_left.notify_waiters();
    }
}

impl Place {
    /// Keeps it until the answer has been taken.
    pub fn hold(self, response: &mut Response) {
        let held = response.extensions_mut().get_or_insert_default::<Held>();
        held.0.push(Arc::new(self));
    }

    /// As [`hold`](Self::hold); those that the answer has so far are given up.
    pub fn hold_alone(self, response: &mut Response) {
        response.extensions_mut().insert(Held(vec![Arc::new(self)]));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_answer_keeps_its_place_until_it_is_dropped() {
        let places = Places::new(1, None, "there are as many as there may be");
        let mut answer = Response::default();
        places.take(None).await.ok().unwrap().hold(&mut answer);
        let refused = places.take(None).await.err().unwrap();
        assert_eq!(refused.status, StatusCode::SERVICE_UNAVAILABLE);
        assert!(refused.retry_after_s.is_some());
        drop(answer);
        assert!(places.take(None).await.is_ok());
    }
}
