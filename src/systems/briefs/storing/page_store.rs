//! Takes the pages of all briefs of a process.

use std::sync::Arc;

use async_trait::async_trait;
use entity::JobId;

use super::error::StoringError;
use super::page::FetchedPage;
use super::tables::ArticleTables;
use super::topics::{PageSender, Sent, Topics};
use super::writer::Writer;
use crate::engine::seam::{StepError, blocking};
use crate::systems::briefs::page_store::ArticleStore;

/// Where pages go. Clones share the queue.
#[derive(Clone)]
pub(crate) struct PageStore {
    tables: ArticleTables,
    writer: Arc<Writer>,
    sender: Option<Arc<PageSender>>,
}

/// Where a page is now. It survives the end of this process and a power cut there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stored {
    /// In its table: it can be `done`.
    InTable,
    /// In its topic: the consumer stores it, and notes its parts.
    Sent,
}

impl PageStore {
    /// Without `topics` pages go through a channel in the process.
    pub fn new(tables: ArticleTables, topics: Option<&Topics>) -> Self {
        Self {
            writer: Arc::new(Writer::new(tables.clone())),
            sender: topics.map(|topics| Arc::new(PageSender::new(topics))),
            tables,
        }
    }

    /// Stores a page in its table, together with others that come meanwhile.
    pub(super) async fn write(&self, page: FetchedPage) -> Result<(), Arc<StoringError>> {
        match page.rows.is_empty() {
            true => Ok(()),
            false => self.writer.write(page).await,
        }
    }
}

#[async_trait]
impl ArticleStore for PageStore {
    async fn store(&self, page: FetchedPage) -> Result<Stored, StepError> {
        if let Some(sender) = self.sender.as_ref().filter(|_| !page.rows.is_empty()) {
            match sender.send(&page).await? {
                Sent::Whole => return Ok(Stored::Sent),
                Sent::TooLarge => {}
            }
        }
        self.write(page).await?;
        Ok(Stored::InTable)
    }

    async fn count(&self, job: &JobId, platform: &str) -> Result<u64, StepError> {
        let (tables, job, platform) = (self.tables.clone(), job.clone(), platform.to_owned());
        blocking(move || Ok(tables.count(&job, &platform)?)).await
    }

    async fn clear(&self, job: &JobId, platform: &str) -> Result<(), StepError> {
        let (tables, job, platform) = (self.tables.clone(), job.clone(), platform.to_owned());
        blocking(move || {
            tables.remove(&job, &platform)?;
            Ok(())
        })
        .await
    }
}
