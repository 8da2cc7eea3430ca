//! How often all sessions of a token were ended: those of an earlier generation do not count.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audience_session")]
pub struct Model {
    /// What is known of the token: a digest of its digest.
    #[sea_orm(primary_key, auto_increment = false)]
    pub owner: String,
    pub generation: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
