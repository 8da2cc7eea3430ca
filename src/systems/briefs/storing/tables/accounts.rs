//! Lists of accounts: what the articles of each add up to.

use entity::JobId;

use super::columns::{Descent, INTERRACTION, JOB_ID, Order, POST_TIME};
use super::{ArticleTables, table_of};
use crate::systems::briefs::article::{Count, Counts};
use crate::systems::briefs::storing::error::{StoringError, failed_to};
use crate::tables::{Cells, ColumnType, DatabaseError, Dialect, Session, Value};

const LIST: &str = "list accounts";

/// Which accounts are wanted, and in which order.
#[derive(Clone, Debug, Default)]
pub(crate) struct AccountQuery {
    /// A part of it.
    pub user_name: Option<String>,
    pub order: Order,
    pub descent: Descent,
}

/// A page of a list.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct AccountList {
    pub total: u64,
    pub accounts: Vec<AccountRow>,
}

/// An account and the sums of its articles; a sum of which nothing is known is `None`.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct AccountRow {
    pub platform: String,
    /// Tells it apart from others of the platform.
    pub account: String,
    pub user_name: Option<String>,
    pub user_fans: Option<i64>,
    pub article_count: u64,
    pub counts: Counts,
    pub interraction: Option<i64>,
}

/// The place of an account in the list that is read key by key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AccountKey {
    pub platform: String,
    pub account: String,
}

impl ArticleTables {
    /// So many accounts of these platforms after the first `skip` ones, and how many there are in all.
    pub fn accounts(
        &self,
        job: &JobId,
        platforms: &[String],
        query: &AccountQuery,
        skip: u64,
        limit: u64,
    ) -> Result<AccountList, StoringError> {
        if self.database()?.is_missing_file() {
            return Ok(AccountList::default());
        }
        self.with_session(|database, session| {
            let dialect = database.dialect();
            let platforms = self.present(dialect, session, platforms)?;
            if platforms.is_empty() {
                return Ok(AccountList::default());
            }
            let parts = platforms.iter().enumerate();
            let parts = parts.map(|(place, platform)| grouped(dialect, place, platform, query, ""));
            let parts = parts.collect::<Vec<_>>().join(" UNION ALL ");
            let values = values(job, query);
            let mut total = 0;
            let sql = format!("SELECT COUNT(*) FROM ({parts}) AS counted");
            let counted = session.read(&sql, &values, &mut |cells| {
                let count = cells.integer(0)?.unwrap_or_default();
                total = u64::try_from(count).unwrap_or_default();
                Ok(true)
            });
            counted.map_err(failed_to(LIST))?;
            let amount = match query.order {
                Order::Interraction => "interractions".to_owned(),
                Order::Count(count) => sum_name(count),
                Order::PostTime => "posted".to_owned(),
                Order::UserFans => "fans".to_owned(),
                Order::ArticleCount => "articles".to_owned(),
            };
            let descent = query.descent.sql();
            let sql = format!(
                "SELECT {} FROM ({parts}) AS found
                 ORDER BY CASE WHEN {amount} IS NULL THEN 1 ELSE 0 END, {amount} {descent},
                          posted DESC, account, place
                 LIMIT {limit} OFFSET {skip}",
                selected()
            );
            let accounts = read(session, &sql, &values, &platforms)?;
            Ok(AccountList { total, accounts })
        })
    }

    /// So many accounts behind one, by platform and account: in the order of `platforms`.
    pub fn accounts_after(
        &self,
        job: &JobId,
        platforms: &[String],
        query: &AccountQuery,
        after: Option<&AccountKey>,
        limit: u64,
    ) -> Result<Vec<AccountRow>, StoringError> {
        if self.database()?.is_missing_file() {
            return Ok(Vec::new());
        }
        self.with_session(|database, session| {
            let dialect = database.dialect();
            let platforms = self.present(dialect, session, platforms)?;
            let first = after.and_then(|key| {
                let mut places = platforms.iter();
                places.position(|platform| *platform == key.platform)
            });
            let mut accounts = Vec::new();
            for place in first.unwrap_or(0)..platforms.len() {
                let left = limit.saturating_sub(accounts.len() as u64);
                if left == 0 {
                    break;
                }
                let mut values = values(job, query);
                let key = after.filter(|_| first == Some(place));
                let behind = match key {
                    None => String::new(),
                    Some(key) => {
                        values.push(Value::Text(&key.account));
                        format!(" AND {} > ?{}", account(dialect), values.len())
                    }
                };
                let sql = format!(
                    "SELECT {} FROM ({}) AS found ORDER BY account LIMIT {left}",
                    selected(),
                    grouped(dialect, place, platforms[place], query, &behind)
                );
                accounts.extend(read(session, &sql, &values, &platforms)?);
            }
            Ok(accounts)
        })
    }
}

