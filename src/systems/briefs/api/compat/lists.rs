//! What the calls that only read answer, whether they come by POST or by GET.

use serde_json::{Value, json};

use crate::http::Who;
use crate::http::error::Failure;
use crate::systems::briefs::api::asking::Members;
use crate::systems::briefs::api::briefs::Briefs;
use crate::systems::briefs::api::figures::{self, ACCOUNT_ORDERS, ARTICLE_ORDERS};
use crate::systems::briefs::store::BriefFilter;
use crate::systems::briefs::storing::{AccountQuery, ArticleQuery};

/// Pages are counted from 1, and none is behind this one.
const PAGE_MAX: u64 = 1_000_000_000;

const PAGE_SIZE_MAX: u64 = 200;

impl Briefs {
    pub(super) async fn answer_view(&self, who: &Who, members: &Members) -> Result<Value, Failure> {
        members.only(&["job_id"])?;
        let found = self.find(who, &members.job_id()?).await?;
        self.view(&found).await
    }

    pub(super) async fn answer_search(
        &self,
        who: &Who,
        members: &Members,
    ) -> Result<Value, Failure> {
        members.only(&[
            "job_name",
            "keyword",
            "platform",
            "status",
            "create_start",
            "create_end",
            "page",
            "page_size",
        ])?;
        let (page, page_size) = page_of(members, 10)?;
        // Callers give whole seconds.
        let to = members.time("create_end", self.zone)?;
        let filter = BriefFilter {
            name: members.text("job_name")?,
            keyword: members.text("keyword")?,
            platform: members.text("platform")?,
            status: members.status()?,
            from: members.time("create_start", self.zone)?,
            to: to.map(|micros| micros + 999_999),
            queues: who.scope().queues().map(<[String]>::to_vec),
            ..BriefFilter::default()
        };
        let offset = (page - 1) * page_size;
        let (total, found) = self.list(who, &filter, offset, page_size).await?;
        let list = self.views(&found).await?;
        Ok(json!({ "total": total, "page": page, "page_size": page_size, "list": list }))
    }

    pub(super) async fn answer_articles(
        &self,
        who: &Who,
        members: &Members,
    ) -> Result<Value, Failure> {
        members.only(&[
            "job_id",
            "platform",
            "keyword",
            "user_name",
            "order_by",
            "order",
            "page",
            "page_size",
        ])?;
        let (page, page_size) = page_of(members, 20)?;
        let (order, descent) = members.order(&ARTICLE_ORDERS)?;
        let query = ArticleQuery {
            keyword: members.text("keyword")?,
            user_name: members.text("user_name")?,
            order,
            descent,
        };
        let platform = members.text("platform")?;
        let found = self.find(who, &members.job_id()?).await?;
        let platforms = self.platforms_of(&found, platform)?;
        let (job, skip) = (found.brief.job, (page - 1) * page_size);
        let listed = self
            .read(move |tables| tables.articles(&job, &platforms, &query, skip, page_size))
            .await?;
        let list = listed.articles.iter();
        let list: Vec<Value> = list
            .map(|stored| figures::article(stored, self.zone))
            .collect();
        Ok(json!({
            "total": listed.total, "page": page, "page_size": page_size, "list": list,
        }))
    }

    pub(super) async fn answer_accounts(
        &self,
        who: &Who,
        members: &Members,
    ) -> Result<Value, Failure> {
        members.only(&[
            "job_id",
            "platform",
            "user_name",
            "order_by",
            "order",
            "page",
            "page_size",
        ])?;
        let (page, page_size) = page_of(members, 20)?;
        let (order, descent) = members.order(&ACCOUNT_ORDERS)?;
        let query = AccountQuery {
            user_name: members.text("user_name")?,
            order,
            descent,
        };
        let platform = members.text("platform")?;
        let found = self.find(who, &members.job_id()?).await?;
        let platforms = self.platforms_of(&found, platform)?;
        let (job, skip) = (found.brief.job, (page - 1) * page_size);
        let listed = self
            .read(move |tables| tables.accounts(&job, &platforms, &query, skip, page_size))
            .await?;
        let list: Vec<Value> = listed.accounts.iter().map(figures::account).collect();
        Ok(json!({
            "total": listed.total, "page": page, "page_size": page_size, "list": list,
        }))
    }

    pub(super) async fn answer_progress(
        &self,
        who: &Who,
        members: &Members,
    ) -> Result<Value, Failure> {
        members.only(&["job_id"])?;
        let found = self.find(who, &members.job_id()?).await?;
        self.progress(&found).await
    }
}

fn page_of(members: &Members, usual: u64) -> Result<(u64, u64), Failure> {
    Ok((
        members.number("page", 1, 1..=PAGE_MAX)?,
        members.number("page_size", usual, 1..=PAGE_SIZE_MAX)?,
    ))
}
