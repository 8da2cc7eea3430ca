//! Publishing: what has happened gets its number, and those who are told get their rows, in one transaction.
//!
//! Numbers are given by one process at a time, after what they stand for has been committed: a reader that
//! has seen one number has seen all before it.

use std::collections::{HashMap, HashSet};

use entity::{
    JobId, job, notification, notification_bell, notification_delivery, notification_failing,
};
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, ExprTrait, IntoActiveModel,
    QueryFilter, QueryOrder, QuerySelect,
};
use serde::Serialize;

use super::NotificationStore;
use crate::clock;
use crate::engine::store::notifications::told;
use crate::engine::store::rows::{self, Column, ColumnType, padded};
use crate::engine::store::{Result, insertion, query};

const PUBLISH: &str = "publish notifications";

/// What is stored together.
#[derive(Clone, Debug, Default)]
pub(in crate::systems::notifier) struct Publication {
    /// In their order.
    pub published: Vec<Published>,
    /// Notifications that concern nobody.
    pub dropped: Vec<String>,
    /// Ends of which followers have been told: the job and the moment.
    pub told: Vec<(String, i64)>,
    pub new_deliveries: Vec<notification_delivery::Model>,
    /// Messages that say more than before.
    pub changed_deliveries: Vec<notification_delivery::Model>,
    pub failing: Failing,
}

/// A notification that somebody is told of.
#[derive(Clone, Debug)]
pub(in crate::systems::notifier) struct Published {
    pub id: String,
    pub at: i64,
    /// What there is to say, JSON.
    pub data: String,
    /// Whose bell shows it.
    pub bells: Vec<String>,
}

/// What is known from now on of jobs that are alike.
#[derive(Clone, Debug, Default)]
pub(in crate::systems::notifier) struct Failing {
    pub begun: Vec<notification_failing::Model>,
    /// They work again.
    pub ended: Vec<String>,
}

#[derive(Serialize)]
struct NumberRow<'a> {
    id: &'a str,
    number: i64,
    said: &'a str,
}

const NUMBER_COLUMNS: &[Column] = &[
    ("id", ColumnType::ShortText),
    ("number", ColumnType::Integer),
    ("said", ColumnType::Text),
];

#[derive(Serialize)]
struct MessageRow<'a> {
    id: &'a str,
    total: i32,
    said: &'a str,
}

const MESSAGE_COLUMNS: &[Column] = &[
    ("id", ColumnType::ShortText),
    ("total", ColumnType::Integer),
    ("said", ColumnType::Text),
];

impl NotificationStore {
    /// What is to be published, oldest first.
    pub async fn unpublished(&self, limit: u64) -> Result<Vec<notification::Model>> {
        notification::Entity::find()
            .filter(notification::Column::No.is_null())
            .order_by_asc(notification::Column::At)
            .order_by_asc(notification::Column::Id)
            .limit(limit)
            .all(self.0.reader())
            .await
            .map_err(query("look for notifications"))
    }

    pub async fn jobs(&self, ids: &[JobId]) -> Result<HashMap<String, job::Model>> {
        if ids.is_empty() {
            return Ok(HashMap::new());
        }
        let found = job::Entity::find()
            .filter(job::Column::Id.is_in(padded(ids.iter().cloned())))
            .all(self.0.reader())
            .await
            .map_err(query("look at the jobs of notifications"))?;
        Ok(found
            .into_iter()
            .map(|job| (job.id.to_string(), job))
            .collect())
    }

    /// Jobs that are alike of which the newest has failed.
    pub async fn failing(&self) -> Result<Vec<notification_failing::Model>> {
        notification_failing::Entity::find()
            .all(self.0.reader())
            .await
            .map_err(query("look for jobs that fail"))
    }

    /// Whose bells ring, with their newest numbers.
    pub async fn publish(&self, publication: Publication) -> Result<HashMap<String, i64>> {
        self.0
            .write(move |on| Box::pin(async move { publish(on, &publication).await }))
            .await
    }
}

