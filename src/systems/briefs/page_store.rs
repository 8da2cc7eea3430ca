//! What collecting asks of storing.

use async_trait::async_trait;
use entity::JobId;

use super::storing::{FetchedPage, Stored};
use crate::engine::seam::StepError;

/// Merges the articles of pages into `brief_<platform>`.
///
/// Pages may come in any order, many at once, and again after a crash: the rows are the same. Whoever calls tries
/// again after an error that is transient; meanwhile the page is kept as `fetched`. What is on its way with another
/// attempt than the one that its page has by now counts no more.
#[async_trait]
pub(crate) trait ArticleStore: Send + Sync {
    /// Returns once the rows of a page are durable, or the page is in its topic: then the consumer notes its parts
    /// in `audience_brief_part`, in which collecting looks for them.
    async fn store(&self, page: FetchedPage) -> Result<Stored, StepError>;

    /// How many rows of a platform a brief has.
    async fn count(&self, job: &JobId, platform: &str) -> Result<u64, StepError>;

    /// Drops the rows of a platform of a brief: they are made again from the pages that still count.
    async fn clear(&self, job: &JobId, platform: &str) -> Result<(), StepError>;
}
