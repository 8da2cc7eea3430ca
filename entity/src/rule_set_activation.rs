//! An activation of a version of a rule set; going back to an earlier one is one, too.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audience_rule_set_activation")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub name: String,
    /// From 1.
    #[sea_orm(primary_key, auto_increment = false)]
    pub no: i32,
    /// `None`: there was no active version.
    pub from_version: Option<i32>,
    pub to_version: i32,
    pub activated_at: i64,
    pub activated_by: String,
    pub why: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
