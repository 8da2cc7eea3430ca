//! Models, their versions and aliases, as they are looked up.

use entity::{model, model_alias, model_move, model_version};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder,
    QuerySelect,
};

use super::PredictionStore;
use crate::engine::store::{Result, query};

/// The states of versions.
pub(crate) const PROVED: &str = "proved";
pub(crate) const UNPROVED: &str = "unproved";
pub(crate) const REFUSED: &str = "refused";

const READ_MODEL: &str = "read a model";
const READ_VERSION: &str = "read a version of a model";
const READ_ALIASES: &str = "read the aliases of models";

impl PredictionStore {
    /// By name.
    pub(crate) async fn models(&self) -> Result<Vec<model::Model>> {
        model::Entity::find()
            .order_by_asc(model::Column::Name)
            .all(self.engine().reader())
            .await
            .map_err(query("list models"))
    }

    pub(crate) async fn model(&self, name: &str) -> Result<Option<model::Model>> {
        model::Entity::find_by_id(name.to_owned())
            .one(self.engine().reader())
            .await
            .map_err(query(READ_MODEL))
    }

    /// Those that were not removed, newest first; `before`: only older ones than this.
    pub(crate) async fn model_versions(
        &self,
        model: &str,
        before: Option<i32>,
        limit: u64,
    ) -> Result<Vec<model_version::Model>> {
        use model_version::Column;
        let mut select = model_version::Entity::find()
            .filter(Column::Model.eq(model))
            .filter(Column::RemovedAt.is_null());
        if let Some(before) = before {
            select = select.filter(Column::Version.lt(before));
        }
        select
            .order_by_desc(Column::Version)
            .limit(limit)
            .all(self.engine().reader())
            .await
            .map_err(query("list the versions of a model"))
    }

    /// The number of the newest version of each model, and how many there are.
    pub(crate) async fn model_version_counts(&self) -> Result<Vec<(String, i32, i64)>> {
        use model_version::Column;
        model_version::Entity::find()
            .select_only()
            .column(Column::Model)
            .column_as(Column::Version.max(), "newest")
            .column_as(Column::Version.count(), "versions")
            .filter(Column::RemovedAt.is_null())
            .group_by(Column::Model)
            .into_tuple()
            .all(self.engine().reader())
            .await
            .map_err(query("list models"))
    }

    /// Also one that was removed.
    pub(crate) async fn model_version(
        &self,
        model: &str,
        version: i32,
    ) -> Result<Option<model_version::Model>> {
        version_row(self.engine().reader(), model, version).await
    }

    /// Versions that were removed after that moment, with the moment.
    pub(crate) async fn removed_model_versions(
        &self,
        after: i64,
    ) -> Result<Vec<(String, i32, i64)>> {
        use model_version::Column;
        model_version::Entity::find()
            .select_only()
            .columns([Column::Model, Column::Version, Column::RemovedAt])
            .filter(Column::RemovedAt.gt(after))
            .into_tuple()
            .all(self.engine().reader())
            .await
            .map_err(query("look for versions that were removed"))
    }

    pub(crate) async fn model_alias(
        &self,
        model: &str,
        alias: &str,
    ) -> Result<Option<model_alias::Model>> {
        alias_row(self.engine().reader(), model, alias).await
    }

    /// By name.
    pub(crate) async fn model_aliases(&self, model: &str) -> Result<Vec<model_alias::Model>> {
        model_alias::Entity::find()
            .filter(model_alias::Column::Model.eq(model))
            .order_by_asc(model_alias::Column::Alias)
            .all(self.engine().reader())
            .await
            .map_err(query(READ_ALIASES))
    }

    /// Of all models.
    pub(crate) async fn all_model_aliases(&self) -> Result<Vec<model_alias::Model>> {
        model_alias::Entity::find()
            .order_by_asc(model_alias::Column::Model)
            .order_by_asc(model_alias::Column::Alias)
            .all(self.engine().reader())
            .await
            .map_err(query(READ_ALIASES))
    }

    /// Moves of all aliases of a model, newest first.
    pub(crate) async fn model_moves(
        &self,
        model: &str,
        limit: u64,
    ) -> Result<Vec<model_move::Model>> {
        use model_move::Column;
        model_move::Entity::find()
            .filter(Column::Model.eq(model))
            .order_by_desc(Column::MovedAt)
            .order_by_desc(Column::No)
            .limit(limit)
            .all(self.engine().reader())
            .await
            .map_err(query("read how aliases were moved"))
    }

    /// Moves of one alias, from the first on.
    pub(crate) async fn alias_moves(
        &self,
        model: &str,
        alias: &str,
    ) -> Result<Vec<model_move::Model>> {
        use model_move::Column;
        model_move::Entity::find()
            .filter(Column::Model.eq(model))
            .filter(Column::Alias.eq(alias))
            .order_by_asc(Column::No)
            .all(self.engine().reader())
            .await
            .map_err(query("read how an alias was moved"))
    }
}

pub(super) async fn version_row(
    on: &impl ConnectionTrait,
    model: &str,
    version: i32,
) -> Result<Option<model_version::Model>> {
    model_version::Entity::find_by_id((model.to_owned(), version))
        .one(on)
        .await
        .map_err(query(READ_VERSION))
}

pub(super) async fn alias_row(
    on: &impl ConnectionTrait,
    model: &str,
    alias: &str,
) -> Result<Option<model_alias::Model>> {
    model_alias::Entity::find_by_id((model.to_owned(), alias.to_owned()))
        .one(on)
        .await
        .map_err(query(READ_ALIASES))
}

/// Lets one transaction at a time change a model: what it looks at stays so until it ends.
pub(super) async fn lock_model(on: &DatabaseTransaction, name: &str) -> Result<()> {
    use model::Column;
    let locked = model::Entity::update_many()
        .col_expr(Column::CreatedAt, Expr::col(Column::CreatedAt))
        .filter(Column::Name.eq(name))
        .exec(on)
        .await;
    locked.map(drop).map_err(query(READ_MODEL))
}
