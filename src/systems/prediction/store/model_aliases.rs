//! Aliases of models, moved with their history.

use entity::{model_alias, model_move};
use sea_orm::sea_query::OnConflict;
use sea_orm::{DatabaseTransaction, EntityTrait, IntoActiveModel};

use super::PredictionStore;
use super::models::{REFUSED, alias_row, lock_model, version_row};
use crate::clock;
use crate::engine::store::notifications::{self, NewNotification};
use crate::engine::store::{Result, query};

const MOVE: &str = "move an alias of a model";

/// Where an alias is to point to.
#[derive(Clone, Debug)]
pub(crate) struct AliasMove {
    pub model: String,
    pub alias: String,
    pub version: i32,
    pub by: String,
    /// `Some`: back to an earlier version.
    pub rollback: Option<Rollback>,
}

/// What a rollback has found.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rollback {
    /// How often the alias had been moved.
    pub moves: i32,
    /// The version before the one that it goes back to.
    pub previous: Option<i32>,
}

/// What became of a move.
#[derive(Clone, Debug)]
pub(crate) enum AliasOutcome {
    /// Also where it pointed there already.
    Points(model_alias::Model),
    /// Somebody has moved it since a rollback has looked.
    MovedMeanwhile,
    /// The version is not there any more.
    NoVersion,
}

impl PredictionStore {
    /// Moves an alias; `note` says what people learn of it.
    pub(crate) async fn move_model_alias(
        &self,
        to: AliasMove,
        note: impl Fn(&model_move::Model) -> NewNotification + Clone + Send + 'static,
    ) -> Result<AliasOutcome> {
        let apply = || {
            let (to, note) = (to.clone(), note.clone());
            self.engine()
                .write(move |on| Box::pin(async move { apply(on, to, note).await }))
        };
        self.engine().again(apply).await
    }
}

async fn apply(
    on: &DatabaseTransaction,
    to: AliasMove,
    note: impl Fn(&model_move::Model) -> NewNotification,
) -> Result<AliasOutcome> {
    lock_model(on, &to.model).await?;
    let version = version_row(on, &to.model, to.version).await?;
    let is_usable = |state: &str| state != REFUSED;
    if !version.is_some_and(|row| row.removed_at.is_none() && is_usable(&row.state)) {
        return Ok(AliasOutcome::NoVersion);
    }
    let known = alias_row(on, &to.model, &to.alias).await?;
    let moves = known.as_ref().map_or(0, |known| known.moves);
    if to.rollback.is_some_and(|rollback| rollback.moves != moves) {
        return Ok(AliasOutcome::MovedMeanwhile);
    }
    let from = known.as_ref().map(|known| known.version);
    if let Some(known) = known.filter(|known| known.version == to.version) {
        return Ok(AliasOutcome::Points(known));
    }
    let moved = model_move::Model {
        model: to.model.clone(),
        alias: to.alias.clone(),
        no: moves + 1,
        from_version: from,
        to_version: to.version,
        is_rollback: to.rollback.is_some(),
        moved_at: clock::now_micros(),
        moved_by: to.by,
    };
    let alias = model_alias::Model {
        model: to.model,
        alias: to.alias,
        version: to.version,
        previous: to.rollback.map_or(from, |rollback| rollback.previous),
        moves: moved.no,
        moved_at: moved.moved_at,
        moved_by: moved.moved_by.clone(),
    };
    put(on, alias.clone()).await?;
    notifications::note(on, vec![note(&moved)]).await?;
    model_move::Entity::insert(moved.into_active_model())
        .exec_without_returning(on)
        .await
        .map_err(query(MOVE))?;
    Ok(AliasOutcome::Points(alias))
}

async fn put(on: &DatabaseTransaction, alias: model_alias::Model) -> Result<()> {
    use model_alias::Column;
    let replaced = OnConflict::columns([Column::Model, Column::Alias])
        .update_columns([
            Column::Version,
            Column::Previous,
            Column::Moves,
            Column::MovedAt,
            Column::MovedBy,
        ])
        .to_owned();
    let stored = model_alias::Entity::insert(alias.into_active_model())
        .on_conflict(replaced)
        .exec_without_returning(on)
        .await;
    stored.map(drop).map_err(query(MOVE))
}
