//! What was wrong with a value of a scraped page.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audience_scrape_problem")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub run_id: String,
    /// From 1, in the order of the pages.
    #[sea_orm(primary_key, auto_increment = false)]
    pub no: i32,
    /// Such as `page 2, row 7`.
    pub cell: String,
    pub into_table: String,
    pub into_column: Option<String>,
    pub code: String,
    /// What stands there.
    pub text: String,
    pub message: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
