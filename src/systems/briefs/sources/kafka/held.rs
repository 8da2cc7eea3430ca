//! Ends that wait. Partitions are read side by side, so that the end of a brief may come before articles that were sent
//! before it: it counts once the topic has nothing more to say for a moment.
//!
//! Until then nothing is committed that was read: a process that ends meanwhile reads the ends again.

use std::time::Duration;

use entity::JobId;
use tokio::time::{Instant, sleep_until};
use tracing::warn;

use crate::kafka::{Consumer, Incoming};

/// An end is believed once nothing has come for so long, and in any case after a while.
const QUIET: Duration = Duration::from_millis(300);
const QUIET_WITHIN: Duration = Duration::from_secs(10);

/// What was read and is not committed yet, since ends among it are not stored.
#[derive(Default)]
pub(super) struct Held {
    pub ends: Vec<End>,
    read: Vec<Incoming>,
    /// When the ends are stored; `None`: there are none.
    until: Option<Instant>,
    /// The latest moment for it.
    at_the_latest: Option<Instant>,
}

/// The message that ends a brief on a platform.
pub(super) struct End {
    pub job: JobId,
    pub platform: String,
    pub partition: i32,
    pub offset: i64,
}

impl Held {
    /// Returns when the ends are to be stored; never if there are none.
    pub async fn is_due(&self) {
        match self.until {
            Some(until) => sleep_until(until).await,
            None => std::future::pending().await,
        }
    }

    /// Keeps where messages stood that were stored.
    pub fn take(&mut self, together: Vec<Incoming>) {
        let places = together.into_iter().map(|message| Incoming {
            payload: Vec::new(),
            ..message
        });
        self.read.extend(places);
        if !self.ends.is_empty() {
            let now = Instant::now();
            let latest = *self.at_the_latest.get_or_insert(now + QUIET_WITHIN);
            self.until = Some(latest.min(now + QUIET));
        }
    }

    pub fn has_end(&self, job: &JobId, platform: &str, partition: i32) -> bool {
        let mut ends = self.ends.iter();
        ends.any(|end| end.job == *job && end.platform == platform && end.partition == partition)
    }

    pub fn commit(&mut self, consumer: &Consumer) {
        (self.until, self.at_the_latest) = (None, None);
        if let Err(error) = consumer.commit(&std::mem::take(&mut self.read)) {
            // They come again, and change nothing.
            warn!(%error, "articles of topics could not be marked as read");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_end_waits_until_nothing_has_come_for_a_moment() {
        let message = |offset| Incoming {
            topic: "articles".to_owned(),
            partition: 0,
            offset,
            payload: vec![0; 9],
            attempt: None,
            traceparent: None,
        };
        let (job, mut held) = (JobId::new(), Held::default());
        held.take(vec![message(1)]);
        assert_eq!(held.until, None);
        held.ends.push(End {
            job: job.clone(),
            platform: "stream".to_owned(),
            partition: 0,
            offset: 2,
        });
        let mut before = Instant::now();
        for offset in 2..5 {
            held.take(vec![message(offset)]);
            let until = held.until.unwrap();
            assert!(until >= before + QUIET);
            before = until - QUIET;
        }
        held.at_the_latest = Some(before);
        held.take(vec![message(5)]);
        assert_eq!(held.until, Some(before));
        assert!(held.read.iter().all(|place| place.payload.is_empty()));
        assert!(held.has_end(&job, "stream", 0));
        assert!(!held.has_end(&job, "stream", 1));
        assert!(!held.has_end(&JobId::new(), "stream", 0));
    }
}
