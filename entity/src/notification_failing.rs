//! Jobs of a flow and a name of which the newest has failed: the next success is a recovery.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audience_notification_failing")]
pub struct Model {
    /// Digest of the flow and the name.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub flow: String,
    pub name: Option<String>,
    /// When the first one in a row failed.
    pub at: i64,
    /// How many in a row.
    pub count: i32,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
