//! What collecting asks of whoever stores articles.

use async_trait::async_trait;
use entity::JobId;

use super::article::{Article, KeywordSet, PageId};
use crate::engine::seam::StepError;

/// A page whose articles are to be stored: they were judged, and only those are left that count.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct FetchedPage {
    pub platform: String,
    pub page: PageId,
    /// Goes up when the request was changed, or the rows of its brief are made anew. What is on its way with a
    /// smaller one does not count any more.
    pub attempt: i32,
    pub articles: Vec<Judged>,
}

/// An article, and the keywords for which it counts, by their numbers in the request.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Judged {
    pub article: Article,
    pub keywords: KeywordSet,
}

/// Merges the articles of pages into `brief_<platform>`.
///
/// Pages may come in any order, and again after a crash: the rows are the same. An error that is transient is
/// tried again by whoever asks, as long as the brief goes on; meanwhile the pages are kept as `fetched`.
#[async_trait]
pub(crate) trait PageStore: Send + Sync {
    /// Returns once all rows of these pages are durable.
    async fn store(&self, job: &JobId, pages: Vec<FetchedPage>) -> Result<(), StepError>;

    /// How many rows of a platform a brief has.
    async fn count(&self, job: &JobId, platform: &str) -> Result<u64, StepError>;

    /// Drops the rows of a platform of a brief, which are made again from the pages that still count.
    async fn clear(&self, job: &JobId, platform: &str) -> Result<(), StepError>;
}
