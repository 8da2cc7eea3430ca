//! What a caller sees of notifications: its bell.

use std::collections::HashMap;

use entity::{notification, notification_bell as bell};
use sea_orm::sea_query::{Expr, SimpleExpr};
use sea_orm::{
    ColumnTrait, EntityTrait, FromQueryResult, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
};

use super::NotificationStore;
use crate::engine::store::rows::padded;
use crate::engine::store::{Result, query};

const READ: &str = "read notifications";

/// A notification as one caller has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::systems::notifier) struct Belled {
    pub no: i64,
    pub is_read: bool,
    pub notification: notification::Model,
}

/// Which notifications of a caller are read.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::systems::notifier) struct Seen {
    /// Oldest first, later than this number.
    pub after: Option<i64>,
    /// Newest first, earlier than this number.
    pub before: Option<i64>,
    pub only_unread: bool,
    pub limit: u64,
}

#[derive(FromQueryResult)]
struct Newest {
    who: String,
    no: i64,
}

impl NotificationStore {
    pub async fn seen(&self, who: &str, seen: Seen) -> Result<Vec<Belled>> {
        let mut select = bell::Entity::find()
            .filter(bell::Column::Who.eq(who))
            .limit(seen.limit);
        select = match seen.after {
            Some(after) => select
                .filter(bell::Column::No.gt(after))
                .order_by_asc(bell::Column::No),
            None => select.order_by_desc(bell::Column::No),
        };
        if let Some(before) = seen.before {
            select = select.filter(bell::Column::No.lt(before));
        }
        if seen.only_unread {
            select = select.filter(bell::Column::IsRead.eq(false));
        }
        let found = select.all(self.0.reader()).await.map_err(query(READ))?;
        let numbers: Vec<i64> = found.iter().map(|row| row.no).collect();
        let mut notifications = self.numbered(numbers).await?;
        let belled = found.into_iter().filter_map(|row| {
            Some(Belled {
                no: row.no,
                is_read: row.is_read,
                // It may have been dropped by its age meanwhile.
                notification: notifications.remove(&row.no)?,
            })
        });
        Ok(belled.collect())
    }

    async fn numbered(&self, numbers: Vec<i64>) -> Result<HashMap<i64, notification::Model>> {
        if numbers.is_empty() {
            return Ok(HashMap::new());
        }
        let numbers = padded(numbers);
        let found = notification::Entity::find()
            .filter(notification::Column::No.is_in(numbers))
            .all(self.0.reader())
            .await
            .map_err(query(READ))?;
        let found = found.into_iter();
        Ok(found.filter_map(|row| Some((row.no?, row))).collect())
    }

    /// One of a caller, by its id.
    pub async fn find(&self, who: &str, id: &str) -> Result<Option<Belled>> {
        let found = notification::Entity::find_by_id(id)
            .one(self.0.reader())
            .await;
        let Some(notification) = found.map_err(query(READ))? else {
            return Ok(None);
        };
        let Some(no) = notification.no else {
            return Ok(None);
        };
        let row = bell::Entity::find_by_id((who.to_owned(), no))
            .one(self.0.reader())
            .await
            .map_err(query(READ))?;
        Ok(row.map(|row| Belled {
            no,
            is_read: row.is_read,
            notification,
        }))
    }

    pub async fn unread(&self, who: &str) -> Result<u64> {
        bell::Entity::find()
            .filter(bell::Column::Who.eq(who))
            .filter(bell::Column::IsRead.eq(false))
            .count(self.0.reader())
            .await
            .map_err(query(READ))
    }

    /// Marks a notification of a caller as read.
    pub async fn mark_read(&self, who: &str, no: i64) -> Result<()> {
        let who = who.to_owned();
        let one = bell::Column::No.eq(no);
        self.mark(who, one).await
    }

    /// Marks all of a caller up to this number.
    pub async fn mark_all_read(&self, who: &str, up_to: i64) -> Result<()> {
        let who = who.to_owned();
        let all = bell::Column::No.lte(up_to);
        self.mark(who, all).await
    }

    async fn mark(&self, who: String, which: SimpleExpr) -> Result<()> {
        self.0
            .write(move |on| {
                Box::pin(async move {
                    let marked = bell::Entity::update_many()
                        .col_expr(bell::Column::IsRead, Expr::value(true))
                        .filter(bell::Column::Who.eq(who))
                        .filter(bell::Column::IsRead.eq(false))
                        .filter(which)
                        .exec(on)
                        .await;
                    marked
                        .map(drop)
                        .map_err(query("mark notifications as read"))
                })
            })
            .await
    }

    /// Whose bells have rung since this number, with their newest ones.
    pub async fn rung_since(&self, no: i64) -> Result<HashMap<String, i64>> {
        let found = bell::Entity::find()
            .select_only()
            .column(bell::Column::Who)
            .column_as(bell::Column::No.max(), "no")
            .filter(bell::Column::No.gt(no))
            .group_by(bell::Column::Who)
            .into_model::<Newest>()
            .all(self.0.reader())
            .await
            .map_err(query(READ))?;
        Ok(found
            .into_iter()
            .map(|newest| (newest.who, newest.no))
            .collect())
    }
}
