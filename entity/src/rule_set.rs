//! A named rule set: its numbers. What it says stands in its versions.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audience_rule_set")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub name: String,
    pub created_at: i64,
    /// The number of the newest version, and so how many there are.
    pub newest: i32,
    /// The version that jobs take.
    pub active: Option<i32>,
    /// How often a version was activated, which is the number of the last activation.
    pub activations: i32,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
