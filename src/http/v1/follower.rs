//! Follows what is stored about a job, or about several, for one caller, until the end.
//!
//! The store is read page by page; where nothing new is found, the follower waits a little and
//! looks again, because another process may run the job.

use std::collections::VecDeque;

use futures_util::stream;
use poem::web::sse::Event;

use super::event_feed::EventFeed;
use crate::http::error::Failure;

/// Entries that are read from the store at once.
pub(crate) const PAGE: u64 = 200;

/// Entries in the order of their sequence numbers.
pub(crate) trait Followed: Send + 'static {
    type Entry: Send;

    /// Logs that the stream ends before its time.
    fn warn(&self, failure: &Failure);

    /// The next page after this sequence number.
    fn read(
        &mut self,
        after: i64,
    ) -> impl Future<Output = Result<Page<Self::Entry>, Failure>> + Send;

    /// Until it is worth looking again.
    fn wait(&mut self) -> impl Future<Output = ()> + Send;

    fn seq(entry: &Self::Entry) -> i64;

    fn sse_event(entry: Self::Entry) -> Event;
}

pub(crate) struct Page<E> {
    pub entries: Vec<E>,
    pub rest: Rest,
}

/// What can follow a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rest {
    /// What is followed has not ended.
    Open,
    /// It has ended; some entries may still be on their way into the store.
    Closing,
    /// If the page is empty, nothing follows.
    Closed,
}

pub(crate) struct Follower<F: Followed> {
    followed: F,
    /// Sequence number of the last entry that was read.
    after: i64,
    page: VecDeque<F::Entry>,
    rest: Rest,
}

impl<F: Followed> Follower<F> {
    /// The entries after a sequence number; `None`: it has ended and there are no more.
    ///
    /// Browsers connect again after each end of a stream until an answer says that nothing follows,
    /// so what has ended is read until this is certain.
    pub async fn feed(followed: F, after: i64) -> Result<Option<EventFeed>, Failure> {
        let mut follower = Self {
            followed,
            after,
            page: VecDeque::new(),
            rest: Rest::Open,
        };
        follower.read().await?;
        while follower.page.is_empty() {
            match follower.rest {
                Rest::Open => break,
                Rest::Closing => follower.followed.wait().await,
                Rest::Closed => return Ok(None),
            }
            follower.read().await?;
        }
        let events = stream::unfold(follower, |mut follower| async move {
            let entry = follower.next().await?;
            Some((F::sse_event(entry), follower))
        });
        Ok(Some(EventFeed::of(events)))
    }

    async fn next(&mut self) -> Option<F::Entry> {
        loop {
            if let Some(entry) = self.page.pop_front() {
                return Some(entry);
            }
            // The caller connects again and continues after the last entry that it got.
            if let Err(failure) = self.read().await {
                self.followed.warn(&failure);
                return None;
            }
            match (self.page.is_empty(), self.rest) {
                (false, _) => {}
                (true, Rest::Closed) => return None,
                (true, Rest::Open | Rest::Closing) => self.followed.wait().await,
            }
        }
    }

    async fn read(&mut self) -> Result<(), Failure> {
        let page = self.followed.read(self.after).await?;
        self.after = page.entries.last().map_or(self.after, F::seq);
        self.rest = page.rest;
        self.page = page.entries.into();
        Ok(())
    }
}
