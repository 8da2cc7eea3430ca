//! Stores a page that is settled: reads its articles if need be, makes rows of those that count, and tries again as
//! long as the output is away.

use std::sync::Arc;
use std::time::Duration;

use entity::JobId;
use tokio::time::{Instant, sleep};

use super::judge::Judge;
use super::service::Collecting;
use super::trouble::Trouble;
use crate::backoff::Backoff;
use crate::engine::seam::{StepError, blocking};
use crate::systems::briefs::article::{Article, PageId};
use crate::systems::briefs::storing::{BriefWords, FetchedPage, Stored};

/// A page on its way to the output.
pub(super) struct Storing {
    pub collecting: Collecting,
    pub job: JobId,
    pub platform: String,
    pub page: PageId,
    pub attempt: i32,
    /// `None`: they are read again.
    pub articles: Option<Vec<Article>>,
    /// The keyword that has found the page.
    pub found_for: Option<usize>,
    pub judge: Arc<Judge>,
    pub words: Arc<BriefWords>,
    /// Why pages are not stored, for all of a platform.
    pub trouble: Trouble,
}

/// The output is looked at again after these pauses.
const AGAIN: Backoff = Backoff {
    first: Duration::from_millis(200),
    longest: Duration::from_secs(5),
};

/// Whether a page that went through a topic is stored.
const LOOKS_AGAIN: Duration = Duration::from_millis(500);

/// Somebody should know of a page that has been in its topic for so long.
const LATE: Duration = Duration::from_secs(10);

impl Storing {
    pub async fn store(mut self) -> Result<(), StepError> {
        let articles = match self.articles.take() {
            Some(articles) => articles,
            None => self.read().await?,
        };
        let (judge, words) = (self.judge.clone(), self.words.clone());
        let (page, found_for) = (self.page, self.found_for);
        let turn = self.collecting.turn_to_make_rows().await;
        let rows = blocking(move || {
            let kept = judge.keep(articles, found_for);
            let rows = kept.map(|(article, keywords)| words.row(article, keywords, page));
            let rows = rows.collect::<Vec<_>>();
            // Kept until the work has ended, even if nobody waits for it any more.
            drop(turn);
            Ok(rows)
        });
        let fetched = FetchedPage {
            job: self.job.clone(),
            platform: self.platform.clone(),
            page,
            attempt: self.attempt,
            words: self.words.clone(),
            rows: rows.await?,
        };
        let mut failures = 0;
        loop {
            match self.collecting.articles().store(fetched.clone()).await {
                Ok(Stored::InTable) => {
                    self.trouble.clear();
                    return Ok(());
                }
                Ok(Stored::Sent) => {
                    self.trouble.clear();
                    return self.wait_for_parts().await;
                }
                Err(error) if error.is_transient() => {
                    failures += 1;
                    self.trouble.note(error.public_message());
                    sleep(AGAIN.pause(failures, u64::from(page.number))).await;
                }
                Err(error) => return Err(error),
            }
        }
    }

    async fn read(&self) -> Result<Vec<Article>, StepError> {
        let store = self.collecting.store();
        let PageId { sequence, number } = self.page;
        let mut found = store
            .packed(&self.job, &self.platform, sequence, &[number])
            .await?;
        Ok(found
            .pop()
            .map(|(_, articles)| articles)
            .unwrap_or_default())
    }

    /// The consumer of the topic may be in another process.
    async fn wait_for_parts(&self) -> Result<(), StepError> {
        let store = self.collecting.store();
        let late = Instant::now() + LATE;
        loop {
            let found = store
                .are_parts_stored(&self.job, &self.platform, self.page, self.attempt)
                .await;
            match found {
                Ok(true) => {
                    self.trouble.clear();
                    return Ok(());
                }
                Ok(false) if Instant::now() > late => {
                    self.trouble
                        .note("they are in their topic, and no consumer stores them");
                }
                Ok(false) => {}
                Err(error) if error.is_transient() => {}
                Err(error) => return Err(error.into()),
            }
            sleep(LOOKS_AGAIN).await;
        }
    }
}
