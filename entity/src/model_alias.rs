//! A name that points to a version of a model, and can be moved to another one.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audience_model_alias")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub model: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub alias: String,
    pub version: i32,
    /// Where it pointed to before.
    pub previous: Option<i32>,
    /// How often it was moved, which is the number of the last move.
    pub moves: i32,
    pub moved_at: i64,
    pub moved_by: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
