//! A host that scrapes ask: which process may ask it, and when it was asked last.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audience_scrape_host")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub name: String,
    /// The process; empty: none.
    pub holder: String,
    /// Until when, by the steady clock that all processes share.
    pub until_at: i64,
    /// When the last request ended, by the same clock.
    pub ended_at: Option<i64>,
    /// When the site wants to be asked again.
    pub not_before: Option<i64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
