//! A page that a run has kept: where in the file of the run it is.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audience_scrape_page")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub run_id: String,
    /// From 1, in the order of the run.
    #[sea_orm(primary_key, auto_increment = false)]
    pub no: i32,
    /// Behind redirects, without secrets.
    pub url: String,
    pub content_type: Option<String>,
    pub at: i64,
    /// Unpacked.
    pub bytes: i64,
    /// Where it begins in the file, and how many bytes it takes there, packed by gzip.
    pub place: i64,
    pub packed: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
