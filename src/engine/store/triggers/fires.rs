//! Fires: stored once under their key, and what has become of them.

use std::collections::{HashMap, HashSet};

use entity::{FireState, trigger, trigger_fire};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, DbBackend, EntityTrait, QueryFilter,
    QueryOrder, QuerySelect,
};
use serde_json::{Map, Value};

use super::Triggers;
use crate::engine::store::notifications::{NewNotification, note};
use crate::engine::store::rows::padded;
use crate::engine::store::{Result, StoreError, blob_digest, insertion, query};

const STORE: &str = "store fires of triggers";
const LOOK: &str = "look for fires of triggers";
const KEY_CHARS_MAX: usize = 255;

/// Rows of one statement.
const AT_ONCE: usize = 1_000;

/// A fire that is to be stored.
#[derive(Clone, Debug)]
pub(in crate::engine) struct NewFire {
    pub(in crate::engine) trigger: String,
    pub(in crate::engine) key: String,
    pub(in crate::engine) at: i64,
    pub(in crate::engine) due: i64,
    pub(in crate::engine) state: FireState,
    pub(in crate::engine) params: Map<String, Value>,
    pub(in crate::engine) fired_by: Option<String>,
    pub(in crate::engine) message: Option<String>,
}

/// What has become of a fire.
#[derive(Clone, Debug)]
pub(in crate::engine) struct Change {
    pub(in crate::engine) fire: String,
    pub(in crate::engine) state: FireState,
    pub(in crate::engine) started: Option<String>,
    pub(in crate::engine) message: Option<String>,
}

impl NewFire {
    fn row(self, now: i64) -> Result<trigger_fire::Model> {
        let params = serde_json::to_string(&self.params);
        Ok(trigger_fire::Model {
            id: uuid::Uuid::now_v7().simple().to_string(),
            trigger_id: self.trigger,
            fire_key: stored_key(self.key),
            at: self.at,
            due_at: self.due,
            stored_at: now,
            state: self.state,
            started: None,
            params: params.map_err(|cause| StoreError::Unstorable { cause })?,
            fired_by: self.fired_by,
            message: self.message,
            ended_at: None,
            outcome: None,
        })
    }
}

/// Long ones by their digests.
pub(in crate::engine) fn stored_key(key: String) -> String {
    match key.chars().count() > KEY_CHARS_MAX {
        true => format!("sha256:{}", blob_digest(key.as_bytes())),
        false => key,
    }
}

