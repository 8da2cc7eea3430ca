//! What was wrong with a cell of an imported file.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audience_import_problem")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub import_id: String,
    /// From 1, in the order of the file.
    #[sea_orm(primary_key, auto_increment = false)]
    pub no: i32,
    /// Such as `実績表!F9`; of what is missing the name of its sheet.
    pub cell: String,
    pub into_table: String,
    pub into_column: Option<String>,
    pub code: String,
    /// What stands in the cell.
    pub text: String,
    pub message: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
