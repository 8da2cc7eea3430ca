//! What is known of a scrape between two runs: how fresh its rows are, and what its site said of its pages.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audience_scrape_state")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub name: String,
    /// Of the definition, and the mapping, that `remembered` is of.
    pub digest: Option<String>,
    /// What the last run that went well remembers of its pages; JSON.
    pub remembered: Option<String>,
    /// Since when it is to be fresh: when it was put first, or ran first.
    pub since_at: i64,
    /// When a run last went well.
    pub fresh_at: Option<i64>,
    /// Since when it is known to be stale; `None`: it is not.
    pub stale_at: Option<i64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
