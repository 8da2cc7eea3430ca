//! Lists of articles, a page at a time.

use std::collections::HashMap;

use entity::JobId;

use super::columns::{ARTICLE_ID, Descent, JOB_ID, Order, POST_TIME};
use super::merging::read_rows;
use super::{ArticleTables, table_of};
use crate::systems::briefs::exporting::StoredArticle;
use crate::systems::briefs::storing::error::{StoringError, failed_to};
use crate::tables::{Cells, ColumnType, DatabaseError, Dialect, Session, Value};

const LIST: &str = "list articles";

/// Ids of one query.
const IDS_AT_ONCE: usize = 256;

/// Which articles are wanted, and in which order.
#[derive(Clone, Debug, Default)]
pub(crate) struct ArticleQuery {
    /// One of the brief's, as it was written.
    pub keyword: Option<String>,
    /// A part of it.
    pub user_name: Option<String>,
    pub order: Order,
    pub descent: Descent,
}

/// A page of a list.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct ArticleList {
    pub total: u64,
    pub articles: Vec<StoredArticle>,
}

/// The place of an article in the list that is read key by key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ArticleKey {
    pub platform: String,
    pub id: String,
}

/// An article of which the place of its platform and its id are known.
pub(super) struct Found {
    place: usize,
    id: String,
}

impl Found {
    pub fn read(cells: &dyn Cells) -> Result<Option<Self>, DatabaseError> {
        let place = cells.integer(0)?;
        let place = place.and_then(|place| usize::try_from(place).ok());
        let id = cells.text(1)?;
        Ok(place.zip(id).map(|(place, id)| Self { place, id }))
    }
}

impl ArticleTables {
    /// So many articles of these platforms after the first `skip` ones, and how many there are in all.
    pub fn articles(
        &self,
        job: &JobId,
        platforms: &[String],
        query: &ArticleQuery,
        skip: u64,
        limit: u64,
    ) -> Result<ArticleList, StoringError> {
        if self.database()?.is_missing_file() {
            return Ok(ArticleList::default());
        }
        self.with_session(|database, session| {
            let dialect = database.dialect();
            let platforms = self.present(dialect, session, platforms)?;
            if platforms.is_empty() {
                return Ok(ArticleList::default());
            }
            let filter = Filter::of(dialect, query);
            let values = filter.values(job);
            let sql = filter.counted(dialect, &platforms);
            let mut total = 0;
            let counted = session.read(&sql, &values, &mut |cells| {
                let count = cells.integer(0)?.unwrap_or_default();
                total = u64::try_from(count).unwrap_or_default();
                Ok(true)
            });
            counted.map_err(failed_to(LIST))?;
            let sql = filter.sorted(dialect, &platforms, query, skip, limit);
            let found = find(session, &sql, &values)?;
            let articles = read_found(dialect, session, job, &platforms, &found)?;
            Ok(ArticleList { total, articles })
        })
    }

    /// So many articles behind one, by platform and id: in the order of `platforms`.
    pub fn articles_after(
        &self,
        job: &JobId,
        platforms: &[String],
        query: &ArticleQuery,
        after: Option<&ArticleKey>,
        limit: u64,
    ) -> Result<Vec<StoredArticle>, StoringError> {
        if self.database()?.is_missing_file() {
            return Ok(Vec::new());
        }
        self.with_session(|database, session| {
            let dialect = database.dialect();
            let platforms = self.present(dialect, session, platforms)?;
            let filter = Filter::of(dialect, query);
            let first = after.and_then(|key| {
                let mut places = platforms.iter();
                places.position(|platform| *platform == key.platform)
            });
            let mut found = Vec::new();
            let all = platforms.iter().enumerate();
            for (place, platform) in all.skip(first.unwrap_or(0)) {
                let left = limit.saturating_sub(found.len() as u64);
                if left == 0 {
                    break;
                }
                // Behind the first platform all articles are behind the key. No id is the empty text.
                let is_first = first == Some(place);
                let id = after.filter(|_| is_first).map_or("", |key| key.id.as_str());
                let sql = filter.by_key(dialect, platform, place, left);
                let mut values = filter.values(job);
                values.push(Value::Text(id));
                found.extend(find(session, &sql, &values)?);
            }
            read_found(dialect, session, job, &platforms, &found)
        })
    }
}

