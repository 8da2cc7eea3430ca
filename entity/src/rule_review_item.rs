//! A row that was drawn, with the texts that people judge: they stay, whatever becomes of the source.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audience_rule_review_item")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub review_id: String,
    /// From 1.
    #[sea_orm(primary_key, auto_increment = false)]
    pub n: i32,
    /// Its stratum, from 0.
    pub stratum: i32,
    pub row_id: String,
    pub row_group: String,
    pub post_time: String,
    /// `None`: it has none.
    pub label: Option<String>,
    /// Texts by field, as JSON.
    pub fields: String,
    /// Where rules found something, as JSON.
    pub hits: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
