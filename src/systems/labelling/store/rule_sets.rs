//! Rule sets, their versions and activations, as they are looked up.

use entity::{rule_set, rule_set_activation, rule_set_version};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder,
    QuerySelect,
};

use super::LabellingStore;
use crate::engine::store::{Result, query};

const READ_SET: &str = "read a rule set";
const READ_VERSION: &str = "read a version of a rule set";

/// What a change of a set depends on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SetState {
    pub set: rule_set::Model,
    pub newest: rule_set_version::Model,
    /// Of the active version.
    pub active_digest: Option<String>,
}

impl LabellingStore {
    /// By name.
    pub(crate) async fn rule_sets(&self) -> Result<Vec<rule_set::Model>> {
        rule_set::Entity::find()
            .order_by_asc(rule_set::Column::Name)
            .all(self.engine().reader())
            .await
            .map_err(query("list rule sets"))
    }

    pub(crate) async fn rule_set_state(&self, name: &str) -> Result<Option<SetState>> {
        set_state(self.engine().reader(), name).await
    }

    /// Newest first; `before`: only older ones than this.
    pub(crate) async fn rule_set_versions(
        &self,
        name: &str,
        before: Option<i32>,
        limit: u64,
    ) -> Result<Vec<rule_set_version::Model>> {
        use rule_set_version::Column;
        let mut select = rule_set_version::Entity::find().filter(Column::Name.eq(name));
        if let Some(before) = before {
            select = select.filter(Column::Version.lt(before));
        }
        select
            .order_by_desc(Column::Version)
            .limit(limit)
            .all(self.engine().reader())
            .await
            .map_err(query("list the versions of a rule set"))
    }

    pub(crate) async fn rule_set_version(
        &self,
        name: &str,
        version: i32,
    ) -> Result<Option<rule_set_version::Model>> {
        version_row(self.engine().reader(), name, version).await
    }

    /// Newest first; `before`: only older ones than this number.
    pub(crate) async fn rule_set_activations(
        &self,
        name: &str,
        before: Option<i32>,
        limit: u64,
    ) -> Result<Vec<rule_set_activation::Model>> {
        use rule_set_activation::Column;
        let mut select = rule_set_activation::Entity::find().filter(Column::Name.eq(name));
        if let Some(before) = before {
            select = select.filter(Column::No.lt(before));
        }
        select
            .order_by_desc(Column::No)
            .limit(limit)
            .all(self.engine().reader())
            .await
            .map_err(query("read which versions were active"))
    }
}

pub(super) async fn set_state(on: &impl ConnectionTrait, name: &str) -> Result<Option<SetState>> {
    let set = rule_set::Entity::find_by_id(name.to_owned())
        .one(on)
        .await
        .map_err(query(READ_SET))?;
    let Some(set) = set else {
        return Ok(None);
    };
    let Some(newest) = version_row(on, name, set.newest).await? else {
        return Ok(None);
    };
    let active_digest = match set.active {
        None => None,
        Some(active) if active == newest.version => Some(newest.digest.clone()),
        Some(active) => version_row(on, name, active).await?.map(|row| row.digest),
    };
    Ok(Some(SetState {
        set,
        newest,
        active_digest,
    }))
}

pub(super) async fn version_row(
    on: &impl ConnectionTrait,
    name: &str,
    version: i32,
) -> Result<Option<rule_set_version::Model>> {
    rule_set_version::Entity::find_by_id((name.to_owned(), version))
        .one(on)
        .await
        .map_err(query(READ_VERSION))
}

/// Lets one transaction at a time change a set: what it looks at stays so until it ends.
pub(super) async fn lock_set(on: &DatabaseTransaction, name: &str) -> Result<()> {
    use rule_set::Column;
    let locked = rule_set::Entity::update_many()
        .col_expr(Column::CreatedAt, Expr::col(Column::CreatedAt))
        .filter(Column::Name.eq(name))
        .exec(on)
        .await;
    locked.map(drop).map_err(query(READ_SET))
}
