//! Pages that others push: what is sent under one key is a page, which waits until the brief asks for it.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chrono_tz::Tz;
use entity::{JobId, brief_pushed};
use serde_json::Value;
use tokio::sync::Notify;
use tokio::time::Instant;

use super::{PageAnswer, PageAsk, PageSource, Sequences};
use crate::clock;
use crate::engine::store::StoreError;
use crate::systems::briefs::adapter::{Field, ItemReader, Next};
use crate::systems::briefs::collecting::Judge;
use crate::systems::briefs::request::{BriefRequest, RequestFault};
use crate::systems::briefs::store::{BriefStore, PushedPage, Pushing, unpack};
use crate::systems::briefs::upstream::CallFault;

/// Other processes take pages, too, of which nothing is heard here.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// Pages that are pushed to the briefs of a process. Clones share the bell.
#[derive(Clone, Debug)]
pub(crate) struct Pushed {
    store: BriefStore,
    bell: Arc<Notify>,
}

impl Pushed {
    pub fn of(store: BriefStore) -> Self {
        Self {
            store,
            bell: Arc::default(),
        }
    }

    pub(super) fn store(&self) -> &BriefStore {
        &self.store
    }

    /// Stores a page, and lets those know that wait for it.
    pub async fn push(
        &self,
        job: &JobId,
        platform: &str,
        page: PushedPage,
    ) -> Result<Pushing, StoreError> {
        let pushed = self.store.push(job, platform, &page).await?;
        self.bell.notify_waiters();
        Ok(pushed)
    }

    /// Waits for a page. `idle`: how long it may take until there is none any more.
    pub(super) async fn wait(
        &self,
        page: &PageAsk,
        platform: &str,
        idle: Option<Duration>,
    ) -> Result<PageAnswer, CallFault> {
        let began = Instant::now();
        let number = i32::try_from(page.number).unwrap_or(i32::MAX);
        loop {
            let rung = self.bell.notified();
            // What comes while the store is read is not missed.
            tokio::pin!(rung);
            rung.as_mut().enable();
            let found = self.store.pushed(&page.job, platform, number).await;
            match found {
                Ok(Some(row)) => return answer(row),
                Ok(None) => {}
                Err(error) if error.is_transient() => {}
                Err(_) => {
                    let reason = "the pages that were pushed cannot be read".to_owned();
                    return Err(CallFault::Transient(reason));
                }
            }
            if idle.is_some_and(|idle| began.elapsed() >= idle) {
                return Ok(PageAnswer {
                    next: Next::End,
                    answered_at: clock::now_micros(),
                    ..PageAnswer::default()
                });
            }
            tokio::time::timeout(LOOK_EVERY, rung).await.ok();
        }
    }
}

fn answer(row: brief_pushed::Model) -> Result<PageAnswer, CallFault> {
    let articles = unpack(&row.articles)
        .ok_or_else(|| CallFault::Final("the page that was pushed cannot be read".to_owned()))?;
    let count = |count: i32| u64::from(count.unsigned_abs());
    Ok(PageAnswer {
        articles,
        received: count(row.received),
        rejected: count(row.rejected),
        first_rejected: row.rejected_path,
        // Only its sender knows which page is the last one, also behind an empty one.
        next: match row.ends {
            true => Next::End,
            false => Next::Cursor([("after".to_owned(), row.number.into())].into()),
        },
        answered_at: row.created_at,
    })
}

/// A platform whose pages are pushed over HTTP.
pub(crate) struct PushSource {
    pushed: Pushed,
    platform: String,
}

impl PushSource {
    pub fn new(pushed: Pushed, platform: &str) -> Self {
        Self {
            pushed,
            platform: platform.to_owned(),
        }
    }
}

#[async_trait]
impl PageSource for PushSource {
    fn sequences(&self) -> Sequences {
        Sequences::One
    }

    fn is_called(&self) -> bool {
        false
    }

    async fn ask(&self, page: &PageAsk) -> Result<PageAnswer, CallFault> {
        self.pushed.wait(page, &self.platform, None).await
    }
}

/// Reads items by a map, and counts which of their articles count by a request.
pub(crate) fn read_pushed(
    map: &[Field],
    request: &BriefRequest,
    items: &[Value],
    zone: Tz,
) -> Result<PushedPage, RequestFault> {
    let reader = ItemReader::new(map, zone, clock::now_micros());
    let mut page = PushedPage {
        received: items.len() as u64,
        ..PushedPage::default()
    };
    for (no, item) in items.iter().enumerate() {
        match reader.read(item) {
            Ok(article) => page.articles.push(article),
            Err(rejected) => {
                page.rejected += 1;
                page.rejected_path
                    .get_or_insert_with(|| format!("[{no}] {rejected}"));
            }
        }
    }
    let verdict = Judge::new(request)?.count(&page.articles, None);
    page.kept = verdict.kept;
    page.filtered = verdict.filtered;
    page.out_of_range = verdict.out_of_range;
    Ok(page)
}

#[cfg(test)]
mod tests {
    use chrono_tz::Asia::Shanghai;
    use serde_json::json;

    use super::*;
    use crate::systems::briefs::adapter;
    use crate::systems::briefs::request::{KnownPlatforms, submit};

    #[test]
    fn what_is_pushed_is_read_and_counted() {
        let adapter = adapter::read(b"platform: crawler\nkind: push\n").unwrap();
        let members = json!({
            "keywords": ["防晒 -广告"], "start_time": "2026-11-01 00:00:00", "end_time": "2026-11-30 00:00:00",
        });
        let known = KnownPlatforms {
            on: vec!["crawler".to_owned()],
            off: Vec::new(),
        };
        let request = submit(members.as_object().unwrap(), &known, Shanghai, 0).unwrap();
        let items = [
            json!({ "id": 1, "title": "防晒霜", "post_time": "2026-11-20 08:00:00", "like": "1.2万" }),
            json!({ "id": "2", "title": "防晒 广告", "post_time": "2026-11-20 08:00:00" }),
            json!({ "id": "3", "title": "防晒", "post_time": "2026-12-20 08:00:00" }),
            json!({ "id": "4", "title": "防晒" }),
            json!("5"),
        ];
        let page = read_pushed(&adapter.map, &request, &items, Shanghai).unwrap();
        assert_eq!((page.received, page.kept, page.filtered), (5, 1, 1));
        assert_eq!((page.out_of_range, page.rejected), (1, 2));
        let path = page.rejected_path.unwrap();
        assert!(path.starts_with("[3] $"), "{path}");
        assert!(
            path.ends_with("post_time: expected a time") || path.contains("post_time"),
            "{path}"
        );
    }
}