async fn publish(
    on: &DatabaseTransaction,
    publication: &Publication,
) -> Result<HashMap<String, i64>> {
    let backend = on.get_database_backend();
    let mut statements = Vec::new();
    let mut newest = HashMap::new();
    if !publication.published.is_empty() {
        let first = first_number(on).await?;
        let published = (first..).zip(&publication.published);
        let numbers: Vec<NumberRow<'_>> = published
            .clone()
            .map(|(number, published)| NumberRow {
                id: &published.id,
                number,
                said: &published.data,
            })
            .collect();
        let is_new = "audience_notification.id = r.id AND audience_notification.no IS NULL";
        let set = "no = r.number, data = r.said";
        let sql = rows::update(backend, "audience_notification", set, is_new);
        statements.push(rows::statement(backend, &sql, NUMBER_COLUMNS, &numbers)?);
        let mut bells = Vec::new();
        for (no, published) in published {
            let mut told = HashSet::new();
            for who in published.bells.iter().filter(|who| told.insert(*who)) {
                newest.insert(who.clone(), no);
                bells.push(notification_bell::Model {
                    who: who.clone(),
                    no,
                    at: published.at,
                    is_read: false,
                });
            }
        }
        statements.extend(insertion(backend, &bells, &[])?);
    }
    statements.extend(insertion(backend, &publication.new_deliveries, &[])?);
    if !publication.changed_deliveries.is_empty() {
        let changed = publication.changed_deliveries.iter();
        let messages: Vec<MessageRow<'_>> = changed
            .map(|delivery| MessageRow {
                id: &delivery.id,
                total: delivery.count,
                said: &delivery.message,
            })
            .collect();
        let table = "audience_notification_delivery";
        let same = format!("{table}.id = r.id");
        let sql = rows::update(backend, table, "count = r.total, message = r.said", &same);
        statements.push(rows::statement(backend, &sql, MESSAGE_COLUMNS, &messages)?);
    }
    if !publication.told.is_empty() {
        statements.push(told(backend, &publication.told)?);
    }
    if !statements.is_empty() {
        let stored = rows::execute_all(on, statements).await;
        stored.map_err(query(PUBLISH))?;
    }
    drop_uninteresting(on, &publication.dropped).await?;
    store_failing(on, &publication.failing).await?;
    Ok(newest)
}

/// Numbers grow with time, so that those of a table from which everything was dropped do not come again.
async fn first_number(on: &DatabaseTransaction) -> Result<i64> {
    let last: Option<Option<i64>> = notification::Entity::find()
        .select_only()
        .expr(notification::Column::No.max())
        .into_tuple()
        .one(on)
        .await
        .map_err(query(PUBLISH))?;
    Ok(Ord::max(
        clock::now_micros(),
        last.flatten().unwrap_or(0) + 1,
    ))
}

async fn drop_uninteresting(on: &DatabaseTransaction, ids: &[String]) -> Result<()> {
    if ids.is_empty() {
        return Ok(());
    }
    let dropped = notification::Entity::delete_many()
        .filter(notification::Column::Id.is_in(padded(ids.iter().cloned())))
        .exec(on)
        .await;
    dropped.map(drop).map_err(query(PUBLISH))
}

async fn store_failing(on: &DatabaseTransaction, failing: &Failing) -> Result<()> {
    for row in &failing.begun {
        let known = OnConflict::column(notification_failing::Column::Id)
            .value(
                notification_failing::Column::Count,
                Expr::col((
                    notification_failing::Entity,
                    notification_failing::Column::Count,
                ))
                .add(row.count),
            )
            .to_owned();
        let stored = notification_failing::Entity::insert(row.clone().into_active_model())
            .on_conflict(known)
            .exec_without_returning(on)
            .await;
        stored.map_err(query(PUBLISH))?;
    }
    if failing.ended.is_empty() {
        return Ok(());
    }
    let ended = padded(failing.ended.iter().cloned());
    let dropped = notification_failing::Entity::delete_many()
        .filter(notification_failing::Column::Id.is_in(ended))
        .exec(on)
        .await;
    dropped.map(drop).map_err(query(PUBLISH))
}