fn find(
    session: &mut dyn Session,
    sql: &str,
    values: &[Value<'_>],
) -> Result<Vec<Found>, StoringError> {
    let mut found = Vec::new();
    let read = session.read(sql, values, &mut |cells| {
        found.extend(Found::read(cells)?);
        Ok(true)
    });
    read.map_err(failed_to(LIST))?;
    Ok(found)
}

/// The rows of what was found, in the same order. One that is gone meanwhile is left out.
pub(super) fn read_found(
    dialect: &dyn Dialect,
    session: &mut dyn Session,
    job: &JobId,
    platforms: &[&str],
    found: &[Found],
) -> Result<Vec<StoredArticle>, StoringError> {
    let mut rows: HashMap<(usize, String), StoredArticle> = HashMap::new();
    for (place, platform) in platforms.iter().enumerate() {
        let ids = found.iter().filter(|found| found.place == place);
        let ids: Vec<&str> = ids.map(|found| found.id.as_str()).collect();
        for ids in ids.chunks(IDS_AT_ONCE) {
            for row in read_rows(dialect, session, platform, job, ids)? {
                let stored = row.into_stored(platform)?;
                rows.insert((place, stored.article.id.clone()), stored);
            }
        }
    }
    let ordered = found.iter();
    let ordered = ordered.filter_map(|found| rows.remove(&(found.place, found.id.clone())));
    Ok(ordered.collect())
}

/// The condition of a query. `?1` is the job, and what is searched for follows.
struct Filter {
    condition: String,
    searched: Vec<String>,
}

impl Filter {
    fn of(dialect: &dyn Dialect, query: &ArticleQuery) -> Self {
        let mut condition = format!("{} = ?1", dialect.quoted(JOB_ID));
        let mut searched = Vec::new();
        let mut add = |text: String, part: String| {
            searched.push(part);
            let place = format!("?{}", searched.len() + 1);
            condition += &format!(" AND {}", dialect.contains(&text, &place));
        };
        if let Some(keyword) = &query.keyword {
            let joined = dialect.joined(&["','", &dialect.quoted("keyword"), "','"]);
            add(joined, format!(",{keyword},"));
        }
        if let Some(user_name) = &query.user_name {
            add(dialect.quoted("user_name"), user_name.clone());
        }
        Self {
            condition,
            searched,
        }
    }

    fn values<'v>(&'v self, job: &'v JobId) -> Vec<Value<'v>> {
        let mut values = vec![Value::Text(job.as_str())];
        values.extend(self.searched.iter().map(|text| Value::Text(text)));
        values
    }

    fn counted(&self, dialect: &dyn Dialect, platforms: &[&str]) -> String {
        let parts = platforms.iter().map(|platform| {
            let table = dialect.quoted(&table_of(platform));
            format!(
                "SELECT COUNT(*) AS amount FROM {table} WHERE {}",
                self.condition
            )
        });
        let parts = parts.collect::<Vec<_>>().join(" UNION ALL ");
        let sum = dialect.converted("SUM(amount)", ColumnType::Integer);
        format!("SELECT {sum} FROM ({parts}) AS counted")
    }

    /// Selects the place of the platform and the id of each article of a page.
    fn sorted(
        &self,
        dialect: &dyn Dialect,
        platforms: &[&str],
        query: &ArticleQuery,
        skip: u64,
        limit: u64,
    ) -> String {
        let [id, time] = [ARTICLE_ID, POST_TIME].map(|name| dialect.quoted(name));
        let amount = match query.order {
            // Each article is one.
            Order::ArticleCount => dialect.converted("1", ColumnType::Integer),
            order => dialect.quoted(order.name()),
        };
        let parts = platforms.iter().enumerate().map(|(place, platform)| {
            let place = dialect.converted(&place.to_string(), ColumnType::Integer);
            let table = dialect.quoted(&table_of(platform));
            format!(
                "SELECT {place} AS place, {id} AS id, {amount} AS amount, {time} AS posted
                 FROM {table} WHERE {}",
                self.condition
            )
        });
        let parts = parts.collect::<Vec<_>>().join(" UNION ALL ");
        let descent = query.descent.sql();
        format!(
            "SELECT place, id FROM ({parts}) AS found
             ORDER BY CASE WHEN amount IS NULL THEN 1 ELSE 0 END, amount {descent}, posted DESC,
                      id, place
             LIMIT {limit} OFFSET {skip}"
        )
    }

    /// Selects the same of one platform, by id, behind the last value.
    fn by_key(&self, dialect: &dyn Dialect, platform: &str, place: usize, limit: u64) -> String {
        let place = dialect.converted(&place.to_string(), ColumnType::Integer);
        let id = dialect.quoted(ARTICLE_ID);
        format!(
            "SELECT {place} AS place, {id} AS id FROM {} WHERE {} AND {id} > ?{} ORDER BY {id}
             LIMIT {limit}",
            dialect.quoted(&table_of(platform)),
            self.condition,
            self.searched.len() + 2
        )
    }
}
