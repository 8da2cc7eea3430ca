//! Logs that are being written, or are about to be. Each is watched once, however many follow it, and
//! only as long as somebody does.
//!
//! ```text
//! watch task ─► every 25 ms: how long is the file? is it still there?   ─► State ─► followers
//!            └► every second, and when the job changes: has it ended?
//! ```

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError, Weak};
use std::time::{Duration, Instant};

use entity::JobId;
use tokio::sync::watch;
use tokio::time::sleep;

use super::opening::AttemptLogs;
use crate::systems::pipelines::console::ConsoleReader;

/// How old what is shown may be, at most.
const LOOK_EVERY: Duration = Duration::from_millis(25);

/// The end of a log shows by its file. This is for files that are not put away, and for those that
/// never come.
const ASK_EVERY: Duration = Duration::from_secs(1);

/// How far a log has got.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Written {
    /// Bytes of the whole stream.
    pub total: u64,
    /// Nothing will be added.
    pub is_over: bool,
    /// Another process has begun to write it, where this one does not see it.
    pub is_elsewhere: bool,
}

type Key = (JobId, u32);

/// The logs that somebody follows.
#[derive(Default)]
pub(super) struct LiveLogs(Mutex<HashMap<Key, Weak<LiveLog>>>);

pub(super) struct LiveLog {
    key: Key,
    /// Empty until there is a file. It outlives the file's name.
    reader: OnceLock<ConsoleReader>,
    written: watch::Sender<Written>,
}

impl LiveLogs {
    /// The log of an attempt. It is watched by `logs` unless it is already.
    pub(super) fn open(&self, logs: &AttemptLogs, job: &JobId, attempt: u32) -> Arc<LiveLog> {
        let key = (job.clone(), attempt);
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(log) = known.get(&key).and_then(Weak::upgrade) {
            return log;
        }
        known.retain(|_, log| log.strong_count() > 0);
        let log = Arc::new(LiveLog {
            key: key.clone(),
            reader: OnceLock::new(),
            written: watch::Sender::new(Written::default()),
        });
        // The first look is not waited for.
        log.look(logs, false);
        known.insert(key, Arc::downgrade(&log));
        tokio::spawn(keep_looking(logs.clone(), Arc::downgrade(&log)));
        log
    }
}

async fn keep_looking(logs: AttemptLogs, log: Weak<LiveLog>) {
    let Some((job, attempt)) = log.upgrade().map(|log| log.key.clone()) else {
        return;
    };
    let mut changes = logs.flows.runtime().watch(&job);
    let mut asked_at = Instant::now();
    loop {
        let has_changed = tokio::select! {
            () = sleep(LOOK_EVERY) => false,
            () = changes.next() => true,
        };
        let Some(log) = log.upgrade() else { return };
        // Before the look: what was written before the end is seen by it.
        let mut is_over = log.reader.get().is_some() && !logs.directory.is_live(&job, attempt);
        if has_changed || asked_at.elapsed() >= ASK_EVERY {
            asked_at = Instant::now();
            match logs.standing(&job, attempt).await {
                Ok(standing) if standing.is_over => is_over = true,
                // If its file is here after all, that is seen at the next look.
                Ok(standing) if standing.is_elsewhere && log.reader.get().is_none() => {
                    log.change(|written| written.is_elsewhere = true);
                }
                // Asked again: the store may be away.
                Ok(_) | Err(_) => {}
            }
        }
        log.look(&logs, is_over);
        if is_over {
            return;
        }
    }
}

impl LiveLog {
    pub(super) fn reader(&self) -> Option<&ConsoleReader> {
        self.reader.get()
    }

    pub(super) fn written(&self) -> Written {
        *self.written.borrow()
    }

    /// Returns when the log has got beyond this offset, or nothing more comes.
    pub(super) async fn beyond(&self, offset: u64) -> Written {
        let mut written = self.written.subscribe();
        let is_beyond =
            |written: &Written| written.total > offset || written.is_over || written.is_elsewhere;
        // The sender is ours.
        let found = written.wait_for(is_beyond).await;
        found.map_or_else(|_| self.written(), |written| *written)
    }

    fn look(&self, logs: &AttemptLogs, is_over: bool) {
        let (job, attempt) = &self.key;
        if self.reader.get().is_none()
            && let Some(reader) = logs.directory.live(job, *attempt)
        {
            self.reader.get_or_init(|| reader);
        }
        let extent = self.reader.get().map(ConsoleReader::extent);
        self.change(|written| {
            match extent {
                Some(Ok(extent)) => {
                    written.total = extent.total;
                    written.is_elsewhere = false;
                }
                // Whoever reads it is told why.
                Some(Err(_)) => written.is_over = true,
                None => {}
            }
            written.is_over |= is_over;
        });
    }

    fn change(&self, change: impl FnOnce(&mut Written)) {
        self.written.send_if_modified(|written| {
            let before = *written;
            change(written);
            *written != before
        });
    }
}
