//! A move of an alias, which stays as its history.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audience_model_move")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub model: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub alias: String,
    /// From 1.
    #[sea_orm(primary_key, auto_increment = false)]
    pub no: i32,
    pub from_version: Option<i32>,
    pub to_version: i32,
    pub is_rollback: bool,
    pub moved_at: i64,
    pub moved_by: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
