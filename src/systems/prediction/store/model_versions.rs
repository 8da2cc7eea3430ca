//! Versions of models, added and removed.

use entity::{model, model_alias, model_piece, model_version};
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, DatabaseTransaction, EntityTrait, IntoActiveModel, QueryFilter,
    QuerySelect,
};

use super::PredictionStore;
use super::models::{lock_model, version_row};
use crate::clock;
use crate::engine::store::notifications::{self, NewNotification};
use crate::engine::store::{Result, query};

const STORE: &str = "store a version of a model";
const REMOVE: &str = "remove a version of a model";

/// What became of a removal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum VersionRemoval {
    Removed,
    /// There is no such version, or not any more.
    Missing,
    /// Aliases that point to it.
    Aliased(Vec<String>),
}

impl PredictionStore {
    /// Stores a version under the next number of its model, whatever number it has; `note` says what people learn
    /// of it.
    pub(crate) async fn add_model_version(
        &self,
        row: model_version::Model,
        note: impl Fn(&model_version::Model) -> Option<NewNotification> + Clone + Send + 'static,
    ) -> Result<model_version::Model> {
        let add = || {
            let (row, note) = (row.clone(), note.clone());
            self.engine()
                .write(move |on| Box::pin(async move { add(on, row, note).await }))
        };
        self.engine().again(add).await
    }

    /// Removes the bytes of a version, unless an alias points to it. Its row stays, so that its number does.
    pub(crate) async fn remove_model_version(
        &self,
        model: &str,
        version: i32,
    ) -> Result<VersionRemoval> {
        let remove = || {
            let model = model.to_owned();
            self.engine()
                .write(move |on| Box::pin(async move { remove(on, &model, version).await }))
        };
        self.engine().again(remove).await
    }
}

async fn add(
    on: &DatabaseTransaction,
    mut row: model_version::Model,
    note: impl Fn(&model_version::Model) -> Option<NewNotification>,
) -> Result<model_version::Model> {
    let model = model::ActiveModel {
        name: Set(row.model.clone()),
        created_at: Set(row.created_at),
    };
    let unless_there = OnConflict::column(model::Column::Name)
        .do_nothing_on([model::Column::Name])
        .to_owned();
    model::Entity::insert(model)
        .on_conflict(unless_there)
        .exec_without_returning(on)
        .await
        .map_err(query(STORE))?;
    lock_model(on, &row.model).await?;
    let newest: Option<Option<i32>> = model_version::Entity::find()
        .select_only()
        .column_as(model_version::Column::Version.max(), "newest")
        .filter(model_version::Column::Model.eq(&row.model))
        .into_tuple()
        .one(on)
        .await
        .map_err(query(STORE))?;
    row.version = newest.flatten().unwrap_or(0) + 1;
    model_version::Entity::insert(row.clone().into_active_model())
        .exec_without_returning(on)
        .await
        .map_err(query(STORE))?;
    if let Some(notification) = note(&row) {
        notifications::note(on, vec![notification]).await?;
    }
    Ok(row)
}

async fn remove(on: &DatabaseTransaction, model: &str, version: i32) -> Result<VersionRemoval> {
    use model_version::Column;
    lock_model(on, model).await?;
    let found = version_row(on, model, version).await?;
    let Some(found) = found.filter(|found| found.removed_at.is_none()) else {
        return Ok(VersionRemoval::Missing);
    };
    let aliases: Vec<String> = model_alias::Entity::find()
        .select_only()
        .column(model_alias::Column::Alias)
        .filter(model_alias::Column::Model.eq(model))
        .filter(model_alias::Column::Version.eq(version))
        .into_tuple()
        .all(on)
        .await
        .map_err(query(REMOVE))?;
    if !aliases.is_empty() {
        return Ok(VersionRemoval::Aliased(aliases));
    }
    model_version::Entity::update_many()
        .col_expr(Column::RemovedAt, Expr::value(clock::now_micros()))
        .col_expr(Column::Content, Expr::value(None::<String>))
        .filter(Column::Model.eq(model))
        .filter(Column::Version.eq(version))
        .exec(on)
        .await
        .map_err(query(REMOVE))?;
    if let Some(content) = found.content {
        model_piece::Entity::delete_many()
            .filter(model_piece::Column::Content.eq(content))
            .exec(on)
            .await
            .map_err(query(REMOVE))?;
    }
    Ok(VersionRemoval::Removed)
}
