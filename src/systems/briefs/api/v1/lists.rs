//! Articles and accounts of a brief, a page at a time.

use poem_openapi::OpenApi;
use poem_openapi::param::{Path, Query};
use serde_json::{Value, json};

use super::briefs::searched;
use super::cursor::Cursor;
use super::models::{BriefAccountList, BriefArticleList};
use super::{Groups, fifty};
use crate::http::Who;
use crate::http::error::Failure;
use crate::http::shown::Shown;
use crate::http::v1::views::job_id;
use crate::systems::briefs::api::asking::fault;
use crate::systems::briefs::api::briefs::Briefs;
use crate::systems::briefs::api::figures::{self, ACCOUNT_ORDERS, ARTICLE_ORDERS};
use crate::systems::briefs::storing::{
    AccountKey, AccountQuery, ArticleKey, ArticleQuery, Descent, Order,
};

/// The operations.
pub(crate) struct BriefListsApi(pub Briefs);

#[OpenApi(tag = "Groups::Briefs")]
impl BriefListsApi {
    /// List the articles of a brief
    ///
    /// Those that are stored so far: by platform and id, which stays as it is while more are stored; or in an
    /// order that is asked for.
    #[oai(
        path = "/v1/briefs/:job_id/articles",
        method = "get",
        operation_id = "list_brief_articles"
    )]
    #[expect(clippy::too_many_arguments, reason = "each is a parameter of the call")]
    async fn list_brief_articles(
        &self,
        who: Who,
        job_id: Path<String>,
        /// Only articles of this platform.
        platform: Query<Option<String>>,
        /// Only articles that count for this keyword of the brief.
        keyword: Query<Option<String>>,
        /// A part of the account's name.
        #[oai(validator(max_length = 200))]
        user_name: Query<Option<String>>,
        /// `interraction`, a count, `post_time` or `user_fans`.
        order_by: Query<Option<String>>,
        /// `desc` or `asc`.
        order: Query<Option<String>>,
        /// Articles on a page.
        #[oai(
            default = "fifty",
            validator(minimum(value = "1"), maximum(value = "200"))
        )]
        limit: Query<u32>,
        /// `next` of the page before.
        after: Query<Option<String>>,
    ) -> poem::Result<Shown<BriefArticleList>> {
        let found = self.0.find(&who, &self::job_id(&job_id)?).await?;
        let platforms = self
            .0
            .platforms_of(&found, searched("platform", platform.0)?)?;
        let ordered = ordered(order_by.0, order.0, &ARTICLE_ORDERS)?;
        let query = ArticleQuery {
            keyword: searched("keyword", keyword.0)?,
            user_name: searched("user_name", user_name.0)?,
            order: ordered.map(|(order, _)| order).unwrap_or_default(),
            descent: ordered.map(|(_, descent)| descent).unwrap_or_default(),
        };
        let limit = limit.0 as usize;
        let place = Place::of(Cursor::read(after.0)?, ordered.is_some())?;
        let (job, from) = (found.brief.job, place.clone());
        // One more than asked for shows whether there is a next page.
        let most = limit as u64 + 1;
        let mut articles = self
            .0
            .read(move |tables| match from {
                Place::Behind(offset) => {
                    let listed = tables.articles(&job, &platforms, &query, offset, most);
                    listed.map(|listed| listed.articles)
                }
                Place::After(key) => {
                    let key = key.map(|(platform, id)| ArticleKey { platform, id });
                    tables.articles_after(&job, &platforms, &query, key.as_ref(), most)
                }
            })
            .await?;
        let more = articles.len() > limit;
        articles.truncate(limit);
        let last = articles.last().filter(|_| more);
        let last = last.map(|last| (last.platform.clone(), last.article.id.clone()));
        let next = place.next(limit, last);
        let shown = articles.iter();
        let shown: Vec<Value> = shown
            .map(|stored| figures::article(stored, self.0.zone))
            .collect();
        Ok(Shown::new(json!({ "articles": shown, "next": next })))
    }

    /// List the accounts of a brief
    ///
    /// With the sums of their articles that are stored so far: by platform and account, or in an order that is
    /// asked for.
    #[oai(
        path = "/v1/briefs/:job_id/accounts",
        method = "get",
        operation_id = "list_brief_accounts"
    )]
    #[expect(clippy::too_many_arguments, reason = "each is a parameter of the call")]
    async fn list_brief_accounts(
        &self,
        who: Who,
        job_id: Path<String>,
        /// Only accounts of this platform.
        platform: Query<Option<String>>,
        /// A part of the account's name.
        #[oai(validator(max_length = 200))]
        user_name: Query<Option<String>>,
        /// `interraction`, a count, `article_count`, `post_time` or `user_fans`.
        order_by: Query<Option<String>>,
        /// `desc` or `asc`.
        order: Query<Option<String>>,
        /// Accounts on a page.
        #[oai(
            default = "fifty",
            validator(minimum(value = "1"), maximum(value = "200"))
        )]
        limit: Query<u32>,
        /// `next` of the page before.
        after: Query<Option<String>>,
    ) -> poem::Result<Shown<BriefAccountList>> {
        let found = self.0.find(&who, &self::job_id(&job_id)?).await?;
        let platforms = self
            .0
            .platforms_of(&found, searched("platform", platform.0)?)?;
        let ordered = ordered(order_by.0, order.0, &ACCOUNT_ORDERS)?;
        let query = AccountQuery {
            user_name: searched("user_name", user_name.0)?,
            order: ordered.map(|(order, _)| order).unwrap_or_default(),
            descent: ordered.map(|(_, descent)| descent).unwrap_or_default(),
        };
        let limit = limit.0 as usize;
        let place = Place::of(Cursor::read(after.0)?, ordered.is_some())?;
        let (job, from) = (found.brief.job, place.clone());
        let most = limit as u64 + 1;
        let mut accounts = self
            .0
            .read(move |tables| match from {
                Place::Behind(offset) => {
                    let listed = tables.accounts(&job, &platforms, &query, offset, most);
                    listed.map(|listed| listed.accounts)
                }
                Place::After(key) => {
                    let key = key.map(|(platform, account)| AccountKey { platform, account });
                    tables.accounts_after(&job, &platforms, &query, key.as_ref(), most)
                }
            })
            .await?;
        let more = accounts.len() > limit;
        accounts.truncate(limit);
        let last = accounts.last().filter(|_| more);
        let last = last.map(|last| (last.platform.clone(), last.account.clone()));
        let next = place.next(limit, last);
        let shown: Vec<Value> = accounts.iter().map(figures::account).collect();
        Ok(Shown::new(json!({ "accounts": shown, "next": next })))
    }
}

