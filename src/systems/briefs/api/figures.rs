//! What is shown of a brief, of its articles and of its accounts.

use chrono_tz::Tz;
use entity::brief_export;
use serde_json::{Map, Value, json};

use super::briefs::Briefs;
use crate::http::error::Failure;
use crate::systems::briefs::article::{Count, FanLevel};
use crate::systems::briefs::exporting::StoredArticle;
use crate::systems::briefs::request::shown_time;
use crate::systems::briefs::store::{BriefOfJob, PlatformProgress};
use crate::systems::briefs::storing::AccountRow;

/// What is known of a brief besides its rows.
pub(super) struct Figures {
    pub total: PlatformProgress,
    pub articles: u64,
    pub accounts: u64,
    /// The export of its stage, once it can be downloaded.
    pub export: Option<brief_export::Model>,
}

impl Briefs {
    pub(super) async fn figures(&self, found: &BriefOfJob) -> Result<Figures, Failure> {
        let brief = &found.brief;
        let progress = self.store.progress(&brief.job).await?;
        let total = progress.of_platforms(&brief.request.platforms).total();
        let unsigned = |number: i64| u64::try_from(number).unwrap_or_default();
        let (articles, accounts) = match brief.articles.zip(brief.accounts) {
            Some((articles, accounts)) => (unsigned(articles), unsigned(accounts)),
            // Nothing is stored before the first page is asked for.
            None if brief.began_at.is_none() && brief.stage == 1 => (0, 0),
            None => {
                let (job, platforms) = (brief.job.clone(), brief.request.platforms.clone());
                let sums = self
                    .read(move |tables| tables.sums(&job, &platforms))
                    .await?;
                let all = sums.iter();
                all.fold((0, 0), |(articles, accounts), sums| {
                    (articles + sums.articles, accounts + sums.accounts)
                })
            }
        };
        let export = self.store.export(&brief.job, brief.stage).await?;
        Ok(Figures {
            total,
            articles,
            accounts,
            export: export.filter(|export| export.removed_at.is_none()),
        })
    }

    /// A brief as both surfaces show it.
    pub(in crate::systems::briefs) async fn view(
        &self,
        found: &BriefOfJob,
    ) -> Result<Value, Failure> {
        let figures = self.figures(found).await?;
        Ok(view(found, &figures, self.zone))
    }

    pub(super) async fn views(&self, found: &[BriefOfJob]) -> Result<Vec<Value>, Failure> {
        let mut views = Vec::with_capacity(found.len());
        for brief in found {
            views.push(self.view(brief).await?);
        }
        Ok(views)
    }
}

fn view(found: &BriefOfJob, figures: &Figures, zone: Tz) -> Value {
    let BriefOfJob { brief, job, status } = found;
    let request = &brief.request;
    let time = |micros: i64| shown_time(micros, zone);
    let id = job.id.as_str();
    let zip = figures.export.as_ref();
    let message = brief.message.as_ref().or(job.error.as_ref());
    let message = message.or(figures.total.message.as_ref());
    json!({
        "job_id": id,
        "job_name": request.job_name,
        "status": status.name(),
        "platforms": request.platforms,
        "keywords": request.keywords,
        "start_time": time(request.start_time),
        "end_time": time(request.end_time),
        "max_pages": request.max_pages,
        "deadline_s": request.deadline_s,
        "match": request.matching.name(),
        "create_time": time(job.created_at),
        "finish_time": job.ended_at.map(time),
        "stage": brief.stage,
        "zip": zip.map(|export| format!("{}_{id}.zip", export.stage)),
        "download_url": zip.map(|export| format!("/v1/briefs/{id}/export?stage={}", export.stage)),
        "article_count": figures.articles,
        "account_count": figures.accounts,
        "coverage": figures.total.coverage(),
        "message": message.or(job.waiting.as_ref()),
    })
}

/// An article in a list.
pub(super) fn article(stored: &StoredArticle, zone: Tz) -> Value {
    let article = &stored.article;
    let mut shown = Map::new();
    let mut add = |name: &str, value: Value| drop(shown.insert(name.to_owned(), value));
    add("platform", json!(stored.platform));
    add("keyword", json!(stored.keyword));
    add("url", json!(article.url));
    add("title", json!(article.title));
    add("content", json!(article.content));
    add("post_time", json!(shown_time(article.post_time, zone)));
    for count in Count::ALL {
        add(count.name(), json!(article.counts.get(count)));
    }
    add("interraction", json!(article.counts.interraction()));
    add("user_name", json!(article.user_name));
    add("user_fans", json!(article.user_fans));
    add(
        "user_fans_level",
        json!(FanLevel::of(article.user_fans).name()),
    );
    Value::Object(shown)
}

/// An account in a list.
pub(super) fn account(row: &AccountRow) -> Value {
    let mut shown = Map::new();
    let mut add = |name: &str, value: Value| drop(shown.insert(name.to_owned(), value));
    add("platform", json!(row.platform));
    add("user_name", json!(row.user_name));
    add("user_fans", json!(row.user_fans));
    add("user_fans_level", json!(FanLevel::of(row.user_fans).name()));
    add("article_count", json!(row.article_count));
    for count in Count::ALL {
        add(count.name(), json!(row.counts.get(count)));
    }
    add("interraction", json!(row.interraction));
    Value::Object(shown)
}

/// What lists of articles may be ordered by.
pub(super) const ARTICLE_ORDERS: [&str; 11] = [
    "interraction",
    "like",
    "read",
    "share",
    "comment",
    "collect",
    "play",
    "danmu",
    "download",
    "post_time",
    "user_fans",
];

/// The same of accounts.
pub(super) const ACCOUNT_ORDERS: [&str; 12] = [
    "interraction",
    "like",
    "read",
    "share",
    "comment",
    "collect",
    "play",
    "danmu",
    "download",
    "post_time",
    "user_fans",
    "article_count",
];
