//! The outbox: a row for each message to each receiver, until it has been taken or given up.

use entity::{DeliveryState, notification_delivery as delivery};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::{Deserialize, Serialize};

use super::NotificationStore;
use crate::clock;
use crate::engine::store::rows::padded;
use crate::engine::store::{Result, query};
use crate::notify::{Language, Message};

/// What the column `message` holds.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(in crate::systems::notifier) struct Envelope {
    pub language: Language,
    pub message: Message,
}

/// Which deliveries to list.
#[derive(Clone, Debug, Default)]
pub(in crate::systems::notifier) struct DeliveryFilter {
    pub state: Option<DeliveryState>,
    /// Only those that are older.
    pub before: Option<String>,
}

impl Envelope {
    /// `None`: a later version has written it.
    pub fn read(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }
}

impl NotificationStore {
    /// Messages that are to be sent by now, those that have waited longest first.
    pub async fn due(&self, now: i64, limit: u64) -> Result<Vec<delivery::Model>> {
        delivery::Entity::find()
            .filter(delivery::Column::State.eq(DeliveryState::Waiting))
            .filter(delivery::Column::DueAt.lte(now))
            .order_by_asc(delivery::Column::DueAt)
            .order_by_asc(delivery::Column::Id)
            .limit(limit)
            .all(self.0.reader())
            .await
            .map_err(query("look for messages to send"))
    }

    /// What was said lately for a rule.
    pub async fn said_for(&self, rule: &str, since: i64) -> Result<Vec<delivery::Model>> {
        delivery::Entity::find()
            .filter(delivery::Column::RuleName.eq(rule))
            .filter(delivery::Column::CreatedAt.gte(since))
            .filter(delivery::Column::State.ne(DeliveryState::Merged))
            .order_by_asc(delivery::Column::CreatedAt)
            .order_by_asc(delivery::Column::Id)
            .all(self.0.reader())
            .await
            .map_err(query("look for messages of a rule"))
    }

    /// Newest first.
    pub async fn deliveries(
        &self,
        filter: &DeliveryFilter,
        limit: u64,
    ) -> Result<Vec<delivery::Model>> {
        let mut select = delivery::Entity::find()
            .order_by_desc(delivery::Column::Id)
            .limit(limit);
        if let Some(state) = filter.state {
            select = select.filter(delivery::Column::State.eq(state));
        }
        if let Some(before) = &filter.before {
            select = select.filter(delivery::Column::Id.lt(before.clone()));
        }
        let found = select.all(self.0.reader()).await;
        found.map_err(query("list deliveries"))
    }

    pub async fn delivery(&self, id: &str) -> Result<Option<delivery::Model>> {
        let found = delivery::Entity::find_by_id(id).one(self.0.reader()).await;
        found.map_err(query("read a delivery"))
    }

    /// Takes messages to send them: until this moment no other process does. Returns those that are still
    /// to be sent.
    pub async fn take(&self, ids: Vec<String>, until: i64) -> Result<Vec<delivery::Model>> {
        let now = clock::now_micros();
        self.0
            .write(move |on| {
                Box::pin(async move {
                    const TAKE: &str = "take messages to send";
                    let ids = padded(ids);
                    let waiting = delivery::Entity::find()
                        .filter(delivery::Column::Id.is_in(ids.iter().cloned()))
                        .filter(delivery::Column::State.eq(DeliveryState::Waiting))
                        .filter(delivery::Column::DueAt.lte(now))
                        .order_by_asc(delivery::Column::Id)
                        .all(on)
                        .await
                        .map_err(query(TAKE))?;
                    delivery::Entity::update_many()
                        .col_expr(delivery::Column::DueAt, Expr::value(until))
                        // From now on nothing is added to it.
                        .col_expr(
                            delivery::Column::Tries,
                            Expr::col(delivery::Column::Tries).add(1),
                        )
                        .filter(delivery::Column::Id.is_in(ids))
                        .filter(delivery::Column::State.eq(DeliveryState::Waiting))
                        .filter(delivery::Column::DueAt.lte(now))
                        .exec(on)
                        .await
                        .map_err(query(TAKE))?;
                    Ok(waiting)
                })
            })
            .await
    }

    /// Puts messages together: the first one says all of them from now on.
    pub async fn merge(&self, first: delivery::Model, others: Vec<String>) -> Result<()> {
        self.0
            .write(move |on| {
                Box::pin(async move {
                    const MERGE: &str = "put messages together";
                    delivery::Entity::update_many()
                        .col_expr(delivery::Column::Message, Expr::value(first.message))
                        .col_expr(delivery::Column::Count, Expr::value(first.count))
                        .filter(delivery::Column::Id.eq(first.id))
                        .exec(on)
                        .await
                        .map_err(query(MERGE))?;
                    let now = clock::now_micros();
                    delivery::Entity::update_many()
                        .col_expr(delivery::Column::State, Expr::value(DeliveryState::Merged))
                        .col_expr(delivery::Column::EndedAt, Expr::value(now))
                        .filter(delivery::Column::Id.is_in(padded(others)))
                        .exec(on)
                        .await
                        .map_err(query(MERGE))?;
                    Ok(())
                })
            })
            .await
    }

    /// What became of trying to send a message.
    pub async fn tried(&self, after: delivery::Model) -> Result<()> {
        self.0
            .write(move |on| {
                Box::pin(async move {
                    let stored = delivery::Entity::update_many()
                        .col_expr(delivery::Column::State, Expr::value(after.state))
                        .col_expr(delivery::Column::DueAt, Expr::value(after.due_at))
                        .col_expr(delivery::Column::Tries, Expr::value(after.tries))
                        .col_expr(delivery::Column::Error, Expr::value(after.error))
                        .col_expr(delivery::Column::EndedAt, Expr::value(after.ended_at))
                        .filter(delivery::Column::Id.eq(after.id))
                        .filter(delivery::Column::State.eq(DeliveryState::Waiting))
                        .exec(on)
                        .await;
                    stored
                        .map(drop)
                        .map_err(query("note what became of a message"))
                })
            })
            .await
    }

    /// Sends a message once more that was given up; `false`: it was not.
    pub async fn replay(&self, id: &str) -> Result<bool> {
        let id = id.to_owned();
        self.0
            .write(move |on| {
                Box::pin(async move {
                    let again = delivery::Entity::update_many()
                        .col_expr(delivery::Column::State, Expr::value(DeliveryState::Waiting))
                        .col_expr(delivery::Column::DueAt, Expr::value(clock::now_micros()))
                        .col_expr(delivery::Column::Tries, Expr::value(0))
                        .col_expr(delivery::Column::EndedAt, Expr::value(None::<i64>))
                        .filter(delivery::Column::Id.eq(id))
                        .filter(delivery::Column::State.eq(DeliveryState::Dead))
                        .exec(on)
                        .await
                        .map_err(query("replay a delivery"))?;
                    Ok(again.rows_affected > 0)
                })
            })
            .await
    }
}