impl Triggers<'_> {
    /// Notes that nobody was there when triggers should have fired.
    pub(in crate::engine) async fn note_missed(&self, missed: Vec<NewNotification>) -> Result<()> {
        self.0
            .write(move |on| Box::pin(async move { note(on, missed).await }))
            .await
    }

    /// Stores fires and returns those that are new, in their order: one whose key is known, and of those that
    /// have come by themselves one whose trigger is paused, is not stored.
    pub(in crate::engine) async fn store(
        &self,
        fires: Vec<NewFire>,
        though_paused: bool,
        now: i64,
    ) -> Result<Vec<trigger_fire::Model>> {
        let rows = fires.into_iter().map(|fire| fire.row(now));
        let rows = rows.collect::<Result<Vec<_>>>()?;
        if rows.is_empty() {
            return Ok(rows);
        }
        let write = async || {
            let rows = rows.clone();
            let write = self.0.write(move |on| {
                Box::pin(async move {
                    let mut new = Vec::new();
                    for rows in rows.chunks(AT_ONCE) {
                        let stored = insert(on, rows, though_paused).await?;
                        let rows = rows.iter().filter(|row| stored.contains(&row.id));
                        new.extend(rows.cloned());
                    }
                    Ok(new)
                })
            });
            write.await
        };
        self.0.again(write).await
    }

    pub(in crate::engine) async fn fire(&self, id: &str) -> Result<Option<trigger_fire::Model>> {
        trigger_fire::Entity::find_by_id(id)
            .one(&self.0.read)
            .await
            .map_err(query(LOOK))
    }

    pub(in crate::engine) async fn fire_by_key(
        &self,
        trigger: &str,
        key: &str,
    ) -> Result<Option<trigger_fire::Model>> {
        trigger_fire::Entity::find()
            .filter(trigger_fire::Column::TriggerId.eq(trigger))
            .filter(trigger_fire::Column::FireKey.eq(stored_key(key.to_owned())))
            .one(&self.0.read)
            .await
            .map_err(query(LOOK))
    }

    /// In the order in which they were stored.
    pub(in crate::engine) async fn in_state(
        &self,
        state: FireState,
    ) -> Result<Vec<trigger_fire::Model>> {
        trigger_fire::Entity::find()
            .filter(trigger_fire::Column::State.eq(state))
            .order_by_asc(trigger_fire::Column::Id)
            .all(&self.0.read)
            .await
            .map_err(query(LOOK))
    }

    /// Those that have started something of which no end is known.
    pub(in crate::engine) async fn running(&self) -> Result<Vec<trigger_fire::Model>> {
        trigger_fire::Entity::find()
            .filter(trigger_fire::Column::State.eq(FireState::Started))
            .filter(trigger_fire::Column::EndedAt.is_null())
            .order_by_asc(trigger_fire::Column::Id)
            .all(&self.0.read)
            .await
            .map_err(query(LOOK))
    }

    /// The latest moment for which each trigger has fired.
    pub(in crate::engine) async fn latest(&self) -> Result<HashMap<String, i64>> {
        let latest: Vec<(String, i64)> = trigger_fire::Entity::find()
            .select_only()
            .column(trigger_fire::Column::TriggerId)
            .column_as(trigger_fire::Column::At.max(), "at")
            // Fires that callers asked for say nothing about when the trigger fired by itself.
            .filter(trigger_fire::Column::FiredBy.is_null())
            .group_by(trigger_fire::Column::TriggerId)
            .into_tuple()
            .all(&self.0.read)
            .await
            .map_err(query(LOOK))?;
        Ok(latest.into_iter().collect())
    }

    /// The last ones of a trigger, newest first.
    pub(in crate::engine) async fn last(
        &self,
        trigger: &str,
        count: u64,
    ) -> Result<Vec<trigger_fire::Model>> {
        trigger_fire::Entity::find()
            .filter(trigger_fire::Column::TriggerId.eq(trigger))
            .order_by_desc(trigger_fire::Column::At)
            .order_by_desc(trigger_fire::Column::Id)
            .limit(count)
            .all(&self.0.read)
            .await
            .map_err(query(LOOK))
    }

    /// Notes what has become of fires that were not decided or waited.
    pub(in crate::engine) async fn change(&self, changes: Vec<Change>) -> Result<()> {
        if changes.is_empty() {
            return Ok(());
        }
        let write = async || {
            let changes = changes.clone();
            let write = self.0.write(move |on| {
                Box::pin(async move {
                    for change in changes {
                        put(on, change).await?;
                    }
                    Ok(())
                })
            });
            write.await
        };
        self.0.again(write).await
    }

    /// Makes a fire that has started nothing one of which nobody has decided yet; `false`: there is none
    /// with this key and these parameters, which are JSON.
    pub(in crate::engine) async fn try_again(
        &self,
        trigger: &str,
        key: &str,
        params: String,
    ) -> Result<bool> {
        let (trigger, key) = (trigger.to_owned(), stored_key(key.to_owned()));
        let write = self.0.write(move |on| {
            Box::pin(async move {
                let update = trigger_fire::Entity::update_many()
                    .col_expr(trigger_fire::Column::State, Expr::value(FireState::Stored))
                    .col_expr(trigger_fire::Column::Message, Expr::value(None::<String>))
                    .filter(trigger_fire::Column::TriggerId.eq(trigger))
                    .filter(trigger_fire::Column::FireKey.eq(key))
                    .filter(trigger_fire::Column::State.eq(FireState::Failed))
                    .filter(trigger_fire::Column::Params.eq(params));
                let updated = update.exec(on).await.map_err(query(STORE))?;
                Ok(updated.rows_affected > 0)
            })
        });
        write.await
    }

    /// Notes that what fires had started has ended, and what their triggers are to remember.
    pub(in crate::engine) async fn end(
        &self,
        ends: Vec<(String, &'static str)>,
        kept: Vec<(String, String)>,
        now: i64,
    ) -> Result<()> {
        let write = async || {
            let (ends, kept) = (ends.clone(), kept.clone());
            let write = self.0.write(move |on| {
                Box::pin(async move {
                    const END: &str = "note the ends of fires";
                    for (fire, outcome) in ends {
                        trigger_fire::Entity::update_many()
                            .col_expr(trigger_fire::Column::EndedAt, Expr::value(now))
                            .col_expr(trigger_fire::Column::Outcome, Expr::value(outcome))
                            .filter(trigger_fire::Column::Id.eq(fire))
                            .exec(on)
                            .await
                            .map_err(query(END))?;
                    }
                    for (id, kept) in kept {
                        trigger::Entity::update_many()
                            .col_expr(trigger::Column::Kept, Expr::value(kept))
                            .filter(trigger::Column::Id.eq(id))
                            .exec(on)
                            .await
                            .map_err(query(END))?;
                    }
                    Ok(())
                })
            });
            write.await
        };
        self.0.again(write).await
    }
}

/// Returns the ids of the rows that are there now.
async fn insert(
    on: &DatabaseTransaction,
    rows: &[trigger_fire::Model],
    though_paused: bool,
) -> Result<HashSet<String>> {
    let backend = on.get_database_backend();
    let Some(mut statement) = insertion(backend, rows, &[])? else {
        return Ok(HashSet::new());
    };
    statement.sql.push_str(match though_paused {
        // Without a condition SQLite takes what follows for one of a join.
        true => " WHERE 1 = 1",
        false => {
            " WHERE NOT EXISTS (SELECT 1 FROM audience_trigger t \
             WHERE t.id = r.trigger_id AND t.is_paused)"
        }
    });
    statement.sql.push_str(match backend {
        DbBackend::MySql => {
            " ON DUPLICATE KEY UPDATE audience_trigger_fire.id = audience_trigger_fire.id"
        }
        _ => " ON CONFLICT DO NOTHING",
    });
    on.execute_raw(statement).await.map_err(query(STORE))?;
    let ids = padded(rows.iter().map(|row| row.id.clone()));
    let stored: Vec<String> = trigger_fire::Entity::find()
        .select_only()
        .column(trigger_fire::Column::Id)
        .filter(trigger_fire::Column::Id.is_in(ids))
        .into_tuple()
        .all(on)
        .await
        .map_err(query(STORE))?;
    Ok(stored.into_iter().collect())
}

async fn put(on: &DatabaseTransaction, change: Change) -> Result<()> {
    let open = [FireState::Stored, FireState::Queued];
    trigger_fire::Entity::update_many()
        .col_expr(trigger_fire::Column::State, Expr::value(change.state))
        .col_expr(trigger_fire::Column::Started, Expr::value(change.started))
        .col_expr(trigger_fire::Column::Message, Expr::value(change.message))
        .filter(trigger_fire::Column::Id.eq(change.fire))
        .filter(trigger_fire::Column::State.is_in(open))
        .exec(on)
        .await
        .map_err(query(STORE))?;
    Ok(())
}