/// Where a page begins.
#[derive(Clone, Debug)]
enum Place {
    /// In the order of keys, behind one.
    After(Option<(String, String)>),
    /// In another order, behind so many.
    Behind(u64),
}

impl Place {
    /// A list is read on in the order in which it was begun.
    fn of(cursor: Option<Cursor>, is_ordered: bool) -> Result<Self, Failure> {
        match (cursor, is_ordered) {
            (None, false) => Ok(Self::After(None)),
            (None, true) => Ok(Self::Behind(0)),
            (Some(Cursor::Key(platform, key)), false) => Ok(Self::After(Some((platform, key)))),
            (Some(Cursor::Offset(offset)), true) => Ok(Self::Behind(offset)),
            (Some(_), _) => Err(fault(
                "after",
                "expected the same `order_by` as of the page before",
            )),
        }
    }

    /// `last`: the last row of this page, if there is another one.
    fn next(&self, limit: usize, last: Option<(String, String)>) -> Option<String> {
        let (platform, key) = last?;
        let cursor = match self {
            Self::After(_) => Cursor::Key(platform, key),
            Self::Behind(offset) => Cursor::Offset(offset + limit as u64),
        };
        Some(cursor.text())
    }
}

/// `None`: in the order of keys.
fn ordered(
    order_by: Option<String>,
    order: Option<String>,
    names: &[&str],
) -> Result<Option<(Order, Descent)>, Failure> {
    let given = |text: Option<String>| text.filter(|text| !text.is_empty());
    let descent = match given(order).as_deref() {
        None => None,
        Some("desc") => Some(Descent::Descending),
        Some("asc") => Some(Descent::Ascending),
        Some(_) => return Err(fault("order", "expected asc or desc")),
    };
    let Some(name) = given(order_by) else {
        return Ok(descent.map(|descent| (Order::default(), descent)));
    };
    let problem = format!("expected one of {}", names.join(", "));
    let known = names.contains(&name.as_str());
    let order = Order::named(&name).filter(|_| known);
    let order = order.ok_or_else(|| fault("order_by", &problem))?;
    Ok(Some((order, descent.unwrap_or_default())))
}
