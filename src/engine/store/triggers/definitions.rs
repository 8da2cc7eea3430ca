//! What is remembered of each trigger: since when it fires, and whether it is paused.

use std::collections::HashMap;

use entity::trigger;
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect,
};

use super::Triggers;
use crate::engine::store::{Result, query};

/// A trigger as its source defines it.
#[derive(Clone, Debug)]
pub(in crate::engine) struct Definition {
    pub(in crate::engine) id: String,
    pub(in crate::engine) digest: String,
    pub(in crate::engine) is_paused: bool,
}

const SYNC: &str = "store triggers";

impl Triggers<'_> {
    /// Those whose ids begin so, by id.
    pub(in crate::engine) async fn below(
        &self,
        prefix: &str,
    ) -> Result<HashMap<String, trigger::Model>> {
        let found = trigger::Entity::find()
            .filter(trigger::Column::Id.starts_with(prefix))
            .all(&self.0.read)
            .await
            .map_err(query("look for triggers"))?;
        let found = found.into_iter();
        Ok(found.map(|trigger| (trigger.id.clone(), trigger)).collect())
    }

    pub(in crate::engine) async fn find(&self, id: &str) -> Result<Option<trigger::Model>> {
        trigger::Entity::find_by_id(id)
            .one(&self.0.read)
            .await
            .map_err(query("look for a trigger"))
    }

    /// Stores what is new or has changed since it was read as `known`: such triggers fire from now on.
    /// What only the definition's `paused` changes keeps its past.
    pub(in crate::engine) async fn sync(
        &self,
        definitions: Vec<Definition>,
        known: &HashMap<String, trigger::Model>,
        now: i64,
    ) -> Result<()> {
        let differs = |definition: &Definition| {
            known.get(&definition.id).is_none_or(|row| {
                row.digest != definition.digest || row.paused_by_definition != definition.is_paused
            })
        };
        let changed: Vec<Definition> = definitions.into_iter().filter(differs).collect();
        if changed.is_empty() {
            return Ok(());
        }
        let write = async || {
            let changed = changed.clone();
            let write = self.0.write(move |on| {
                Box::pin(async move {
                    for definition in changed {
                        put(on, definition, now).await?;
                    }
                    Ok(())
                })
            });
            write.await
        };
        self.0.again(write).await
    }

    /// Pauses or resumes a trigger; `false`: it is not known. What was due while it was paused never fires.
    pub(in crate::engine) async fn pause(
        &self,
        id: &str,
        is_paused: bool,
        by: Option<String>,
        now: i64,
    ) -> Result<bool> {
        let id = id.to_owned();
        self.0
            .write(move |on| {
                Box::pin(async move {
                    const PAUSE: &str = "pause a trigger";
                    let found = trigger::Entity::find_by_id(&id)
                        .one(on)
                        .await
                        .map_err(query(PAUSE))?;
                    let Some(found) = found else {
                        return Ok(false);
                    };
                    let mut change = trigger::Entity::update_many()
                        .col_expr(trigger::Column::IsPaused, Expr::value(is_paused))
                        .col_expr(trigger::Column::PausedBy, Expr::value(by))
                        .col_expr(trigger::Column::PausedAt, Expr::value(now))
                        .filter(trigger::Column::Id.eq(id));
                    if found.is_paused && !is_paused {
                        change = change.col_expr(trigger::Column::SinceAt, Expr::value(now));
                    }
                    change.exec(on).await.map_err(query(PAUSE))?;
                    Ok(true)
                })
            })
            .await
    }

    /// Those of these triggers that are paused.
    pub(in crate::engine) async fn paused(&self, ids: &[String]) -> Result<Vec<String>> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        trigger::Entity::find()
            .select_only()
            .column(trigger::Column::Id)
            .filter(trigger::Column::IsPaused.eq(true))
            .filter(trigger::Column::Id.is_in(super::super::rows::padded(ids.iter().cloned())))
            .into_tuple()
            .all(&self.0.read)
            .await
            .map_err(query("look for paused triggers"))
    }
}

async fn put(on: &impl ConnectionTrait, definition: Definition, now: i64) -> Result<()> {
    let Definition {
        id,
        digest,
        is_paused,
    } = definition;
    let new = trigger::ActiveModel {
        id: Set(id.clone()),
        digest: Set(digest.clone()),
        since_at: Set(now),
        is_paused: Set(is_paused),
        paused_by_definition: Set(is_paused),
        paused_by: Set(None),
        paused_at: Set(None),
        kept: Set(None),
    };
    trigger::Entity::insert(new)
        .on_conflict(
            OnConflict::new()
                .do_nothing_on([trigger::Column::Id])
                .to_owned(),
        )
        .exec_without_returning(on)
        .await
        .map_err(query(SYNC))?;
    trigger::Entity::update_many()
        .col_expr(trigger::Column::Digest, Expr::value(digest.clone()))
        .col_expr(trigger::Column::SinceAt, Expr::value(now))
        .filter(trigger::Column::Id.eq(id.clone()))
        .filter(trigger::Column::Digest.ne(digest))
        .exec(on)
        .await
        .map_err(query(SYNC))?;
    trigger::Entity::update_many()
        .col_expr(trigger::Column::IsPaused, Expr::value(is_paused))
        .col_expr(trigger::Column::PausedByDefinition, Expr::value(is_paused))
        // What was due while it was paused does not fire.
        .col_expr(
            trigger::Column::SinceAt,
            match is_paused {
                true => Expr::col(trigger::Column::SinceAt),
                false => Expr::value(now),
            },
        )
        .filter(trigger::Column::Id.eq(id))
        .filter(trigger::Column::PausedByDefinition.eq(!is_paused))
        .exec(on)
        .await
        .map_err(query(SYNC))?;
    Ok(())
}
