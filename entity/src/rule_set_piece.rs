//! A piece of a document of rules.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audience_rule_set_piece")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub content: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub no: i32,
    pub body: Vec<u8>,
    pub created_at: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
