//! Searches logs on threads for blocking work, as long as somebody waits for what is found.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::time::timeout;

use super::attempt_log::{AttemptLog, Source};
use super::error::LogError;
use super::kept::blocking;
use crate::systems::pipelines::console::{ConsoleReader, Findings, Pattern, Wanted};

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

impl AttemptLog {
    /// Finds lines in what has been written so far. Dropping the future stops the search.
    pub(crate) async fn search(
        &self,
        pattern: Pattern,
        wanted: Wanted,
    ) -> Result<Findings, LogError> {
        let turn = timeout(TURN_WITHIN, AT_ONCE.acquire()).await;
        let turn = turn
            .ok()
            .and_then(Result::ok)
            .ok_or(LogError::TooManySearches {
                at_once: AT_ONCE_MAX,
            })?;
        let stop = StopOnDrop(Arc::default());
        let is_stopped = Arc::clone(&stop.0);
        let look = move |log: &ConsoleReader| {
            // Given back when the search has ended, which is later than the end of who waits.
            let _turn = turn;
            log.search(&pattern, &wanted, &is_stopped)
        };
        let found = match &self.source {
            Source::Live(log) => {
                let log = Arc::clone(log);
                blocking(move || log.reader().map_or(Ok(None), look)).await?
            }
            Source::Kept(log) => log.with(look).await?,
            Source::Nothing => None,
        };
        drop(stop);
        // Nothing was written; of a search that was stopped nobody asks.
        Ok(found.unwrap_or_default())
    }
}
