//! Takes the pages of all briefs of a process, and makes collecting wait where too many are not stored yet.

use std::sync::Arc;

use tokio::sync::watch;

use super::error::StoringError;
use super::page::FetchedPage;
use super::tables::ArticleTables;
use super::writer::Writer;

/// Where pages go. Clones share the queue.
#[derive(Clone)]
pub(crate) struct PageStore {
    writer: Arc<Writer>,
    unstored: watch::Sender<u64>,
    unstored_max: u64,
}

/// Where a page is now. It survives the end of this process and a power cut there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stored {
    /// In its table: it can be `done`.
    InTable,
    /// In its topic: the consumer stores it, and says that it is `done`.
    Sent,
}

impl PageStore {
    /// `unstored_max`: pages at which collecting waits.
    pub fn new(tables: ArticleTables, unstored_max: u64) -> Self {
        Self {
            writer: Arc::new(Writer::new(tables)),
            unstored: watch::Sender::new(0),
            unstored_max,
        }
    }

    /// Stores a page together with others that come meanwhile; again and again is the same as once.
    pub async fn store(&self, page: FetchedPage) -> Result<Stored, Arc<StoringError>> {
        let _counted = Counted::begin(&self.unstored);
        self.writer.write(page).await?;
        Ok(Stored::InTable)
    }

    /// Returns once fewer pages are on their way than collecting may have.
    pub async fn wait_for_room(&self) {
        let mut unstored = self.unstored.subscribe();
        let max = self.unstored_max;
        // The sender is ours, so that it is there.
        unstored.wait_for(|pages| *pages < max).await.ok();
    }
}

/// A page on its way, until it is dropped.
struct Counted<'s>(&'s watch::Sender<u64>);

impl<'s> Counted<'s> {
    fn begin(unstored: &'s watch::Sender<u64>) -> Self {
        unstored.send_modify(|pages| *pages += 1);
        Self(unstored)
    }
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.0.send_modify(|pages| *pages -= 1);
    }
}
