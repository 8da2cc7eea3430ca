//! Searches logs, and counts their lines, on threads for blocking work, as long as somebody waits for
//! what is found.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::timeout;

use super::attempt_log::{AttemptLog, Source};
use super::error::LogError;
use super::kept::blocking;
use crate::systems::pipelines::console::{
    ConsoleReader, Findings, LinePage, LinePlace, LinesWanted, Pattern, Wanted,
};

/// Searches at the same time. Each keeps a processor busy; that of a packed log keeps several.
const AT_ONCE_MAX: usize = 2;

static AT_ONCE: Semaphore = Semaphore::const_new(AT_ONCE_MAX);

/// Who waits longer for a turn is asked to come again.
const TURN_WITHIN: Duration = Duration::from_secs(10);

/// Stops a search when the call that waits for it is dropped.
struct StopOnDrop(Arc<AtomicBool>);

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

async fn turn() -> Result<SemaphorePermit<'static>, LogError> {
    let turn = timeout(TURN_WITHIN, AT_ONCE.acquire()).await;
    let turn = turn.ok().and_then(Result::ok);
    turn.ok_or(LogError::TooManySearches {
        at_once: AT_ONCE_MAX,
    })
}

impl AttemptLog {
    /// Finds lines in what has been written so far. Dropping the future stops the search.
    pub(crate) async fn search(
        &self,
        pattern: Pattern,
        wanted: Wanted,
    ) -> Result<Findings, LogError> {
        let turn = turn().await?;
        let look = move |log: &ConsoleReader, is_stopped: &AtomicBool| {
            // Given back when the search has ended, which is later than the end of who waits.
            let _turn = turn;
            log.search(&pattern, &wanted, is_stopped)
        };
        self.look(look).await
    }

    /// Reads some lines of what has been written so far. Dropping the future ends it.
    pub(crate) async fn lines(&self, wanted: LinesWanted) -> Result<LinePage, LogError> {
        let counts = wanted.numbers || matches!(wanted.place, LinePlace::Number(_));
        let turn = match counts {
            true => Some(turn().await?),
            false => None,
        };
        let look = move |log: &ConsoleReader, is_stopped: &AtomicBool| {
            let _turn = turn;
            log.lines(&wanted, is_stopped)
        };
        self.look(look).await
    }

    /// Nothing was written, or nobody asks any more: the default.
    async fn look<T: Default + Send + 'static>(
        &self,
        look: impl FnOnce(&ConsoleReader, &AtomicBool) -> io::Result<Option<T>> + Send + 'static,
    ) -> Result<T, LogError> {
        let stop = StopOnDrop(Arc::default());
        let is_stopped = Arc::clone(&stop.0);
        let look = move |log: &ConsoleReader| look(log, &is_stopped);
        let found = match &self.source {
            Source::Live(log) => {
                let log = Arc::clone(log);
                blocking(move || log.reader().map_or(Ok(None), look)).await?
            }
            Source::Kept(log) => log.with(look).await?,
            Source::Nothing => None,
        };
        drop(stop);
        Ok(found.unwrap_or_default())
    }
}