/// `?1` is the job, and what is searched for follows.
fn values<'v>(job: &'v JobId, query: &'v AccountQuery) -> Vec<Value<'v>> {
    let mut values = vec![Value::Text(job.as_str())];
    values.extend(query.user_name.as_deref().map(Value::Text));
    values
}

/// What tells an account apart, as [`Article::account`](crate::systems::briefs::article::Article::account) does.
pub(super) fn account(dialect: &dyn Dialect) -> String {
    let [id, name] = ["user_id", "user_name"].map(|name| dialect.quoted(name));
    format!("COALESCE({id}, {name})")
}

/// The name of a sum within the query: the names of some counts are words of SQL.
fn sum_name(count: Count) -> String {
    format!("sum_{}", count.name())
}

/// The columns of [`grouped`], in the order in which they are read.
fn selected() -> String {
    let sums = Count::ALL.map(sum_name).join(", ");
    format!("place, account, name, fans, articles, {sums}, interractions")
}

/// Selects the accounts of one platform.
fn grouped(
    dialect: &dyn Dialect,
    place: usize,
    platform: &str,
    query: &AccountQuery,
    condition: &str,
) -> String {
    let sum = |name: &str| {
        let sum = format!("SUM({})", dialect.quoted(name));
        dialect.converted(&sum, ColumnType::Integer)
    };
    let sums = Count::ALL.map(|count| format!("{} AS {}", sum(count.name()), sum_name(count)));
    let [job, name, fans, time] =
        [JOB_ID, "user_name", "user_fans", POST_TIME].map(|name| dialect.quoted(name));
    let account = account(dialect);
    let searched = match query.user_name {
        Some(_) => format!(" AND {}", dialect.contains(&name, "?2")),
        None => String::new(),
    };
    format!(
        "SELECT {} AS place, {account} AS account, MAX({name}) AS name, MAX({fans}) AS fans,
                COUNT(*) AS articles, MAX({time}) AS posted, {}, {} AS interractions
         FROM {} WHERE {job} = ?1 AND {account} IS NOT NULL{searched}{condition}
         GROUP BY {account}",
        dialect.converted(&place.to_string(), ColumnType::Integer),
        sums.join(", "),
        sum(INTERRACTION),
        dialect.quoted(&table_of(platform))
    )
}

fn read(
    session: &mut dyn Session,
    sql: &str,
    values: &[Value<'_>],
    platforms: &[&str],
) -> Result<Vec<AccountRow>, StoringError> {
    let mut accounts = Vec::new();
    let read = session.read(sql, values, &mut |cells| {
        accounts.push(account_row(cells, platforms)?);
        Ok(true)
    });
    read.map_err(failed_to(LIST))?;
    Ok(accounts)
}

fn account_row(cells: &dyn Cells, platforms: &[&str]) -> Result<AccountRow, DatabaseError> {
    /// Behind them the sums begin.
    const BEFORE: usize = 5;
    let place = cells.integer(0)?.unwrap_or_default();
    let platform = usize::try_from(place).ok();
    let platform = platform.and_then(|place| platforms.get(place));
    let articles = cells.integer(4)?.unwrap_or_default();
    let mut row = AccountRow {
        platform: platform.copied().unwrap_or_default().to_owned(),
        account: cells.text(1)?.unwrap_or_default(),
        user_name: cells.text(2)?,
        user_fans: cells.integer(3)?,
        article_count: u64::try_from(articles).unwrap_or_default(),
        ..AccountRow::default()
    };
    for (no, count) in Count::ALL.into_iter().enumerate() {
        row.counts.set(count, cells.integer(BEFORE + no)?);
    }
    row.interraction = cells.integer(BEFORE + Count::ALL.len())?;
    Ok(row)
}
